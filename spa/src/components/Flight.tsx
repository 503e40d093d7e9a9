// The one form of progress: a segment per top-level step, in order. With more than 24 steps it is one bar with counts.
import type { Status } from '@/api/types';
import { classes } from '@/lib/classes';
import { STATUS } from '@/lib/status';

const MOST_SEGMENTS = 24;
const ORDER: readonly Status[] = [
  'completed',
  'skipped',
  'failed',
  'cancelled',
  'rolled_back',
  'paused',
  'running',
  'waiting',
  'pending',
];

export type FlightProps = {
  /** Status of each step, in order; fewer than `total` when not all are known. */
  marks: readonly Status[];
  /** All steps; the length of `marks` when left out. */
  total?: number;
  /** md 8 px (header), row 6, card 4 */
  size?: 'md' | 'row' | 'card';
  /** "4 of 7" beside it; off only where the text stands beside it already. */
  count?: 'long' | 'short' | false;
  className?: string;
};

const HEIGHT = { md: 'h-2', row: 'h-1.5', card: 'h-1' } as const;

/** Steps that have begun: "step 4 of 7". */
export function stepsBegun(marks: readonly Status[]): number {
  return marks.filter((mark) => mark !== 'pending').length;
}

function counts(marks: readonly Status[]): [Status, number][] {
  return ORDER.map((status): [Status, number] => [status, marks.filter((mark) => mark === status).length]).filter(
    ([, count]) => count > 0,
  );
}

/** "4 of 7 steps: 2 completed, 1 skipped, 1 running" */
export function flightSentence(marks: readonly Status[], total = marks.length): string {
  const parts = counts(marks)
    .filter(([status]) => status !== 'pending')
    .map(([status, count]) => `${count} ${STATUS[status].word.toLowerCase()}`);
  const lead = `${stepsBegun(marks)} of ${total} ${total === 1 ? 'step' : 'steps'}`;
  return parts.length > 0 ? `${lead}: ${parts.join(', ')}` : lead;
}

export function Flight({ marks, total = marks.length, size = 'md', count = 'long', className }: FlightProps) {
  const begun = stepsBegun(marks);
  const rest: Status[] = Array.from({ length: Math.max(0, total - marks.length) }, () => 'pending');
  const all = [...marks, ...rest];
  return (
    <span className={classes('flex min-w-0 items-center gap-2', className)}>
      <span
        role="img"
        aria-label={flightSentence(marks, total)}
        title={flightSentence(marks, total)}
        className={classes('flex min-w-0 flex-1 gap-0.5', HEIGHT[size])}
      >
        {all.length > MOST_SEGMENTS
          ? counts(all).map(([status, share]) => (
              <span key={status} className={`segment segment-${status}`} style={{ flexGrow: share }} />
            ))
          : all.map((status, index) => <span key={index} className={`segment segment-${status}`} />)}
      </span>
      {count && (
        <span className="t-12 shrink-0 text-text-2" aria-hidden="true">
          {count === 'short' ? `${begun}/${total}` : `${begun} of ${total}`}
        </span>
      )}
    </span>
  );
}
