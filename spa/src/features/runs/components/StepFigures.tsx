// Time, tokens and cost of one attempt of a step, as they stand beside it everywhere.
import type { StepRun } from '@/api/types';
import { Duration, Money, Tokens } from '@/components/Money';
import { NOTHING } from '@/lib/format';
import { hasEnded } from '@/lib/status';
import { isFreeModel, tokensOf } from '../model/facts';

const going = (step: StepRun) => !hasEnded(step.status);

export function StepTime({ step }: { step: StepRun | null }) {
  if (!step) return NOTHING;
  return <Duration ms={step.duration_ms} since={going(step) ? step.started_at : null} />;
}

export function StepTokens({ step }: { step: StepRun | null }) {
  const count = tokensOf(step);
  return count === null ? NOTHING : <Tokens count={count} settled={step !== null && !going(step)} />;
}

export function StepCost({ step }: { step: StepRun | null }) {
  // nothing is known of the price of a call that goes on, or that never answered
  if (!step || (tokensOf(step) === null && step.cost_usd === null)) return NOTHING;
  const free = step.cost_usd === 0 && isFreeModel(step.model_asked);
  return <Money usd={step.cost_usd} settled={!going(step)} free={free} />;
}
