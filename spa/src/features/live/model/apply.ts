// run + event → run. Pure. Events carry what changes while a run goes on; what they do not carry (a step's whole output, the ledger's
// figures) is read again when a step or the run has ended, so `stale` says that the run should be fetched.
import type { Run, RunError, RunEvent, RunStep, StepRun } from '@/api/types';
import { hasEnded } from '@/lib/status';

export type Applied = {
  run: Run;
  /** An event ended a step or the run: its outputs and figures are with the server. */
  stale: boolean;
  /** A number is missing between what is known and this event: read the run again. */
  gap: boolean;
};

/** Characters as the server counts them: code points, not UTF-16 units. */
const length = (text: string) => [...text].length;

export function applyEvents(run: Run, events: readonly RunEvent[]): Applied {
  const applied: Applied = { run, stale: false, gap: false };
  for (const event of events) {
    if (event.seq <= applied.run.last_event) continue;
    if (event.seq !== applied.run.last_event + 1) return { ...applied, gap: true };
    const { run: next, stale } = applyOne(applied.run, event);
    applied.run = { ...next, last_event: event.seq };
    applied.stale ||= stale;
  }
  return applied;
}

/**
 * What was read, unless events have come meanwhile that it does not know (null: read again). Text that has streamed so far and is
 * longer than what was read stays.
 */
export function newerOf(read: Run, have: Run | undefined): Run | null {
  if (!have || have.id !== read.id) return read;
  if (have.last_event > read.last_event) return null;
  const steps = read.steps.map((step, index) => {
    const known = have.steps[index]?.step_run;
    const now = step.step_run;
    if (!now || !known || known.attempt !== now.attempt || now.output !== null) return step;
    if ((known.partial?.length ?? 0) <= (now.partial?.length ?? 0)) return step;
    return { ...step, step_run: { ...now, partial: known.partial } };
  });
  return { ...read, steps };
}

type Change = { run: Run; stale: boolean };

function applyOne(run: Run, event: RunEvent): Change {
  switch (event.type) {
    case 'run.created':
      return { run, stale: false };
    case 'run.started':
      return { run: { ...run, status: 'running', started_at: event.at }, stale: false };
    case 'run.completed':
      return { run: ended(run, 'completed', event), stale: true };
    case 'run.failed':
      return { run: { ...ended(run, 'failed', event), error: errorOf(event) }, stale: true };
    case 'run.cancelled':
      return { run: ended(run, 'cancelled', event), stale: true };
    case 'run.cost_warning':
      return { run, stale: false };
    case 'run.not_moved':
      return { run: { ...run, not_moved: { version: Number(event.data.version), at: event.at } }, stale: false };
    case 'run.moved': // which steps there are now is with the server
      return {
        run: {
          ...run,
          workflow_version: (event.data as { version?: number }).version ?? run.workflow_version,
          not_moved: null,
        },
        stale: true,
      };
    case 'run.reopened':
      return { run: reopened(run, event), stale: true };
    case 'run.paused':
      return { run: { ...run, status: 'paused', waiting_for: phaseOf(event) }, stale: false };
    case 'run.resumed':
      return { run: { ...run, status: 'running', waiting_for: null }, stale: false };
    case 'step.waiting':
    case 'step.retrying':
    case 'step.blocked':
    case 'step.asking':
    case 'step.skipped':
      // for whom, and until when, is with the server
      return { run, stale: true };
    default:
      return applyToStep(run, event);
  }
}

/** Of a run that is paused before a phase which somebody is to begin, as reading it would say. */
const phaseOf = ({ data }: RunEvent) => (typeof data.phase === 'string' ? `phase ${data.phase}` : null);

function ended(run: Run, status: Run['status'], event: RunEvent): Run {
  return { ...run, status, finished_at: event.at, duration_ms: since(run.created_at, event.at) };
}

/** The next generation: what it goes on from stays, the rest is still to come. */
function reopened(run: Run, event: RunEvent): Run {
  const data = event.data as { generation?: number; version?: number; reused?: Record<string, number> };
  const steps = run.steps.map((step) => {
    const kept = step.step_run !== null && data.reused?.[step.key] === step.step_run.attempt;
    return { ...step, step_run: kept && step.step_run ? { ...step.step_run, reused: true } : null };
  });
  return {
    ...withSteps(run, steps),
    status: 'running',
    reopening: false,
    generation: data.generation ?? run.generation,
    workflow_version: data.version ?? run.workflow_version,
    finished_at: null,
    duration_ms: null,
    cost_settled: false,
    output: null,
    error: null,
  };
}

