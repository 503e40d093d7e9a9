// The true rows and widths, standing still; only shown when loading takes longer than 400 ms.
import { type ReactNode, useEffect, useState } from 'react';
import { classes } from '@/lib/classes';

export function Skeleton({ className }: { className?: string }) {
  return <span aria-hidden="true" className={classes('block h-3 rounded-bar bg-bg-3', className)} />;
}

/** False for the first moment: what comes quickly needs no skeleton. */
export function useSlow(loading: boolean, ms = 400): boolean {
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    if (!loading) {
      setSlow(false);
      return;
    }
    const timer = setTimeout(() => setSlow(true), ms);
    return () => clearTimeout(timer);
  }, [loading, ms]);
  return loading && slow;
}

/** Nothing until 400 ms, then the skeleton, and after 3 s a sentence of what is happening. */
export function Loading({ sentence, children }: { sentence: string; children: ReactNode }) {
  const visible = useSlow(true);
  const long = useSlow(true, 3000);
  return (
    <div aria-busy="true">
      <span className="sr-only">{sentence}</span>
      {visible && children}
      {long && <p className="t-12 px-(--gutter) py-2 text-text-2">{sentence}</p>}
    </div>
  );
}
