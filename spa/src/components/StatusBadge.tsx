// Icon and word on the tint of the state. A note ("attempt 2 of 3") stands outside.
import type { ReactNode } from 'react';
import type { Status } from '@/api/types';
import { classes } from '@/lib/classes';
import { STATUS } from '@/lib/status';
import { StatusIcon } from './StatusIcon';

export type StatusBadgeProps = {
  status: Status;
  /** What the page asked for and the server has not confirmed ("Cancelling…"): shown with grain instead of the word. */
  requested?: string;
  note?: ReactNode;
  turning?: boolean;
};

export function StatusBadge({ status, requested, note, turning }: StatusBadgeProps) {
  return (
    <span className="inline-flex items-center gap-2 whitespace-nowrap">
      <span
        className={classes(
          't-12 inline-flex h-4.5 items-center gap-1 rounded-badge pr-1.5 pl-1 font-medium',
          `ink-${status} tint-${status}`,
        )}
      >
        <StatusIcon status={status} size={14} decorative turning={turning} />
        {requested ?? STATUS[status].word}
        {requested && <span className="grain-block" aria-hidden="true" />}
      </span>
      {note && <span className="t-12 text-text-2">{note}</span>}
    </span>
  );
}
