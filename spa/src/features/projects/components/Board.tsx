// The board: a column per phase of a workflow, or per state; cards move as the runs do. One tab stop; arrows go from card to card.
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useRef, useState } from 'react';
import type { Board as BoardData, BoardRun, Project } from '@/api/types';
import { Select } from '@/components/Choice';
import { Flight } from '@/components/Flight';
import { Duration, TimeAgo } from '@/components/Money';
import { StatusIcon } from '@/components/StatusIcon';
import { RunCost } from '@/features/runs/components/RunCost';
import { marksOf, phaseOf } from '@/features/runs/model/facts';
import { words as runWords } from '@/features/runs/strings';
import { classes } from '@/lib/classes';
import { usePhone } from '@/lib/phone';
import { hasEnded, STATUS } from '@/lib/status';
import { useWorkspace } from '@/lib/workspace';
import { type BoardColumn, BY_STATUS, columnsAre, columnsOf, neighbour, phased } from '../model/board';
import { words } from '../strings';

type BoardProps = { board: BoardData; project: Project; by: string | undefined; onBy: (by: string) => void };

export function Board({ board, project, by, onBy }: BoardProps) {
  const is = columnsAre(board, by, project.default_workflow_id);
  const columns = columnsOf(board, is);
  const choices = phased(board);
  const elsewhere = board.data.length - columns.reduce((sum, column) => sum + column.runs.length, 0);
  return (
    <section aria-label={words.board} className="flex flex-col gap-3 py-3">
      {choices.length > 0 && (
        <div className="flex flex-wrap items-end gap-3 px-(--gutter)">
          <Select
            id="board-by"
            label={words.columns}
            value={is}
            options={[
              ...choices.map((one) => ({ value: one.workflow_id, label: words.phasesOf(one.name) })),
              { value: BY_STATUS, label: words.byStatus },
            ]}
            onChange={onBy}
          />
          {elsewhere > 0 && <p className="t-12 py-1 text-text-2">{words.elsewhere(elsewhere)}</p>}
        </div>
      )}
      <Columns columns={columns} />
    </section>
  );
}

function Columns({ columns }: { columns: readonly BoardColumn[] }) {
  const box = useRef<HTMLDivElement>(null);
  const [current, setCurrent] = useState<string | null>(null);
  const phone = usePhone();
  const all = columns.flatMap((column) => column.runs);
  const stop = all.some((run) => run.id === current) ? current : all[0]?.id;
  const walk = (event: KeyboardEvent) => {
    const id = (event.target as HTMLElement).closest<HTMLElement>('[data-run]')?.dataset.run;
    const column = columns.findIndex((one) => one.runs.some((run) => run.id === id));
    const place = columns[column]?.runs.findIndex((run) => run.id === id) ?? -1;
    const to = column >= 0 ? neighbour(columns, column, place, event.key) : null;
    const next = to && columns[to[0]]?.runs[to[1]];
    if (!next) return;
    event.preventDefault();
    setCurrent(next.id);
    box.current?.querySelector<HTMLElement>(`[data-run="${next.id}"] a`)?.focus();
  };
  return (
    <div
      ref={box}
      onKeyDown={walk}
      className={classes('flex gap-3 px-(--gutter) pb-2', phone ? 'flex-col' : 'overflow-x-auto')}
    >
      {columns.map((column) => (
        <section
          key={column.id}
          aria-label={words.column(column.name, column.runs.length)}
          className={classes('flex shrink-0 flex-col gap-2', !phone && 'w-70')}
        >
          <h2 className="t-13 flex items-baseline justify-between gap-2 border-b border-line-2 pb-1 font-medium">
            <span className="truncate">{column.name}</span>
            <span className="t-12 text-text-2">{column.runs.length}</span>
          </h2>
          {column.runs.length > 0 && (
            <ul className="flex flex-col gap-2">
              {column.runs.map((run) => (
                <Card key={run.id} run={run} stop={run.id === stop} onFocus={() => setCurrent(run.id)} />
              ))}
            </ul>
          )}
        </section>
      ))}
    </div>
  );
}

function noteOf(waitingFor: string | null) {
  const phase = phaseOf(waitingFor);
  return phase ? runWords.waitsAt(phase) : waitingFor && runWords.waitingFor(waitingFor);
}

function Card({ run, stop, onFocus }: { run: BoardRun; stop: boolean; onFocus: () => void }) {
  const workspace = useWorkspace();
  const going = !hasEnded(run.status);
  const note = run.status === 'failed' ? run.error?.message : going ? noteOf(run.waiting_for) : null;
  return (
    <li
      data-run={run.id}
      className="relative flex min-h-11 flex-col gap-1 rounded-card border border-line-1 bg-bg-2 p-2 focus-within:border-accent hover:bg-hover"
    >
      <span className="flex min-w-0 items-center gap-1.5">
        <StatusIcon status={run.status} size={14} decorative />
        <Link
          to="/w/$workspace/runs/$run"
          params={{ workspace: workspace.slug, run: run.id }}
          tabIndex={stop ? 0 : -1}
          onFocus={onFocus}
          className="t-13 truncate font-medium after:absolute after:inset-0"
        >
          {run.name}
        </Link>
        <span className="t-12 ml-auto shrink-0 text-text-2">{STATUS[run.status].word}</span>
      </span>
      <Flight marks={marksOf(run)} total={run.step_count} size="card" count="short" />
      {note && (
        <span className={classes('t-12 truncate', run.status === 'failed' ? 'text-failed' : 'text-waiting')}>
          {note}
        </span>
      )}
      <span className="t-12 flex items-baseline gap-2 text-text-2">
        <span className="truncate">{run.created_by.name ?? words.nobody}</span>
        <TimeAgo at={run.created_at} className="shrink-0 text-text-3" />
        <span className="ml-auto flex shrink-0 gap-2">
          <Duration ms={run.duration_ms} since={going ? run.created_at : null} />
          <RunCost run={run} />
        </span>
      </span>
    </li>
  );
}
