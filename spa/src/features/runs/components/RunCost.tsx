// The cost of a run: ≈ until it is settled, "free" when tokens went through and cost nothing.

import type { RunFacts } from '@/api/types';
import { Money } from '@/components/Money';
import { runWasFree } from '../model/facts';

export function RunCost({ run, className }: { run: RunFacts; className?: string }) {
  return <Money usd={run.cost_usd} settled={run.cost_settled} free={runWasFree(run)} className={className} />;
}
