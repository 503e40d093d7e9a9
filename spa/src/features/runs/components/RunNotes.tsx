// What is out of the ordinary with a run, above its view: why it failed, what was asked and not yet answered, what was refused.

import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { toProblem } from '@/api/problem';
import type { Run, Status } from '@/api/types';
import { CopyButton } from '@/components/CopyButton';
import { StatusIcon } from '@/components/StatusIcon';
import { hasEnded } from '@/lib/status';
import { useWorkspace } from '@/lib/workspace';
import { deedWords } from '../deed-strings';
import { failedStep } from '../model/facts';
import { sourceWords } from '../source-strings';
import { words } from '../strings';
import { usePatience } from './RunHeader';
import type { RunDeeds } from './useRunDeeds';

const route = getRouteApi('/w/$workspace/runs/$run');

export function RunNotes({ run, deeds }: { run: Run; deeds: RunDeeds }) {
  const late = usePatience(deeds.cancelAskedAt);
  return (
    <div className="flex flex-col empty:hidden">
      {run.status === 'failed' && <WhyFailed run={run} />}
      {run.status === 'cancelled' && <WhereStopped run={run} />}
      {run.not_moved && !hasEnded(run.status) && (
        <Note status="waiting" live>
          {deedWords.notMoved(run.not_moved.version, run.workflow_version)}
        </Note>
      )}
      {late && (
        <Note status="waiting" live>
          {words.notAnswered} <Doctor runId={run.id} />
        </Note>
      )}
      {deeds.cancelError && <Refused what={words.cancelFailed} error={deeds.cancelError} />}
      {deeds.retryError && <Refused what={words.notRetried} error={deeds.retryError} />}
      {deeds.startError && <Refused what={words.notStarted} error={deeds.startError} />}
      {deeds.pauseError && <Refused what={deedWords.notPaused} error={deeds.pauseError} />}
      {deeds.resumeError && <Refused what={deedWords.notResumed} error={deeds.resumeError} />}
    </div>
  );
}

function Note({ status, live, children }: { status: Status; live?: boolean; children: ReactNode }) {
  return (
    <div
      role={live ? 'alert' : undefined}
      className={`t-13 tint-${status} flex items-start gap-2 border-b border-line-1 px-(--gutter) py-2.5`}
    >
      <StatusIcon status={status} decorative className="mt-0.5" />
      <div className="min-w-0 max-w-[96ch] wrap-break-word">{children}</div>
    </div>
  );
}

function WhyFailed({ run }: { run: Run }) {
  const workspace = useWorkspace();
  const { view } = route.useSearch();
  const where = failedStep(run);
  return (
    <Note status="failed">
      {run.error?.message ?? (where ? words.stepFailed(where.index + 1, where.step.name) : words.runFailed)}
      {run.error && <Code>{run.error.code}</Code>}
      {view !== 'source' && (
        <Link
          to="/w/$workspace/runs/$run"
          params={{ workspace: workspace.slug, run: run.id }}
          search={{ view: 'source' }}
          className="link"
        >
          {sourceWords.seeIt}
        </Link>
      )}
    </Note>
  );
}

function WhereStopped({ run }: { run: Run }) {
  const index = run.steps.findLastIndex((step) => step.step_run);
  const step = run.steps[index];
  return <Note status="cancelled">{step ? words.stopped(index + 1, step.name) : words.stoppedEarly}</Note>;
}

function Refused({ what, error }: { what: string; error: Error }) {
  const problem = toProblem(error);
  return (
    <Note status="failed" live>
      <span className="font-medium">{what}</span> {problem.detail} {problem.errors.map((one) => one.message).join(' ')}
      <Code>
        {problem.code} {problem.request_id}
      </Code>
    </Note>
  );
}

const Code = ({ children }: { children: ReactNode }) => <span className="mono-12 block text-text-2">{children}</span>;

function Doctor({ runId }: { runId: string }) {
  const command = `stepmill doctor ${runId}`;
  return (
    <span className="inline-flex flex-wrap items-center gap-1">
      <code className="mono-12 break-all">{command}</code>
      <CopyButton text={command} what="command" />
    </span>
  );
}
