// Beside the form: what will happen, what it costs, how it went before.
import { Link } from '@tanstack/react-router';
import type { StepDefinition, Workflow } from '@/api/types';
import { Duration, TimeAgo } from '@/components/Money';
import { StatusIcon } from '@/components/StatusIcon';
import { StepGlyph } from '@/components/StepGlyph';
import { hasEnded, STATUS } from '@/lib/status';
import { useWorkspace } from '@/lib/workspace';
import { runsForFree } from '../model/inputs';
import { words } from '../strings';

const MOST_RUNS = 5;
const INDENT = 16;

/** With what is in groups, in the order it is written in: "2", "2.1". */
function numbered(
  steps: readonly StepDefinition[],
  before = '',
  depth = 0,
): { step: StepDefinition; number: string; depth: number }[] {
  return steps.flatMap((step, index) => {
    const number = `${before}${index + 1}`;
    return [{ step, number, depth }, ...numbered(step.steps ?? [], `${number}.`, depth + 1)];
  });
}

export function RunnerAside({ workflow }: { workflow: Workflow }) {
  const workspace = useWorkspace();
  const runs = workflow.last_runs?.slice(0, MOST_RUNS) ?? [];
  return (
    <div className="flex max-w-[640px] min-w-0 flex-col gap-6">
      <section aria-labelledby="runner-steps">
        <h2 id="runner-steps" className="t-13 mb-1 font-medium">
          {words.steps}
        </h2>
        <ol className="border-t border-line-1">
          {numbered(workflow.definition.steps).map(({ step, number, depth }) => (
            <li
              key={step.key}
              className="t-13 flex min-h-(--row) items-center gap-2 border-b border-line-1"
              style={{ paddingLeft: depth * INDENT }}
            >
              <span className="min-w-5 text-right text-text-3">{number}</span>
              <StepGlyph kind={step.kind} />
              <span className="min-w-0 flex-1 truncate">{step.name ?? step.key}</span>
              <span className="t-12 shrink-0 text-text-3">{step.model}</span>
            </li>
          ))}
        </ol>
        <p className="t-12 mt-2 text-text-2">{runsForFree(workflow.definition) ? words.free : words.priceUnknown}</p>
      </section>
      {runs.length > 0 && (
        <section aria-labelledby="runner-last">
          <div className="mb-1 flex items-baseline justify-between">
            <h2 id="runner-last" className="t-13 font-medium">
              {words.lastRuns}
            </h2>
            <Link
              to="/w/$workspace/runs"
              params={{ workspace: workspace.slug }}
              search={{ workflow: workflow.id }}
              className="link t-12"
            >
              {words.allRuns}
            </Link>
          </div>
          <ul className="border-t border-line-1">
            {runs.map((run) => (
              <li key={run.id} className="relative border-b border-line-1 hover:bg-hover">
                <Link
                  to="/w/$workspace/runs/$run"
                  params={{ workspace: workspace.slug, run: run.id }}
                  className="t-13 flex min-h-(--row) items-center gap-2 -outline-offset-2"
                >
                  <StatusIcon status={run.status} decorative />
                  <span className="flex-1">{STATUS[run.status].word}</span>
                  <Duration ms={run.duration_ms} since={hasEnded(run.status) ? null : run.created_at} />
                  <TimeAgo at={run.created_at} className="w-24 text-right text-text-2" />
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
