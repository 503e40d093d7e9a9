// The shape of a state. Alone it carries the word as its name; beside the word it is decoration.
import type { Status } from '@/api/types';
import { classes } from '@/lib/classes';
import { STATUS } from '@/lib/status';

export type StatusIconProps = {
  status: Status;
  size?: 14 | 16;
  /** The word stands beside it. */
  decorative?: boolean;
  /** The running ring turns: only in the header and at the current step. */
  turning?: boolean;
  className?: string;
};

export function StatusIcon({ status, size = 16, decorative, turning, className }: StatusIconProps) {
  const mark = STATUS[status];
  const drawn = mark.filled
    ? { fill: 'currentColor', fillRule: 'evenodd' as const }
    : { fill: 'none', stroke: 'currentColor', strokeWidth: 1.5, strokeDasharray: mark.dashed ? '2.2 1.92' : undefined };
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      className={classes('shrink-0', `ink-${status}`, turning && status === 'running' && 'turning', className)}
      role={decorative ? undefined : 'img'}
      aria-label={decorative ? undefined : mark.word}
      aria-hidden={decorative || undefined}
    >
      <path d={mark.path} {...drawn} />
    </svg>
  );
}
