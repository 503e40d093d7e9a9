// The selected step: what it wrote, what it was given, and its facts, for each of its attempts. Its tab and attempt are in the address.
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { Run, RunStep, StepRun } from '@/api/types';
import { Select } from '@/components/Choice';
import { icon, X } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { JsonTree } from '@/components/JsonTree';
import { OutputText } from '@/components/OutputText';
import { StatusBadge } from '@/components/StatusBadge';
import { kindWord, StepGlyph } from '@/components/StepGlyph';
import { Tabs } from '@/components/Tabs';
import { dateTime, liveDuration, NOTHING, tokensInOut } from '@/lib/format';
import { hasEnded } from '@/lib/status';
import { useWorkspace } from '@/lib/workspace';
import { markOf, textOf, tokensOf, waitsFor, writtenBy } from '../model/facts';
import { STEP_TABS, type StepTab } from '../model/view';
import { words } from '../strings';
import { LongText } from './LongText';
import { StepCost, StepTime, StepTokens } from './StepFigures';

export type StepPanelProps = {
  run: Run;
  step: RunStep;
  /** Of this step, oldest first. */
  attempts: readonly StepRun[];
  attempt: number | undefined;
  tab: StepTab;
  onAttempt: (attempt: number) => void;
  onClose: () => void;
};

export function StepPanel({ run, step, attempts, attempt, tab, onAttempt, onClose }: StepPanelProps) {
  const workspace = useWorkspace();
  const newest = attempt === undefined || attempt === step.step_run?.attempt;
  const shown = (newest ? step.step_run : attempts.find((one) => one.attempt === attempt)) ?? step.step_run;
  const waiting = waitsFor(shown);
  const own = { to: '/w/$workspace/runs/$run', params: { workspace: workspace.slug, run: run.id } } as const;
  const search = { view: 'timeline', step: step.key, attempt } as const;
  return (
    <div className="flex h-full min-h-0 flex-col">
      <div className="flex flex-col gap-1 border-b border-line-2 px-4 pt-2">
        <div className="flex min-h-(--control) items-center gap-2">
          <StepGlyph kind={step.kind} decorative />
          <h2 className="t-16 min-w-0 flex-1 truncate" title={step.name}>
            {step.name}
          </h2>
          <IconButton label={words.closePanel} keys="]" onClick={onClose}>
            <X {...icon} />
          </IconButton>
        </div>
        <div className="t-12 flex flex-wrap items-center gap-x-3 gap-y-1 text-text-2">
          <StatusBadge
            status={shown?.status ?? markOf(step)}
            note={waiting ? words.waitingFor(waiting) : noteOf(shown)}
          />
          {shown?.child_run_id && (
            <Link
              to="/w/$workspace/runs/$run"
              params={{ workspace: workspace.slug, run: shown.child_run_id }}
              className="link"
            >
              {words.childRun}
            </Link>
          )}
          {shown && (
            <>
              <StepTime step={shown} />
              {tokensOf(shown) !== null && (
                <>
                  <span className="whitespace-nowrap">
                    <StepTokens step={shown} /> {words.tokens.toLowerCase()}
                  </span>
                  <StepCost step={shown} />
                </>
              )}
            </>
          )}
        </div>
        {attempts.length > 1 && shown && (
          <Select
            label={words.chooseAttempt}
            value={String(shown.attempt)}
            onChange={(value) => onAttempt(Number(value))}
            options={attempts.map((one) => ({
              value: String(one.attempt),
              label: words.attemptOf(one.attempt, attempts.length),
            }))}
          />
        )}
        <Tabs
          label={words.panel}
          current={tab}
          tabs={STEP_TABS.map((id) => ({ id, label: words[id], ...own, search: { ...search, tab: id } }))}
        />
      </div>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">
        {tab === 'output' && <Output run={run} step={step} shown={shown} />}
        {tab === 'input' && <Input run={run} step={step} shown={shown} />}
        {tab === 'facts' && <Facts step={step} shown={shown} />}
      </div>
    </div>
  );
}

