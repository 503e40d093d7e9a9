// What a run is and how it stands: title, state, facts, flight; and what may be done with it.
import { Link } from '@tanstack/react-router';
import { useEffect, useRef, useState } from 'react';
import type { Run } from '@/api/types';
import { Button, buttonClass } from '@/components/Button';
import { Flight } from '@/components/Flight';
import { Duration, Tokens } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { StatusBadge } from '@/components/StatusBadge';
import { Tabs } from '@/components/Tabs';
import { announce } from '@/lib/announce';
import { useNow } from '@/lib/clock';
import { dateTime, timeAgo } from '@/lib/format';
import { hasEnded, STATUS } from '@/lib/status';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { projectOf } from '../api';
import { deedWords } from '../deed-strings';
import { limitOf, markOf, outerSteps, phaseOf, stepNumber, waitsFor } from '../model/facts';
import { type RunView, VIEWS } from '../model/view';
import { words } from '../strings';
import { AgainMenu } from './AgainMenu';
import { MoveButton } from './MoveButton';
import { RunCost } from './RunCost';
import type { RunDeeds } from './useRunDeeds';

export function RunHeader({ run, view, deeds }: { run: Run; view: RunView; deeds: RunDeeds }) {
  const workspace = useWorkspace();
  const params = { workspace: workspace.slug };
  const own = { to: '/w/$workspace/runs/$run', params: { ...params, run: run.id } } as const;
  useSayEnd(run);
  return (
    <PageHeader
      path={[{ label: words.runs, to: '/w/$workspace/runs', params }]}
      title={run.name}
      badge={
        <StatusBadge
          status={run.status}
          requested={requestedOf(deeds)}
          note={deeds.cancelling ? null : noteOf(run)}
          turning
        />
      }
      actions={mayEdit(workspace) && <Actions run={run} deeds={deeds} />}
      primary={mayEdit(workspace) && <Primary run={run} deeds={deeds} />}
      facts={factsOf(run)}
      flight={<Flight marks={outerSteps(run).map(markOf)} total={run.step_count} className="max-w-3xl" />}
      tabs={
        <Tabs
          label={words.views}
          current={view}
          tabs={VIEWS.map((id) => ({ id, label: words[id], ...own, search: { view: id } }))}
        />
      }
    />
  );
}

function requestedOf(deeds: RunDeeds): string | undefined {
  if (deeds.cancelling) return words.cancelling;
  if (deeds.pausing) return deedWords.pausing;
  if (deeds.resuming) return deedWords.resuming;
  return deeds.retrying ? words.retrying : undefined;
}

/** Why it stands still, where it does. */
function noteOf(run: Run) {
  const limit = hasEnded(run.status) ? null : limitOf(run.waiting_for);
  if (limit) return <span className="text-waiting">{words.waitsForLimit(limit.unit, limit.kind, limit.of)}</span>;
  const phase = run.status === 'paused' ? phaseOf(run.waiting_for) : null;
  if (phase) return <span className="text-waiting">{words.waitsAt(phase)}</span>;
  if (run.status === 'pending') return words.waitsForExecutor;
  const waiting = run.steps.find((step) => step.step_run?.status === 'waiting')?.step_run;
  if (waiting) return <span className="text-waiting">{words.waitingFor(waitsFor(waiting) ?? '…')}</span>;
  const again = run.steps.find((step) => step.step_run?.status === 'running' && step.step_run.attempt > 1)?.step_run;
  return again ? words.attempt(again.attempt) : null;
}

function factsOf(run: Run) {
  const going = !hasEnded(run.status);
  const at = stepNumber(run);
  const tokens = run.tokens_in + run.tokens_out;
  return [
    going ? at > 0 && words.stepOf(at, run.step_count) : words.stepsOf(run.step_count),
    <Duration key="time" ms={run.duration_ms} since={going ? run.created_at : null} />,
    tokens > 0 && (
      <span key="tokens">
        <Tokens count={tokens} settled={!going} /> {words.tokens.toLowerCase()}
      </span>
    ),
    run.cost_settled || run.cost_usd !== 0 ? <RunCost key="cost" run={run} /> : null,
    words.version(run.workflow_version),
    run.generation > 1 && words.generation(run.generation),
    run.forked_from && <ForkedFrom key="fork" run={run.forked_from} />,
    run.project_id && <InProject key="project" id={run.project_id} name={run.project_name} />,
    run.parent_run_id && <StartedBy key="parent" run={run.parent_run_id} path={run.parent_path} />,
    run.created_by.name ?? words.unknownPerson,
    <StartedAt key="at" at={run.created_at} />,
  ];
}

