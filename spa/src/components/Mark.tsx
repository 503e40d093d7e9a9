// Three treads and the stone.
import { classes } from '@/lib/classes';

export function Mark({
  size = 20,
  withWord = false,
  className,
}: {
  size?: number;
  withWord?: boolean;
  className?: string;
}) {
  return (
    <span className={classes('inline-flex items-center gap-2', className)}>
      <svg
        viewBox="0 0 24 24"
        width={size}
        height={size}
        fill="currentColor"
        className="shrink-0 text-accent"
        role="img"
        aria-label={withWord ? undefined : 'Stepmill'}
        aria-hidden={withWord || undefined}
      >
        <path d="M2 3h8v4H2zM6 10h8v4H6zM10 17h12v4H10z" />
        <circle cx="18.5" cy="12" r="3.5" />
      </svg>
      {withWord && <span className="font-semibold text-text-1">stepmill</span>}
    </span>
  );
}
