// "$0.043 + ≈ $0.020": what is spent, and what is still expected; amber at warn, red at stop, with the word.
import { useEffect, useRef } from 'react';
import { announce } from '@/lib/announce';
import { classes } from '@/lib/classes';
import { estimate, money } from '@/lib/format';

export type CostMeterProps = {
  spentUsd: number | null;
  /** Reserved or estimated, not spent. */
  expectedUsd?: number | null;
  warnUsd?: number;
  stopUsd?: number;
};

export function CostMeter({ spentUsd, expectedUsd, warnUsd, stopUsd }: CostMeterProps) {
  const spent = spentUsd ?? 0;
  const level =
    stopUsd !== undefined && spent >= stopUsd ? 'stop' : warnUsd !== undefined && spent >= warnUsd ? 'warn' : null;
  const said = useRef(level);
  useEffect(() => {
    if (level !== said.current && level)
      announce(level === 'stop' ? 'The cost has reached its limit' : 'The cost has passed its warning');
    said.current = level;
  }, [level]);
  return (
    <span className={classes('whitespace-nowrap', level === 'warn' && 'ink-waiting', level === 'stop' && 'ink-failed')}>
      {money(spentUsd)}
      {expectedUsd != null && expectedUsd > 0 && ` + ${estimate(expectedUsd)}`}
      {stopUsd !== undefined && ` of ${money(stopUsd)}`}
      {level === 'warn' && ' · over the warning'}
      {level === 'stop' && ' · limit reached'}
    </span>
  );
}