function withSteps(run: Run, steps: Run['steps']): Run {
  const outer = steps.filter((step) => step.depth === 0);
  return {
    ...run,
    steps,
    steps_done: outer.filter((s) => s.step_run?.status === 'completed' || s.step_run?.status === 'skipped').length,
    marks: outer.slice(0, 24).map((s) => s.step_run?.status ?? 'pending'),
  };
}

function applyToStep(run: Run, event: RunEvent): Change {
  const index = run.steps.findIndex((step) => step.key === event.path);
  const step = run.steps[index];
  if (!step) return { run, stale: true };
  const before = step.step_run;
  // an event of an attempt that a newer one has superseded
  if (before && event.attempt !== null && event.attempt < before.attempt) return { run, stale: false };
  const after = stepAfter(before, event, step, run.generation);
  const moved = withSteps(run, run.steps.with(index, { ...step, step_run: after }));
  // what begins waits for no limit any more
  const next = event.type === 'step.started' && moved.waiting_for ? { ...moved, waiting_for: null } : moved;
  const figures = event.type === 'step.completed' ? addFigures(next, after) : next;
  return { run: figures, stale: after !== null && hasEnded(after.status) };
}

function stepAfter(before: StepRun | null, event: RunEvent, step: RunStep, generation: number): StepRun | null {
  const data = event.data as Record<string, unknown>;
  switch (event.type) {
    case 'step.started':
      return started(event, step, generation);
    case 'step.output':
      return (
        before && {
          ...before,
          partial: spliced(before.partial ?? '', String(data.text ?? ''), Number(data.offset ?? 0)),
        }
      );
    case 'step.completed':
      return (
        before && {
          ...finished(before, 'completed', event),
          tokens_in: numberOr(data.tokens_in, before.tokens_in),
          tokens_out: numberOr(data.tokens_out, before.tokens_out),
          cost_usd: typeof data.cost_nano === 'number' ? data.cost_nano / 1e9 : null,
          cached: data.cached === true,
        }
      );
    case 'step.failed':
      return before && { ...finished(before, 'failed', event), error: errorOf(event) };
    case 'step.cancelled':
      return before && finished(before, 'cancelled', event);
    default:
      return before;
  }
}

function started(event: RunEvent, step: RunStep, generation: number): StepRun {
  return {
    path: event.path ?? '',
    attempt: event.attempt ?? 1,
    kind: step.kind,
    generation,
    status: 'running',
    reused: false,
    reused_from: null,
    started_at: event.at,
    finished_at: null,
    duration_ms: null,
    input: null,
    input_bytes: null,
    input_preview: null,
    output: null,
    output_bytes: null,
    output_preview: null,
    truncated: false,
    error: null,
    waiting_for: null,
    model_asked: step.model,
    model_answered: null,
    tokens_in: null,
    tokens_out: null,
    cost_usd: null,
  };
}

function finished(step: StepRun, status: StepRun['status'], event: RunEvent): StepRun {
  return { ...step, status, finished_at: event.at, duration_ms: since(step.started_at, event.at) };
}

/** The piece at its place: what is already there is not added twice. */
function spliced(text: string, piece: string, offset: number): string {
  const have = length(text);
  if (offset >= have) return text + piece;
  return [...text].slice(0, offset).join('') + piece;
}

function addFigures(run: Run, step: StepRun | null): Run {
  return {
    ...run,
    tokens_in: run.tokens_in + (step?.tokens_in ?? 0),
    tokens_out: run.tokens_out + (step?.tokens_out ?? 0),
    cost_usd: run.cost_usd === null || step?.cost_usd == null ? null : run.cost_usd + step.cost_usd,
  };
}

function errorOf(event: RunEvent): RunError {
  const data = event.data as Partial<RunError>;
  return { code: data.code ?? 'failed', message: data.message ?? '', ...(data.path ? { path: data.path } : {}) };
}

const since = (from: string, to: string) => Math.max(0, Date.parse(to) - Date.parse(from));
const numberOr = (value: unknown, otherwise: number | null) => (typeof value === 'number' ? value : otherwise);
