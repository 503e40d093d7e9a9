// What steps of many kinds have: when they begin, what follows a failure, what becomes of their output, their handlers. Pure.
import { kindWords as words } from '../kind-strings';
import {
  choice,
  choiceSpec,
  type FieldSpec,
  type Fields,
  figure,
  hasTemplate,
  isObject,
  isText,
  line,
  lines,
  needed,
  number,
  numberUpTo,
  one,
  type Part,
  question,
  several,
  wholeUpTo,
  wordsIn,
} from './fields';

export type KindForm = {
  parts: readonly Part[];
  /** A step that never runs has nothing of the others. */
  rests?: true;
  /** Its condition is its own. */
  asks?: true;
  /** The field that a new step begins in, with what the step before it wrote. */
  begins?: { field: string; with: (last: string) => string };
  /** What it does, in short. */
  says?: (fields: Fields) => string | undefined;
};
/** A new step shows what the last one wrote. */
export const shownLast = (last: string) => JSON.stringify({ text: last }, null, 2);

const ATTEMPTS_MOST = 100;
const DAY_SECONDS = 86_400;
const CACHE_MOST = 2_592_000;
const HOUR = '3600';
const LIMIT_MOST = 1_000_000;

// ---- when ----

export const conditionSpec: FieldSpec = {
  name: 'condition',
  label: words.condition,
  help: words.conditionHelp,
  input: 'text',
  fills: 'all',
  optional: true,
  section: 'when',
};
export const condition = one(conditionSpec, { to: question });

/** Keys as they are typed: "a, b". */
export const keysIn = wordsIn;

export const needs: Part = {
  member: 'needs',
  fields: [
    choiceSpec(
      'needs_how',
      words.needs,
      [
        { value: 'default', label: words.needsDefault },
        { value: 'none', label: words.needsNone },
        { value: 'keys', label: words.needsKeys },
      ],
      { section: 'when' },
    ),
    {
      name: 'needs',
      label: words.needsWhich,
      input: 'earlier',
      when: (fields) => fields.needs_how === 'keys',
      check: (text) => (keysIn(text).length === 0 ? words.needsEmpty : null),
      section: 'when',
    },
  ],
  write: (fields) =>
    fields.needs_how === 'none' ? [] : fields.needs_how === 'keys' ? keysIn(fields.needs) : undefined,
  read: (value) =>
    Array.isArray(value) && value.every(isText)
      ? { needs_how: value.length > 0 ? 'keys' : 'none', needs: value.join(', ') }
      : null,
};

// ---- failures ----

export const timeout = (most: number): Part =>
  figure('timeout_seconds', words.timeout, words.timeoutHelp, wholeUpTo(most), { section: 'fails' });

const typed = (
  name: string,
  label: string,
  help: string,
  check: FieldSpec['check'],
  when?: FieldSpec['when'],
): FieldSpec => ({ name, label, help, input: 'text', optional: true, check, when, section: 'fails' });
const tries = (fields: Fields) => Number(fields.attempts) > 1;
/** Defaults that the server writes beside the attempts. */
const PLAIN_RETRY = { delay_ms: 1000, backoff: 'exponential', max_delay_ms: 60_000 };
const seconds = (ms: unknown, plain: number): string =>
  ms === undefined || ms === plain ? '' : String(Number(ms) / 1000);
const milliseconds = (text: string | undefined): number | undefined =>
  text?.trim() ? Math.round(Number(text) * 1000) : undefined;

export const retry: Part = {
  member: 'retry',
  fields: [
    typed('attempts', words.attempts, words.attemptsHelp, wholeUpTo(ATTEMPTS_MOST)),
    choiceSpec(
      'retry_unknown',
      words.unknownOutcome,
      [
        { value: 'again', label: words.unknownAgain },
        { value: 'never', label: words.unknownNever },
      ],
      { when: (fields) => (fields.attempts ?? '').trim() === '', section: 'fails' },
    ),
    typed('retry_delay', words.retryDelay, words.retryDelayHelp, numberUpTo(DAY_SECONDS), tries),
    choiceSpec(
      'retry_backoff',
      words.retryBackoff,
      [
        { value: 'exponential', label: words.backoffExponential },
        { value: 'linear', label: words.backoffLinear },
        { value: 'none', label: words.backoffNone },
      ],
      { when: tries, section: 'fails' },
    ),
    typed('retry_most', words.retryMost, words.retryMostHelp, numberUpTo(DAY_SECONDS), tries),
    typed('retry_on', words.retryOn, words.retryOnHelp, undefined, tries),
  ],
  write: (fields) => {
    if (fields.retry_unknown === 'never') return 'never';
    if (!fields.attempts?.trim()) return undefined;
    const codes = wordsIn(fields.retry_on);
    const delay = milliseconds(fields.retry_delay);
    const most = milliseconds(fields.retry_most);
    return {
      max_attempts: number(fields.attempts),
      ...(delay === undefined ? {} : { delay_ms: delay }),
      ...(fields.retry_backoff && fields.retry_backoff !== PLAIN_RETRY.backoff
        ? { backoff: fields.retry_backoff }
        : {}),
      ...(most === undefined ? {} : { max_delay_ms: most }),
      ...(codes.length > 0 ? { on: codes } : {}),
    };
  },
  read: (value): Fields | null => {
    if (value === 'never') return { retry_unknown: 'never' };
    if (!isObject(value) || typeof value.max_attempts !== 'number') return null;
    const { max_attempts, delay_ms, backoff = PLAIN_RETRY.backoff, max_delay_ms, on = [], ...others } = value;
    // with a single attempt there is nowhere to show the rest
    const plain = seconds(delay_ms, PLAIN_RETRY.delay_ms) + seconds(max_delay_ms, PLAIN_RETRY.max_delay_ms) === '';
    if (max_attempts < 2 && !(plain && backoff === PLAIN_RETRY.backoff && Array.isArray(on) && on.length === 0))
      return null;
    if (Object.keys(others).length > 0 || !isText(backoff) || !Array.isArray(on)) return null;
    return {
      attempts: String(max_attempts),
      retry_delay: seconds(delay_ms, PLAIN_RETRY.delay_ms),
      retry_backoff: backoff,
      retry_most: seconds(max_delay_ms, PLAIN_RETRY.max_delay_ms),
      retry_on: on.join(', '),
    };
  },
};

