// How much of a limit is used: spent solid, reserved grain, its end a line. The figures stand beside it as text.
import { classes } from '@/lib/classes';
import { percent } from '@/lib/format';
import type { LimitState, Use } from '../model/limits';
import { words } from '../strings';

const INK: Record<LimitState, string> = { free: 'text-line-3', near: 'ink-waiting', reached: 'ink-failed' };

export function LimitMeter({ use, state, name }: { use: NonNullable<Use>; state: LimitState; name: string }) {
  return (
    <span
      role="meter"
      aria-label={words.useSentence(name, percent(use.spent))}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(use.spent * 100)}
      className={classes('flex h-2 w-full overflow-hidden border-r-2 border-line-3 bg-bg-3', INK[state])}
    >
      <span className="bg-current" style={{ width: percentOf(use.spent) }} />
      <span className="grain" style={{ width: percentOf(use.reserved) }} />
    </span>
  );
}

const percentOf = (share: number) => `${(share * 100).toFixed(2)}%`;
