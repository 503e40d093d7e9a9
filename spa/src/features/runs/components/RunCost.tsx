// The cost of a run: — until something is spent, ≈ until it is settled, "free" when tokens went through and cost nothing.

import type { RunFacts } from '@/api/types';
import { Money } from '@/components/Money';
import { NOTHING } from '@/lib/format';
import { runWasFree } from '../model/facts';

export function RunCost({ run, className }: { run: RunFacts; className?: string }) {
  // nothing spent so far says nothing of what it will cost
  if (run.cost_usd === 0 && !run.cost_settled) return <span className={className}>{NOTHING}</span>;
  return <Money usd={run.cost_usd} settled={run.cost_settled} free={runWasFree(run)} className={className} />;
}