export const onFailure = choice(
  'on_failure',
  words.onFailure,
  [
    { value: 'stop', label: words.failureStop },
    { value: 'continue', label: words.failureContinue },
    { value: 'ask', label: words.failureAsk },
  ],
  { section: 'fails' },
);

// ---- what becomes of the output ----

const OUTPUT_NAME = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
export const outputName = line('output', words.outputName, words.outputNameHelp, {
  check: (text) => (text.trim() === '' || OUTPUT_NAME.test(text.trim()) ? null : words.outputNameWrong),
  section: 'keeps',
});

const PHASE_MOST = 60;
export const phase = line('phase', words.phase, words.phaseHelp, {
  check: (text) => ([...text.trim()].length > PHASE_MOST ? words.phaseLong : null),
  section: 'keeps',
});

const cached = (fields: Fields) => (fields.cache_key ?? '').trim() !== '';
const cacheFields = several('cache', [
  {
    as: 'key',
    name: 'cache_key',
    label: words.cacheKey,
    help: words.cacheKeyHelp,
    input: 'text',
    fills: 'all',
    optional: true,
    section: 'keeps',
    to: (text) => text.trim(),
  },
  {
    as: 'ttl_seconds',
    name: 'cache_ttl',
    label: words.cacheSeconds,
    help: words.cacheSecondsHelp,
    input: 'text',
    start: HOUR,
    when: cached,
    check: (text) => needed(words.cacheSecondsEmpty)(text) ?? wholeUpTo(CACHE_MOST)(text),
    section: 'keeps',
  },
]);
export const cache: Part = {
  ...cacheFields,
  // a new key is kept for an hour unless told otherwise
  from: (given): Fields => (given.cache === undefined ? { cache_ttl: HOUR } : {}),
};

// ---- handlers ----

const codeOf = { to: (code: string) => ({ code }), from: handlerCode };
function handlerCode(value: unknown): string | null {
  return isObject(value) && isText(value.code) && Object.keys(value).length === 1 ? value.code : null;
}
/** Of a step, or of the workflow. */
export const handler = (name: string, label: string, help: string): Part =>
  line(name, label, help, { input: 'code', section: 'handlers' }, codeOf);
export const handlers: readonly Part[] = [
  handler('on_start', words.onStart, words.onStartHelp),
  handler('on_complete', words.onComplete, words.onCompleteHelp),
  handler('on_error', words.onError, words.onErrorHelp),
];

// ---- limits of its own ----

const keyed = (name: string) => (fields: Fields) => (fields[name] ?? '').trim() !== '';
const key = (name: string, label: string, help: string): FieldSpec & { as: string; to: (text: string) => string } => ({
  as: 'key',
  name,
  label,
  help,
  input: 'text',
  fills: 'all',
  optional: true,
  section: 'other',
  to: (text) => text.trim(),
});
const ofKey = (
  as: string,
  name: string,
  label: string,
  of: string,
  check: (text: string) => string | null,
  optional = false,
): FieldSpec & { as: string } => ({
  as,
  name,
  label,
  input: 'text',
  optional,
  when: keyed(of),
  check: (text) => (optional ? null : needed(words.figureEmpty)(text)) ?? check(text),
  section: 'other',
});
export const concurrency = several('concurrency', [
  key('concurrency_key', words.concurrencyKey, words.ownKeyHelp),
  ofKey('limit', 'concurrency_limit', words.concurrencyLimit, 'concurrency_key', wholeUpTo(LIMIT_MOST)),
]);
export const rate = several('rate', [
  key('rate_key', words.rateKey, words.ownKeyHelp),
  ofKey('limit', 'rate_limit', words.rateLimit, 'rate_key', wholeUpTo(LIMIT_MOST)),
  ofKey('per_seconds', 'rate_seconds', words.rateSeconds, 'rate_key', numberUpTo(DAY_SECONDS, 0.001)),
  ofKey('burst', 'rate_burst', words.rateBurst, 'rate_key', wholeUpTo(LIMIT_MOST), true),
]);

// ---- checks that two kinds share ----

export const WAIT_MOST = 31_622_400;
export const duration = (text: string) => {
  if (text.trim() === '') return words.waitEmpty;
  const value = Number(text);
  return hasTemplate(text) || (value >= 0 && value <= WAIT_MOST) ? null : words.secondsWrong;
};
export const headerLines = (text: string) =>
  lines(text).every((line) => /^[^\s:]+:/.test(line)) ? null : words.headersWrong;
export const toHeaders = (text: string) =>
  Object.fromEntries(
    lines(text).map((line) => {
      const at = line.indexOf(':');
      return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
    }),
  );
export const fromHeaders = (value: unknown): string | null =>
  isObject(value) && Object.values(value).every((text) => isText(text) && !text.includes('\n'))
    ? Object.entries(value)
        .map(([name, text]) => `${name}: ${String(text)}`)
        .join('\n')
    : null;
