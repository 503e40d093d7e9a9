// The board of a project: its columns, and which run stands in which. Pure.
import type { Board, BoardRun, RunStatus } from '@/api/types';

export type BoardColumn = { id: string; name: string; runs: BoardRun[] };

export const BY_STATUS = 'status';
export const words = { toCome: 'Not begun', done: 'Completed' } as const;

/** Paused stands in Running, cancelled in Failed; each card says which. */
const BY: readonly { id: string; name: string; of: readonly RunStatus[] }[] = [
  { id: 'pending', name: 'Pending', of: ['pending'] },
  { id: 'running', name: 'Running', of: ['running', 'paused'] },
  { id: 'completed', name: 'Completed', of: ['completed'] },
  { id: 'failed', name: 'Failed', of: ['failed', 'cancelled'] },
];

/** Workflows that have phases: by each of them the board can be seen. */
export const phased = (board: Board) => board.workflows.filter((workflow) => workflow.phases.length > 0);

/** What the columns are: what the address says, else the project's own workflow, else the only one that has phases, else states. */
export function columnsAre(board: Board, asked: string | undefined, own: string | null): string {
  const choices = phased(board).map((workflow) => workflow.workflow_id);
  if (asked === BY_STATUS || (asked && choices.includes(asked))) return asked;
  if (own && choices.includes(own)) return own;
  return choices.length === 1 && choices[0] ? choices[0] : BY_STATUS;
}

export function columnsOf(board: Board, by: string): BoardColumn[] {
  const workflow = board.workflows.find((one) => one.workflow_id === by);
  if (!workflow)
    return BY.map(({ of, ...column }) => ({ ...column, runs: board.data.filter((run) => of.includes(run.status)) }));
  const runs = board.data.filter((run) => run.workflow_id === by);
  // a version that was before, or came after, may have had others
  const others = runs.flatMap((run) => (run.phase && !workflow.phases.includes(run.phase) ? [run.phase] : []));
  const phases = [...workflow.phases, ...new Set(others)];
  return [
    { id: 'to-come', name: words.toCome, runs: runs.filter((run) => run.status !== 'completed' && !run.phase) },
    ...phases.map((phase) => ({
      id: `phase ${phase}`,
      name: phase,
      runs: runs.filter((run) => run.status !== 'completed' && run.phase === phase),
    })),
    { id: 'done', name: words.done, runs: runs.filter((run) => run.status === 'completed') },
  ];
}

export type Moved = { id: string; last_event: number };

/** Of what the stream says: what is to be read, and what has gone. */
export function behind(board: Board, moved: readonly Moved[]): { read: string[]; gone: string[] } {
  const known = new Map(board.data.map((run) => [run.id, run.last_event]));
  return {
    read: moved.filter((one) => one.last_event > 0 && (known.get(one.id) ?? 0) < one.last_event).map((one) => one.id),
    gone: moved.filter((one) => one.last_event === 0 && known.has(one.id)).map((one) => one.id),
  };
}

/** The cards that were read in the place of those there were; newest first, and never an older state of a run than is shown. */
export function withCards(board: Board, read: Board, gone: readonly string[] = []): Board {
  const fresh = new Map(read.data.map((run) => [run.id, run]));
  const kept = board.data
    .filter((run) => !gone.includes(run.id))
    .map((run) => {
      const now = fresh.get(run.id);
      fresh.delete(run.id);
      return now && now.last_event >= run.last_event ? now : run;
    });
  const data = [...fresh.values(), ...kept].sort(
    (a, b) => b.created_at.localeCompare(a.created_at) || a.id.localeCompare(b.id),
  );
  const named = new Map([...board.workflows, ...read.workflows].map((one) => [one.workflow_id, one]));
  return { data, workflows: [...named.values()] };
}

/** Where an arrow key leads from a card: column and place. Empty columns are passed over. */
export function neighbour(
  columns: readonly { runs: readonly unknown[] }[],
  column: number,
  place: number,
  key: string,
): [number, number] | null {
  if (key === 'ArrowUp') return place > 0 ? [column, place - 1] : null;
  if (key === 'ArrowDown') return place + 1 < (columns[column]?.runs.length ?? 0) ? [column, place + 1] : null;
  const step = key === 'ArrowLeft' ? -1 : key === 'ArrowRight' ? 1 : 0;
  if (step === 0) return null;
  for (let next = column + step; next >= 0 && next < columns.length; next += step) {
    const count = columns[next]?.runs.length ?? 0;
    if (count > 0) return [next, Math.min(place, count - 1)];
  }
  return null;
}
