// Limits in words and figures: what each is about, how much of it is used, how near its end that is. Pure.
import type { Limit, LimitSet, LimitUnit } from '@/api/types';

export type ScopeKind = 'workspace' | 'workflow' | 'member' | 'model' | 'key';
export type Scope = { kind: ScopeKind; of: string };

const KINDS: readonly ScopeKind[] = ['workspace', 'workflow', 'member', 'model', 'key'];

/** "model:builtin/echo" in its parts. */
export function scopeOf(text: string): Scope {
  const colon = text.indexOf(':');
  const kind = KINDS.find((one) => one === (colon < 0 ? text : text.slice(0, colon)));
  return kind ? { kind, of: colon < 0 ? '' : text.slice(colon + 1) } : { kind: 'key', of: text };
}

export const scopeText = ({ kind, of }: Scope): string => (kind === 'workspace' ? kind : `${kind}:${of}`);

export const NEAR = 0.8;
export type LimitState = 'free' | 'near' | 'reached';

export type Use = {
  /** Settled, and on its way: shares of the limit, together at most 1; null where nothing is counted (rates). */
  spent: number;
  reserved: number;
} | null;

const share = (part: number, whole: number): number => (whole > 0 ? Math.min(1, Math.max(0, part / whole)) : 1);

export function useOf(limit: Limit): Use {
  if (limit.unit === 'money' && limit.cost_usd !== null) {
    const spent = share(limit.spent_usd ?? 0, limit.cost_usd);
    return {
      spent,
      reserved: limit.cost_usd > 0 ? Math.min(1 - spent, (limit.reserved_usd ?? 0) / limit.cost_usd) : 0,
    };
  }
  if (limit.unit === 'concurrency' && limit.limit !== null)
    return { spent: share(limit.in_use ?? 0, limit.limit), reserved: 0 };
  return null;
}

/**
 * Runs that wait for it have reached it, whatever the figures say: what executors keep for the next call counts as used. Money is near
 * its end from four fifths on; calls at once come and go, so there only runs that wait say something.
 */
export function stateOf(limit: Limit): LimitState {
  if (limit.waiting > 0) return 'reached';
  if (limit.unit === 'concurrency') return limit.limit === 0 ? 'reached' : 'free';
  if (limit.unit !== 'money' || limit.cost_usd === null) return 'free';
  if ((limit.spent_usd ?? 0) >= limit.cost_usd) return 'reached';
  return (limit.spent_usd ?? 0) >= NEAR * limit.cost_usd ? 'near' : 'free';
}

const WORST: readonly LimitState[] = ['reached', 'near', 'free'];
/** What needs looking at comes first; then as the server has it. */
export const sorted = (limits: readonly Limit[]): Limit[] =>
  limits.toSorted((a, b) => WORST.indexOf(stateOf(a)) - WORST.indexOf(stateOf(b)));

// ---- the form ----

export type LimitForm = {
  unit: LimitUnit;
  kind: ScopeKind;
  of: string;
  cost: string;
  period: 'none' | 'day' | 'month';
  count: string;
  seconds: string;
};

export const emptyForm: LimitForm = {
  unit: 'money',
  kind: 'workspace',
  of: '',
  cost: '',
  period: 'month',
  count: '',
  seconds: '60',
};

export function formOf(limit: Limit): LimitForm {
  const { kind, of } = scopeOf(limit.scope);
  return {
    unit: limit.unit,
    kind,
    of,
    cost: limit.cost_usd === null ? '' : String(limit.cost_usd),
    period: limit.period === 'day' || limit.period === 'month' ? limit.period : 'none',
    count: limit.limit === null ? '' : String(limit.limit),
    seconds: limit.per_seconds === null ? emptyForm.seconds : String(limit.per_seconds),
  };
}

export type Wrong = Partial<Record<'of' | 'cost' | 'count' | 'seconds', 'empty' | 'number'>>;

/** An amount as people write it, with a point or a comma. */
const amount = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text.trim().replace(',', '.')));
const within = (value: number, least: number, most: number) => value >= least && value <= most;

export function check(form: LimitForm): Wrong {
  const wrong: Wrong = {};
  if (form.kind !== 'workspace' && form.of.trim() === '') wrong.of = 'empty';
  if (form.unit === 'money') {
    if (!within(amount(form.cost), 0, 1_000_000)) wrong.cost = 'number';
    return wrong;
  }
  const count = amount(form.count);
  if (!Number.isInteger(count) || !within(count, form.unit === 'rate' ? 1 : 0, 1_000_000)) wrong.count = 'number';
  if (form.unit === 'rate' && !within(amount(form.seconds), 0.001, 86_400)) wrong.seconds = 'number';
  return wrong;
}

export function bodyOf(form: LimitForm): LimitSet {
  if (form.unit === 'money') return { cost_usd: amount(form.cost), period: form.period };
  if (form.unit === 'concurrency') return { limit: amount(form.count) } as LimitSet;
  return { limit: amount(form.count), per_seconds: amount(form.seconds) } as LimitSet;
}
