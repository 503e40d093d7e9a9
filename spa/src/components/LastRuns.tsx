// The newest ten runs of a workflow or project, newest right, height by time; each leads to its run. One tab stop, arrows inside.
import { Link } from '@tanstack/react-router';
import { type KeyboardEvent, useState } from 'react';
import type { RunMark } from '@/api/types';
import { useNow } from '@/lib/clock';
import { duration, timeAgo } from '@/lib/format';
import { marksOf, marksSentence } from '@/lib/marks';
import { STATUS } from '@/lib/status';
import { useWorkspace } from '@/lib/workspace';

const BOX_PX = 16;

const words = {
  never: 'never run',
  lastRunsOf: (name: string, sentence: string) => `Last runs of ${name}: ${sentence}`,
  runMark: (word: string, time: string) => (time === '' ? word : `${word}, ${time}`),
};

/** `name`: whose they are. Without links it is one picture. */
type LastRunsProps = { name: string; runs: readonly RunMark[]; links: boolean };

export function LastRuns({ name, runs, links }: LastRunsProps) {
  const workspace = useWorkspace();
  const now = useNow(false);
  const marks = marksOf(runs);
  const [entry, setEntry] = useState<string | null>(null);
  if (marks.length === 0) return <span className="t-12 text-text-3">{words.never}</span>;
  const label = words.lastRunsOf(name, marksSentence(runs));
  if (!links)
    return (
      <span role="img" aria-label={label} className="flex items-end gap-0.5">
        {marks.map(({ run, height }) => (
          <Mark key={run.id} status={run.status} height={height} narrow />
        ))}
      </span>
    );
  const stop = marks.some(({ run }) => run.id === entry) ? entry : marks.at(-1)?.run.id;
  const walk = (event: KeyboardEvent<HTMLAnchorElement>) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const next = by > 0 ? event.currentTarget.nextElementSibling : event.currentTarget.previousElementSibling;
    if (next instanceof HTMLElement) next.focus();
  };
  return (
    <span role="group" aria-label={label} className="relative flex">
      {marks.map(({ run, height }) => (
        <Link
          key={run.id}
          to="/w/$workspace/runs/$run"
          params={{ workspace: workspace.slug, run: run.id }}
          tabIndex={run.id === stop ? 0 : -1}
          onFocus={() => setEntry(run.id)}
          onKeyDown={walk}
          aria-label={`${STATUS[run.status].word}, ${timeAgo(run.created_at, now)}`}
          title={words.runMark(
            `${STATUS[run.status].word}, ${timeAgo(run.created_at, now)}`,
            run.duration_ms === null ? '' : duration(run.duration_ms),
          )}
          className="flex h-6 w-3.5 items-end justify-center rounded-bar pb-1 -outline-offset-1 hover:bg-bg-3"
        >
          <Mark status={run.status} height={height} />
        </Link>
      ))}
    </span>
  );
}

const Mark = ({ status, height, narrow }: { status: RunMark['status']; height: number; narrow?: boolean }) => (
  <span
    className={`segment segment-${status} ${narrow ? 'w-1.5' : 'w-2.5'} flex-none!`}
    style={{ height: Math.round(height * BOX_PX) }}
  />
);