/** Why it cost nothing, where nothing was called. */
const noteOf = (shown: StepRun | null): string | null =>
  shown?.reused ? words.reused : shown?.cached ? words.cached : null;

const Quiet = ({ children }: { children: ReactNode }) => <p className="t-13 text-text-2">{children}</p>;

type SideProps = { run: Run; step: RunStep; shown: StepRun | null };

function Output({ run, step, shown }: SideProps) {
  if (!shown) return <Quiet>{words.outputAfter}</Quiet>;
  if (shown.output_preview !== null)
    return <LongText key={shown.attempt} runId={run.id} step={shown} side="output" what={words.outputOf(step.name)} />;
  const text = writtenBy(shown);
  const going = !hasEnded(shown.status);
  const what = words.outputOf(step.name);
  const structured = typeof shown.output === 'object' && shown.output !== null;
  return (
    <div className="flex flex-col gap-3">
      {shown.error && (
        <p className="t-13 text-failed">
          {shown.error.message} <span className="mono-12 block text-text-2">{shown.error.code}</span>
        </p>
      )}
      {shown.error && text !== '' && <Quiet>{words.beforeItBroke}</Quiet>}
      {structured && <JsonTree value={shown.output} label={what} />}
      {!structured && (text !== '' || going) && <OutputText text={text} streaming={going} what={what} />}
      {!structured && text === '' && !going && !shown.error && <Quiet>{words.noOutput}</Quiet>}
    </div>
  );
}

function Input({ run, step, shown }: SideProps) {
  if (shown && shown.input_preview !== null)
    return <LongText key={shown.attempt} runId={run.id} step={shown} side="input" what={words.inputOf(step.name)} />;
  if (!shown || shown.input === null) return <Quiet>{words.inputAfter}</Quiet>;
  const entries: [string, unknown][] =
    typeof shown.input === 'object' && shown.input !== null
      ? Object.entries(shown.input)
      : [[words.input, shown.input]];
  return (
    <div className="flex flex-col gap-4">
      {entries.map(([name, value]) => (
        <div key={name}>
          <h3 className="t-12 mb-0.5 text-text-2">{name}</h3>
          <OutputText text={textOf(value)} what={words.inputOf(`${step.name}, ${name}`)} />
        </div>
      ))}
    </div>
  );
}

function Facts({ step, shown }: { step: RunStep; shown: StepRun | null }) {
  const facts: [string, ReactNode][] = [
    [words.kind, kindWord(step.kind)],
    ...(step.phase ? [[words.phase, step.phase] satisfies [string, ReactNode]] : []),
    [words.modelAsked, shown?.model_asked ?? step.model ?? NOTHING],
    [words.modelAnswered, shown?.model_answered ?? NOTHING],
    ...(step.iterations === null
      ? []
      : ([[step.kind === 'agent' ? words.turns : words.iterations, step.iterations]] satisfies [string, ReactNode][])),
    [words.attempts, shown?.attempt ?? NOTHING],
    [words.started, dateTime(shown?.started_at)],
    [words.finished, dateTime(shown?.finished_at)],
    [words.took, <StepTime key="time" step={shown} />],
    [words.tokensInOut, shown && shown.tokens_in !== null ? tokensInOut(shown.tokens_in, shown.tokens_out) : NOTHING],
    [words.cost, <StepCost key="cost" step={shown} />],
    [words.timeLimit, liveDuration(step.timeout_seconds * 1000)],
  ];
  return (
    <dl className="t-13 grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
      {facts.map(([name, value]) => (
        <div key={name} className="contents">
          <dt className="text-text-2">{name}</dt>
          <dd className="min-w-0 wrap-break-word">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function BackToTimeline({ run }: { run: Run }) {
  const workspace = useWorkspace();
  return (
    <Link
      to="/w/$workspace/runs/$run"
      params={{ workspace: workspace.slug, run: run.id }}
      search={{ view: 'timeline' }}
      className="link t-13 inline-flex min-h-(--control) items-center px-(--gutter)"
    >
      ‹ {words.backToTimeline}
    </Link>
  );
}
