// Figures beside the thing: tabular, unknown said as unknown, what is not settled with its sign.
import { classes } from '@/lib/classes';
import { useNow } from '@/lib/clock';
import { dateTime, duration, estimate, liveDuration, money, NOTHING, number, timeAgo, tokens } from '@/lib/format';

export type MoneyProps = {
  usd: number | null | undefined;
  /** false while more may come: ≈ */
  settled?: boolean;
  /** A model that has no price. */
  free?: boolean;
  className?: string;
};

export function Money({ usd, settled = true, free, className }: MoneyProps) {
  const unknown = usd === null || usd === undefined;
  const text = free ? 'free' : settled ? money(usd) : estimate(usd);
  return (
    <span
      className={classes('whitespace-nowrap', className)}
      title={unknown && !free ? 'No price is known for this model' : undefined}
    >
      {text}
    </span>
  );
}

export function Tokens({
  count,
  settled = true,
  className,
}: {
  count: number | null | undefined;
  settled?: boolean;
  className?: string;
}) {
  const exact = count !== null && count !== undefined && count >= 100_000 ? number(count) : undefined;
  return (
    <span className={classes('whitespace-nowrap', className)} title={exact}>
      {settled || count == null ? '' : '≈\u00a0'}
      {tokens(count)}
    </span>
  );
}

export type DurationProps = {
  /** What the server measured; null while it goes on. */
  ms: number | null | undefined;
  /** While it goes on: since when the seconds tick. */
  since?: string | null;
  className?: string;
};

export function Duration({ ms, since, className }: DurationProps) {
  const ticking = (ms === null || ms === undefined) && Boolean(since);
  const now = useNow(ticking);
  const text = ticking && since ? liveDuration(now - Date.parse(since)) : duration(ms);
  return <span className={classes('whitespace-nowrap', className)}>{text}</span>;
}

export function TimeAgo({ at, className }: { at: string | null | undefined; className?: string }) {
  const now = useNow();
  if (!at) return <span className={className}>{NOTHING}</span>;
  return (
    <time dateTime={at} title={dateTime(at)} className={classes('whitespace-nowrap', className)}>
      {timeAgo(at, now)}
    </time>
  );
}
