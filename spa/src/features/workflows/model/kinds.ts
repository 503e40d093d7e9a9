// The kinds of steps beside prompts, as forms: which fields each has, what is in them, what is sent. Whatever has no field of its own stays
// as it is, and can be written as JSON. Pure.
import type { StepDefinition } from '@/api/types';
import { kindWords as words } from '../kind-strings';

export type StepKind = StepDefinition['kind'];
export const OTHER_KINDS = [
  'http',
  'function',
  'transform',
  'wait',
  'approval',
  'signal',
  'sequential',
  'parallel',
  'conditional',
  'switch',
  'loop',
] as const;
export type OtherKind = (typeof OTHER_KINDS)[number];

/** What is typed, by the field's name. */
export type Fields = Readonly<Record<string, string>>;

export type FieldSpec = {
  name: string;
  label: string;
  help?: string;
  /** `later`, `earlier`: steps beside it, by their keys; `cases`: values, each with a later step. */
  input: 'text' | 'long' | 'choice' | 'later' | 'earlier' | 'cases';
  options?: readonly { value: string; label: string }[];
  optional?: boolean;
  /** What a new step begins with. */
  start?: string;
  /** Only while another field says so. */
  when?: (fields: Fields) => boolean;
  /** What is wrong with it; null: nothing. */
  check?: (text: string) => string | null;
};

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
const KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const TEMPLATE = /\{\{/;
const CALL_MOST = 3600;
const FUNCTION_MOST = 300;
const WAIT_MOST = 31_622_400;

const parsed = (text: string): { value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
};
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const needed = (message: string) => (text: string) => (text.trim() === '' ? message : null);
const objectOrEmpty = (text: string) =>
  text.trim() === '' || isObject(parsed(text)?.value) ? null : words.objectWrong;
const wholeUpTo = (most: number) => (text: string) => {
  const value = Number(text);
  return text.trim() === '' || (Number.isInteger(value) && value >= 1 && value <= most) ? null : words.wholeWrong(most);
};
const headerLines = (text: string) => (lines(text).every((line) => /^[^\s:]+:/.test(line)) ? null : words.headersWrong);
const statuses = (text: string) =>
  text
    .split(/[\s,]+/)
    .filter(Boolean)
    .every((one) => /^(?:[1-5]\d\d|[1-5]xx)$/.test(one))
    ? null
    : words.expectWrong;
const duration = (text: string) => {
  if (text.trim() === '') return words.waitEmpty;
  const value = Number(text);
  return TEMPLATE.test(text) || (value >= 0 && value <= WAIT_MOST) ? null : words.secondsWrong;
};
const moment = (text: string) => {
  if (text.trim() === '') return words.untilEmpty;
  return TEMPLATE.test(text) || !Number.isNaN(Date.parse(text)) ? null : words.untilWrong;
};

const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

const timeout = (most: number): FieldSpec => ({
  name: 'timeout_seconds',
  label: words.timeout,
  help: words.timeoutHelp,
  input: 'text',
  optional: true,
  check: wholeUpTo(most),
});
const attempts: FieldSpec = {
  name: 'attempts',
  label: words.attempts,
  help: words.attemptsHelp,
  input: 'text',
  optional: true,
  check: wholeUpTo(100),
};
const onFailure: FieldSpec = {
  name: 'on_failure',
  label: words.onFailure,
  input: 'choice',
  start: 'stop',
  options: [
    { value: 'stop', label: words.failureStop },
    { value: 'continue', label: words.failureContinue },
    { value: 'ask', label: words.failureAsk },
  ],
};

/** Keys as they are typed: "a, b". */
export const keysIn = (text: string | undefined): string[] => (text ?? '').split(/[\s,]+/).filter(Boolean);

export type Case = readonly [value: string, key: string];
/** What a switch chooses by; kept as JSON, in the order it was written. */
export function casesOf(fields: Fields): Case[] {
  const read = parsed(fields.cases || '[]')?.value;
  if (!Array.isArray(read)) return [];
  return read.flatMap((one: unknown): Case[] =>
    Array.isArray(one) && isText(one[0]) && isText(one[1]) ? [[one[0], one[1]]] : [],
  );
}
export const casesText = (cases: readonly Case[]): string => JSON.stringify(cases);

const cases = (text: string) => {
  const read = casesOf({ cases: text });
  if (read.length === 0) return words.casesEmpty;
  if (read.some(([, key]) => key === '')) return words.caseUnchosen;
  return new Set(read.map(([value]) => value)).size < read.length ? words.casesTwice : null;
};

/** Whether a step runs at all, and what it waits for. */
const condition: FieldSpec = {
  name: 'condition',
  label: words.condition,
  help: words.conditionHelp,
  input: 'text',
  optional: true,
};
const needsHow: FieldSpec = {
  name: 'needs_how',
  label: words.needs,
  input: 'choice',
  start: 'default',
  options: [
    { value: 'default', label: words.needsDefault },
    { value: 'none', label: words.needsNone },
    { value: 'keys', label: words.needsKeys },
  ],
};
const needsKeys: FieldSpec = {
  name: 'needs',
  label: words.needsWhich,
  input: 'earlier',
  when: (fields) => fields.needs_how === 'keys',
  check: (text) => (keysIn(text).length === 0 ? words.needsEmpty : null),
};
const atOnce = (help: string): FieldSpec => ({
  name: 'max_concurrency',
  label: words.atOnce,
  help,
  input: 'text',
  optional: true,
  check: wholeUpTo(1000),
});
const failFast = (label: string): FieldSpec => ({
  name: 'fail_fast',
  label,
  input: 'choice',
  start: 'no',
  options: [
    { value: 'no', label: words.failLast },
    { value: 'yes', label: words.failFirst },
  ],
});

const FORMS: Partial<Record<StepKind, readonly FieldSpec[]>> = {
  // its model and mappings have editors of their own
  prompt: [timeout(CALL_MOST), attempts, onFailure],
  http: [
    {
      name: 'method',
      label: words.method,
      input: 'choice',
      start: 'GET',
      options: METHODS.map((value) => ({ value, label: value })),
    },
    { name: 'url', label: words.url, help: words.urlHelp, input: 'text', check: needed(words.urlEmpty) },
    {
      name: 'headers',
      label: words.headers,
      help: words.headersHelp,
      input: 'long',
      optional: true,
      check: headerLines,
    },
    { name: 'query', label: words.query, help: words.queryHelp, input: 'long', optional: true, check: objectOrEmpty },
    { name: 'body', label: words.body, help: words.bodyHelp, input: 'long', optional: true },
    { name: 'expect', label: words.expect, help: words.expectHelp, input: 'text', optional: true, check: statuses },
    {
      name: 'answer',
      label: words.answer,
      input: 'choice',
      start: 'auto',
      options: [
        { value: 'auto', label: words.answerAuto },
        { value: 'json', label: 'JSON' },
        { value: 'text', label: words.answerText },
      ],
    },
    timeout(CALL_MOST),
    attempts,
    onFailure,
  ],
  function: [
    { name: 'code', label: words.code, help: words.codeHelp, input: 'long', check: needed(words.codeEmpty) },
    { name: 'input', label: words.given, help: words.givenHelp, input: 'long', optional: true, check: objectOrEmpty },
    timeout(FUNCTION_MOST),
    attempts,
    onFailure,
  ],
  transform: [
    { name: 'value', label: words.value, help: words.valueHelp, input: 'long', check: needed(words.valueEmpty) },
    onFailure,
  ],
  wait: [
    {
      name: 'until_or',
      label: words.waitHow,
      input: 'choice',
      start: 'seconds',
      options: [
        { value: 'seconds', label: words.waitSeconds },
        { value: 'until', label: words.waitUntil },
      ],
    },
    {
      name: 'seconds',
      label: words.seconds,
      help: words.secondsHelp,
      input: 'text',
      start: '60',
      when: (fields) => fields.until_or !== 'until',
      check: duration,
    },
    {
      name: 'until',
      label: words.until,
      help: words.untilHelp,
      input: 'text',
      when: (fields) => fields.until_or === 'until',
      check: moment,
    },
    onFailure,
  ],
  approval: [
    { name: 'input', label: words.shown, help: words.shownHelp, input: 'long', optional: true, check: objectOrEmpty },
    { name: 'form', label: words.form, help: words.formHelp, input: 'long', optional: true, check: objectOrEmpty },
    timeout(WAIT_MOST),
    onFailure,
  ],
  sequential: [onFailure],
  parallel: [atOnce(words.atOnceSteps), failFast(words.failFast), onFailure],
  loop: [
    {
      name: 'loop_by',
      label: words.loopBy,
      input: 'choice',
      start: 'items',
      options: [
        { value: 'items', label: words.loopItems },
        { value: 'while', label: words.loopWhile },
      ],
    },
    {
      name: 'items',
      label: words.items,
      help: words.itemsHelp,
      input: 'long',
      when: (fields) => fields.loop_by !== 'while',
      check: needed(words.itemsEmpty),
    },
    {
      name: 'while',
      label: words.goesOn,
      help: words.goesOnHelp,
      input: 'text',
      when: (fields) => fields.loop_by === 'while',
      check: needed(words.goesOnEmpty),
    },
    atOnce(words.atOnceTurns),
    {
      name: 'max_iterations',
      label: words.mostTurns,
      help: words.mostTurnsHelp,
      input: 'text',
      optional: true,
      check: wholeUpTo(100_000),
    },
    failFast(words.failFastTurns),
    onFailure,
  ],
  conditional: [
    {
      ...condition,
      label: words.question,
      help: words.questionHelp,
      optional: false,
      check: needed(words.questionEmpty),
    },
    { name: 'then', label: words.ifSo, input: 'later', check: needed(words.ifSoEmpty) },
    { name: 'else', label: words.ifNot, input: 'later', optional: true },
  ],
  switch: [
    {
      name: 'value',
      label: words.compared,
      help: words.comparedHelp,
      input: 'text',
      check: needed(words.comparedEmpty),
    },
    { name: 'cases', label: words.cases, help: words.casesHelp, input: 'cases', check: cases },
    { name: 'default', label: words.otherwise, input: 'later', optional: true },
  ],
  signal: [
    {
      name: 'signal',
      label: words.signal,
      help: words.signalHelp,
      input: 'text',
      optional: true,
      check: (text) => (text.trim() === '' || KEY.test(text.trim()) ? null : words.signalWrong),
    },
    timeout(WAIT_MOST),
    onFailure,
  ],
};

/** What has no field: written as JSON, checked by the server. */
export const MORE: FieldSpec = {
  name: 'more',
  label: words.more,
  help: words.moreHelp,
  input: 'long',
  optional: true,
  check: objectOrEmpty,
};

export const fieldsOf = (kind: StepKind): readonly FieldSpec[] => [
  ...(FORMS[kind] ?? []),
  ...(kind === 'conditional' ? [] : [condition]),
  needsHow,
  needsKeys,
  MORE,
];
export const shownFields = (kind: StepKind, fields: Fields): readonly FieldSpec[] =>
  fieldsOf(kind).filter((field) => field.when?.(fields) ?? true);

/** `last`: a template of what the step before wrote. */
export function startFields(kind: StepKind, last: string | null): Fields {
  const fields = Object.fromEntries(fieldsOf(kind).map((field) => [field.name, field.start ?? '']));
  const shown = last ? JSON.stringify({ text: last }, null, 2) : '';
  if (kind === 'transform') return { ...fields, value: shown };
  if (kind === 'approval' || kind === 'function') return { ...fields, input: shown };
  return fields;
}

export const wrongFields = (kind: StepKind, fields: Fields): { name: string; label: string; message: string }[] =>
  shownFields(kind, fields).flatMap(({ name, label, check }) => {
    const message = check?.(fields[name] ?? '') ?? null;
    return message === null ? [] : [{ name, label, message }];
  });

// ---- what is sent, and back ----

type Members = Record<string, unknown>;

/** JSON is JSON, anything else a text. */
const jsonOrText = (text: string): unknown => {
  const read = parsed(text);
  return read ? read.value : text;
};
/** The text that jsonOrText reads the same value from. */
const asTyped = (value: unknown): string =>
  typeof value === 'string' && parsed(value) === null ? value : JSON.stringify(value, null, 2);

const number = (text: string): number | string => {
  const value = Number(text);
  return text.trim() !== '' && !Number.isNaN(value) ? value : text.trim();
};

/** A question: true or false, or what a template makes of it. */
const question = (text: string): unknown =>
  /^\s*(?:true|false)\s*$/.test(text) ? text.trim() === 'true' : text.trim();

const TO: Record<string, (text: string) => unknown> = {
  condition: question,
  while: question,
  items: jsonOrText,
  cases: (text) => Object.fromEntries(casesOf({ cases: text })),
  fail_fast: (text) => text === 'yes',
  max_concurrency: number,
  max_iterations: number,
  headers: (text) =>
    Object.fromEntries(
      lines(text).map((line) => {
        const at = line.indexOf(':');
        return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
      }),
    ),
  query: jsonOrText,
  body: jsonOrText,
  value: jsonOrText,
  input: jsonOrText,
  code: (text) => text,
  form: jsonOrText,
  seconds: number,
  timeout_seconds: number,
  expect: (text) =>
    text
      .split(/[\s,]+/)
      .filter(Boolean)
      .map(number),
};

const isText = (value: unknown): value is string => typeof value === 'string';
const isSimple = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

/** null: no field can hold it, so it stays among the rest. */
const FROM: Record<string, (value: unknown) => string | null> = {
  items: asTyped,
  cases: (value) =>
    isObject(value) && Object.values(value).every(isText)
      ? casesText(Object.entries(value) as [string, string][])
      : null,
  fail_fast: (value) => (value === true ? 'yes' : value === false ? 'no' : null),
  headers: (value) =>
    isObject(value) && Object.values(value).every((one) => isText(one) && !one.includes('\n'))
      ? Object.entries(value)
          .map(([name, text]) => `${name}: ${String(text)}`)
          .join('\n')
      : null,
  query: asTyped,
  body: asTyped,
  value: asTyped,
  input: asTyped,
  form: asTyped,
  expect: (value) => (Array.isArray(value) && value.every(isSimple) ? value.join(', ') : null),
};
const fromSimple = (value: unknown): string | null => (isSimple(value) ? String(value) : null);

/** Those that say nothing when they are left as they are. */
const QUIET: Fields = { method: 'GET', answer: 'auto', on_failure: 'stop', fail_fast: 'no' };
/** Of the builder alone. */
const OWN = new Set(['until_or', 'attempts', 'more', 'needs_how', 'needs', 'loop_by']);

/** The members of a step's definition that its fields make. */
export function membersOf(kind: StepKind, fields: Fields): Members {
  const members: Members = {};
  for (const { name } of shownFields(kind, fields)) {
    const text = fields[name] ?? '';
    if (OWN.has(name) || text.trim() === '' || QUIET[name] === text) continue;
    members[name] = (TO[name] ?? ((one: string) => one.trim()))(text);
  }
  if (fields.needs_how === 'none') members.needs = [];
  else if (fields.needs_how === 'keys') members.needs = keysIn(fields.needs);
  const tries = fields.attempts?.trim();
  if (tries) members.retry = { max_attempts: number(tries) };
  const more = parsed(fields.more?.trim() || '{}')?.value;
  return { ...members, ...(isObject(more) ? more : {}) };
}

/** Defaults that the server writes beside the attempts. */
const PLAIN_RETRY: Members = { delay_ms: 1000, backoff: 'exponential', max_delay_ms: 60_000 };
function attemptsOf(retry: unknown): string | null {
  if (!isObject(retry) || typeof retry.max_attempts !== 'number') return null;
  const { max_attempts, ...rest } = retry;
  return Object.entries(rest).every(([name, value]) => PLAIN_RETRY[name] === value) ? String(max_attempts) : null;
}

/** The fields that show a step's definition; `others` has members that are edited elsewhere. */
export function fieldsFrom(kind: StepKind, step: StepDefinition, others: readonly string[]): Fields {
  const given: Members = { ...step };
  for (const name of ['key', 'name', 'kind', ...others]) delete given[name];
  const fields: Record<string, string> = { ...startFields(kind, null) };
  for (const name of Object.keys(fields)) if (!(name in QUIET) && !OWN.has(name)) fields[name] = '';
  const tries = attemptsOf(given.retry);
  if (tries !== null && 'attempts' in fields) {
    fields.attempts = tries;
    delete given.retry;
  }
  const { needs } = given;
  if (Array.isArray(needs) && needs.every(isText)) {
    fields.needs_how = needs.length > 0 ? 'keys' : 'none';
    fields.needs = needs.join(', ');
    delete given.needs;
  }
  if (kind === 'loop') fields.loop_by = given.while === undefined ? 'items' : 'while';
  if (kind === 'wait') fields.until_or = given.until === undefined ? 'seconds' : 'until';
  for (const { name } of fieldsOf(kind)) {
    if (OWN.has(name) || given[name] === undefined) continue;
    const text = (FROM[name] ?? fromSimple)(given[name]);
    if (text === null) continue;
    fields[name] = text;
    delete given[name];
  }
  fields.more = Object.keys(given).length > 0 ? JSON.stringify(given, null, 2) : '';
  return fields;
}

/** The field that shows a member of the definition: what the server says of it belongs there. */
export function fieldOfMember(kind: StepKind, fields: Fields, member: string): string {
  const name =
    member === 'retry' && fields.attempts
      ? 'attempts'
      : member === 'needs' && fields.needs_how !== 'keys'
        ? 'needs_how'
        : member;
  return shownFields(kind, fields).some((field) => field.name === name) ? name : MORE.name;
}

/** One line of what it does. */
export function summaryOf(kind: StepKind, fields: Fields): string {
  const cut = (text: string | undefined) => (text ?? '').replaceAll(/\s+/g, ' ').trim();
  switch (kind) {
    case 'http':
      return `${fields.method} ${cut(fields.url)}`.trim();
    case 'transform':
      return cut(fields.value);
    case 'wait':
      return fields.until_or === 'until' ? words.untilLine(cut(fields.until)) : words.secondsLine(cut(fields.seconds));
    case 'conditional':
      return cut(fields.condition);
    case 'switch':
      return cut(fields.value);
    case 'loop':
      return fields.loop_by === 'while' ? words.whileLine(cut(fields.while)) : words.itemsLine(cut(fields.items));
    case 'parallel':
      return fields.max_concurrency ? words.atOnceLine(cut(fields.max_concurrency)) : '';
    case 'signal':
      return fields.signal ? words.signalLine(cut(fields.signal)) : '';
    default:
      return '';
  }
}