function ForkedFrom({ run }: { run: string }) {
  const workspace = useWorkspace();
  return (
    <Link to="/w/$workspace/runs/$run" params={{ workspace: workspace.slug, run }} className="link">
      {words.forkOf}
    </Link>
  );
}

/** Of a deleted one only that it was in it is left. */
function InProject({ id, name }: { id: string; name: string | null }) {
  const workspace = useWorkspace();
  if (name === null) return words.inDeletedProject;
  return (
    <Link to="/w/$workspace/projects/$project" params={{ workspace: workspace.slug, project: id }} className="link">
      {words.inProject(name)}
    </Link>
  );
}

/** The step that waits for it. */
function StartedBy({ run, path }: { run: string; path: string | null }) {
  const workspace = useWorkspace();
  return (
    <Link
      to="/w/$workspace/runs/$run"
      params={{ workspace: workspace.slug, run }}
      search={path ? { step: path } : {}}
      className="link"
    >
      {words.startedBy(path ?? words.step.toLowerCase())}
    </Link>
  );
}

function StartedAt({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={dateTime(at)}>
      {words.startedAt(timeAgo(at, now))}
    </time>
  );
}

function Actions({ run, deeds }: { run: Run; deeds: RunDeeds }) {
  const workspace = useWorkspace();
  if (!hasEnded(run.status))
    return (
      <>
        {run.status === 'paused' ? (
          <Button keys="Shift+P" busy={deeds.resuming ? deedWords.resuming : false} onClick={deeds.resume}>
            {phaseOf(run.waiting_for) ? deedWords.goOn : deedWords.resume}
          </Button>
        ) : (
          <Button keys="P" busy={deeds.pausing ? deedWords.pausing : false} onClick={deeds.pause}>
            {deedWords.pause}
          </Button>
        )}
        <MoveButton run={run} />
        <Button look="danger" busy={deeds.cancelling ? words.cancelling : false} onClick={deeds.cancel}>
          {words.cancelRun}
        </Button>
      </>
    );
  return (
    <>
      <AgainMenu run={run} deeds={deeds} />
      <Button look="danger" onClick={() => deeds.setRemoving(true)}>
        {deedWords.deleteRun}
      </Button>
      <Link
        to="/w/$workspace/workflows/$workflow"
        params={{ workspace: workspace.slug, workflow: run.workflow_id }}
        search={{ run: run.id, project: projectOf(run) }}
        className={buttonClass()}
      >
        {words.runWithChanges}
      </Link>
    </>
  );
}

function Primary({ run, deeds }: { run: Run; deeds: RunDeeds }) {
  if (!hasEnded(run.status)) return null;
  return (
    <Button look="primary" keys="R" busy={deeds.starting ? words.startingAgain : false} onClick={deeds.runAgain}>
      {words.runAgain}
    </Button>
  );
}

/** A run that ends while it is watched is said once. */
function useSayEnd(run: Run) {
  const before = useRef(run);
  useEffect(() => {
    const was = before.current;
    before.current = run;
    if (was.id === run.id && !hasEnded(was.status) && hasEnded(run.status))
      announce(words.ended(run.name, STATUS[run.status].word.toLowerCase()));
  }, [run]);
}

const PATIENCE_MS = 5_000;

/** True when it was asked for so long ago that silence needs a word. */
export function usePatience(since: number | null): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    setOver(false);
    if (since === null) return;
    const timer = setTimeout(() => setOver(true), Math.max(0, since + PATIENCE_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [since]);
  return over;
}
