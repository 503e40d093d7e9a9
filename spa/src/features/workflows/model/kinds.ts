// The kinds of steps as forms: one entry of the table a kind. Whatever has no field of its own stays as it is, and can be written as JSON. Pure.
import type { StepDefinition } from '@/api/types';
import { kindWords as words } from '../kind-strings';
import {
  cache,
  concurrency,
  condition,
  conditionSpec,
  duration,
  fromHeaders,
  handlers,
  headerLines,
  keysIn,
  needs,
  onFailure,
  outputName,
  phase,
  rate,
  retry,
  timeout,
  toHeaders,
} from './common';
import {
  asTyped,
  chooser,
  type FieldSpec,
  type Fields,
  type Form,
  hasTemplate,
  isObject,
  isText,
  jsonOrText,
  type Members,
  MORE,
  needed,
  number,
  numberUpTo,
  objectOrEmpty,
  one,
  type Part,
  parsed,
  question,
  read,
  shownSpecs,
  specsOf,
  startOf,
  wholeUpTo,
  wordsIn,
  write,
  wrongIn,
} from './fields';

export { keysIn };
export type { Fields, FieldSpec };
export type StepKind = StepDefinition['kind'];

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
const KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const CALL_MOST = 3600;
const FUNCTION_MOST = 300;
const WAIT_MOST = 31_622_400;
const DAY_SECONDS = 86_400;
const NOTE_MOST = 20_000;

// ---- fields with texts of their own ----

export type Pair = readonly [name: string, value: string];
const pairsIn = (text: string | undefined): Pair[] => {
  const found = parsed(text || '[]')?.value;
  if (!Array.isArray(found)) return [];
  return found.flatMap((pair: unknown): Pair[] =>
    Array.isArray(pair) && isText(pair[0]) && isText(pair[1]) ? [[pair[0], pair[1]]] : [],
  );
};
const pairsText = (pairs: readonly Pair[]): string => (pairs.length > 0 ? JSON.stringify(pairs) : '');

/** Names with values, such as the input of a child run; a row whose name and value are empty says nothing. */
export const inputPairs = { of: (fields: Fields) => pairsIn(fields.input), text: pairsText, in: pairsIn };
const givenPairs = (text: string) => pairsIn(text).filter(([name, value]) => name.trim() !== '' || value.trim() !== '');
const pairsWrong = (text: string) => {
  const given = givenPairs(text);
  if (given.some(([name]) => name.trim() === '')) return words.pairUnnamed;
  return new Set(given.map(([name]) => name.trim())).size < given.length ? words.pairTwice : null;
};
const pairsCodec = {
  to: (text: string) => Object.fromEntries(givenPairs(text).map(([name, value]) => [name.trim(), jsonOrText(value)])),
  from: (value: unknown) =>
    isObject(value) ? pairsText(Object.entries(value).map(([name, given]) => [name, asTyped(given)])) : null,
};

export type Case = Pair;
/** What a switch chooses by; kept as JSON, in the order it was written. */
export const casesOf = (fields: Fields): Case[] => pairsIn(fields.cases);
export const casesText = (cases: readonly Case[]): string => JSON.stringify(cases);
const casesWrong = (text: string) => {
  const given = pairsIn(text);
  if (given.length === 0) return words.casesEmpty;
  if (given.some(([, key]) => key === '')) return words.caseUnchosen;
  return new Set(given.map(([value]) => value)).size < given.length ? words.casesTwice : null;
};

const statuses = (text: string) =>
  wordsIn(text).every((status) => /^(?:[1-5]\d\d|[1-5]xx)$/.test(status)) ? null : words.expectWrong;
const moment = (text: string) => {
  if (text.trim() === '') return words.untilEmpty;
  return hasTemplate(text) || !Number.isNaN(Date.parse(text)) ? null : words.untilWrong;
};
const methods = METHODS.map((value) => ({ value, label: value }));
const json = { to: jsonOrText, from: asTyped };
const asWritten = { to: (text: string) => text };

// ---- members that several kinds share ----

const objectIn = (label: string, help: string): Part =>
  one({ name: 'input', label, help, input: 'long', fills: 'all', optional: true, check: objectOrEmpty }, json);
const pairs = (label: string, help: string): Part =>
  one({ name: 'input', label, help, input: 'pairs', fills: 'all', optional: true, check: pairsWrong }, pairsCodec);
const atOnce = (help: string): Part =>
  one(
    { name: 'max_concurrency', label: words.atOnce, help, input: 'text', optional: true, check: wholeUpTo(1000) },
    { to: number },
  );
const yesNo = {
  to: (text: string) => text === 'yes',
  from: (value: unknown) => (value === true ? 'yes' : value === false ? 'no' : null),
};
const failFast = (label: string): Part =>
  one(
    {
      name: 'fail_fast',
      label,
      input: 'choice',
      blank: 'no',
      options: [
        { value: 'no', label: words.failLast },
        { value: 'yes', label: words.failFirst },
      ],
    },
    yesNo,
  );
const later = (name: string, label: string, missing?: string): Part =>
  one({ name, label, input: 'later', ...(missing ? { check: needed(missing) } : { optional: true }) });

const asks = (fields: Fields) => fields.until_or === 'while';
const signalSpec: FieldSpec = {
  name: 'signal',
  label: words.signal,
  help: words.signalHelp,
  input: 'text',
  optional: true,
  check: (text) => (text.trim() === '' || KEY.test(text.trim()) ? null : words.signalWrong),
};

/** What a step that calls something out there has besides its own. */
const called = (most: number): readonly Part[] => [timeout(most), retry, onFailure, outputName, cache, ...handlers];

// ---- the table ----

type Kind = {
  parts: readonly Part[];
  /** A step that never runs has nothing of the others. */
  rests?: true;
  /** The field that a new step begins in, with what the step before it wrote. */
  begins?: { field: string; with: (last: string) => string };
  /** One line of what it does. */
  says?: (fields: Fields) => string;
};

const cut = (text: string | undefined) => (text ?? '').replaceAll(/\s+/g, ' ').trim();
const shownLast = (last: string) => JSON.stringify({ text: last }, null, 2);

const KINDS: Partial<Record<StepKind, Kind>> = {
  // its model and mappings have editors of their own
  prompt: { parts: [...called(CALL_MOST), concurrency, rate] },
  agent: {
    parts: [
      {
        member: 'agent',
        fields: [{ name: 'agent', label: words.agent, input: 'agent', check: needed(words.agentEmpty) }],
        write: (fields) => (fields.agent ? fields.agent : undefined),
        read: (value) => {
          const named = isObject(value) ? value.id : value;
          return isText(named) ? { agent: named } : null;
        },
      },
      // as the agent that is chosen is asked: nobody types it
      one({ name: 'action', label: words.action, input: 'none' }),
      pairs(words.given, words.agentGivenHelp),
      one({
        name: 'endpoint',
        label: words.endpoint,
        help: words.endpointHelp,
        input: 'text',
        fills: 'all',
        optional: true,
        when: (fields) => fields.action === 'http',
        check: (text) => (text.trim() === '' || text.trim().startsWith('/') ? null : words.endpointWrong),
      }),
      one({
        name: 'method',
        label: words.method,
        input: 'choice',
        blank: '',
        when: (fields) => fields.action === 'http',
        options: [{ value: '', label: words.methodOfAgent }, ...methods],
      }),
      one({
        name: 'model',
        label: words.agentModel,
        help: words.agentModelHelp,
        input: 'text',
        optional: true,
        when: (fields) => fields.action !== 'http',
      }),
      ...called(CALL_MOST),
    ],
    begins: { field: 'input', with: (last) => pairsText([['prompt', last]]) },
    says: (fields) => cut(inputPairs.of(fields).find(([name]) => name === 'prompt')?.[1] ?? fields.endpoint),
  },
  workflow: {
    parts: [
      {
        member: 'workflow',
        fields: [
          { name: 'workflow', label: words.child, input: 'workflow', check: needed(words.childEmpty) },
          {
            name: 'workflow_version',
            label: words.childVersion,
            input: 'version',
            optional: true,
            when: (fields) => !!fields.workflow,
          },
        ],
        write: ({ workflow, workflow_version: version }) =>
          workflow ? { id: workflow, ...(version ? { version: Number(version) } : {}) } : undefined,
        read: (value) =>
          isObject(value) && isText(value.id)
            ? { workflow: value.id, workflow_version: value.version === undefined ? '' : String(value.version) }
            : null,
      },
      pairs(words.childInput, words.childInputHelp),
      timeout(WAIT_MOST),
      onFailure,
      outputName,
    ],
  },
  http: {
    parts: [
      one({ name: 'method', label: words.method, input: 'choice', blank: 'GET', options: methods }),
      one({
        name: 'url',
        label: words.url,
        help: words.urlHelp,
        input: 'text',
        fills: 'all',
        check: needed(words.urlEmpty),
      }),
      one(
        {
          name: 'headers',
          label: words.headers,
          help: words.headersHelp,
          input: 'long',
          fills: 'all',
          optional: true,
          check: headerLines,
        },
        { to: toHeaders, from: fromHeaders },
      ),
      one(
        {
          name: 'query',
          label: words.query,
          help: words.queryHelp,
          input: 'long',
          fills: 'all',
          optional: true,
          check: objectOrEmpty,
        },
        json,
      ),
      one({ name: 'body', label: words.body, help: words.bodyHelp, input: 'long', fills: 'all', optional: true }, json),
      one(
        { name: 'expect', label: words.expect, help: words.expectHelp, input: 'text', optional: true, check: statuses },
        {
          to: (text) => wordsIn(text).map(number),
          from: (value) => (Array.isArray(value) && value.length > 0 ? value.join(', ') : null),
        },
      ),
      one({
        name: 'answer',
        label: words.answer,
        input: 'choice',
        blank: 'auto',
        options: [
          { value: 'auto', label: words.answerAuto },
          { value: 'json', label: 'JSON' },
          { value: 'text', label: words.answerText },
        ],
      }),
      ...called(CALL_MOST),
    ],
    says: (fields) => `${fields.method} ${cut(fields.url)}`.trim(),
  },
  function: {
    parts: [
      one(
        {
          name: 'code',
          label: words.code,
          help: words.codeHelp,
          input: 'code',
          fills: 'env',
          check: needed(words.codeEmpty),
        },
        asWritten,
      ),
      objectIn(words.given, words.givenHelp),
      ...called(FUNCTION_MOST),
    ],
    begins: { field: 'input', with: shownLast },
  },
  transform: {
    parts: [
      one(
        {
          name: 'value',
          label: words.value,
          help: words.valueHelp,
          input: 'long',
          fills: 'all',
          check: needed(words.valueEmpty),
        },
        json,
      ),
      onFailure,
      outputName,
    ],
    begins: { field: 'value', with: shownLast },
    says: (fields) => cut(fields.value),
  },
  script: {
    parts: [
      one(
        {
          name: 'command',
          label: words.command,
          help: words.commandHelp,
          input: 'code',
          fills: 'all',
          check: needed(words.commandEmpty),
        },
        {
          to: (text) => {
            const list = parsed(text)?.value;
            return Array.isArray(list) ? list : text;
          },
          from: (value) =>
            isText(value) && !Array.isArray(parsed(value)?.value)
              ? value
              : Array.isArray(value)
                ? JSON.stringify(value, null, 2)
                : null,
        },
      ),
      objectIn(words.scriptGiven, words.scriptGivenHelp),
      one(
        {
          name: 'env',
          label: words.environment,
          help: words.environmentHelp,
          input: 'long',
          fills: 'all',
          optional: true,
          check: headerLines,
        },
        { to: toHeaders, from: fromHeaders },
      ),
      one({ name: 'cwd', label: words.cwd, help: words.cwdHelp, input: 'text', optional: true }),
      one(
        {
          name: 'network',
          label: words.network,
          input: 'choice',
          blank: 'no',
          options: [
            { value: 'no', label: words.networkNone },
            { value: 'yes', label: words.networkProject },
          ],
        },
        yesNo,
      ),
      one({
        name: 'format',
        label: words.format,
        input: 'choice',
        blank: 'text',
        options: [
          { value: 'text', label: words.formatText },
          { value: 'json', label: 'JSON' },
        ],
      }),
      ...called(CALL_MOST),
    ],
    begins: { field: 'input', with: shownLast },
    says: (fields) => cut(fields.command),
  },
  wait: {
    parts: [
      chooser(
        {
          name: 'until_or',
          label: words.waitHow,
          input: 'choice',
          blank: 'seconds',
          options: [
            { value: 'seconds', label: words.waitSeconds },
            { value: 'until', label: words.waitUntil },
            { value: 'while', label: words.waitWhile },
          ],
        },
        (given) => (given.while !== undefined ? 'while' : given.until !== undefined ? 'until' : 'seconds'),
      ),
      one(
        {
          name: 'seconds',
          label: words.seconds,
          help: words.secondsHelp,
          input: 'text',
          fills: 'all',
          start: '60',
          when: (fields) => !['until', 'while'].includes(fields.until_or ?? ''),
          check: duration,
        },
        { to: number },
      ),
      one({
        name: 'until',
        label: words.until,
        help: words.untilHelp,
        input: 'text',
        fills: 'all',
        when: (fields) => fields.until_or === 'until',
        check: moment,
      }),
      one(
        {
          name: 'while',
          label: words.waitQuestion,
          help: words.waitQuestionHelp,
          input: 'text',
          fills: 'all',
          when: asks,
          check: needed(words.waitQuestionEmpty),
        },
        { to: question },
      ),
      one(
        {
          name: 'poll',
          label: words.poll,
          help: words.pollHelp,
          input: 'long',
          fills: 'all',
          optional: true,
          when: asks,
          check: objectOrEmpty,
        },
        json,
      ),
      one(
        {
          name: 'poll_seconds',
          label: words.pollSeconds,
          help: words.pollSecondsHelp,
          input: 'text',
          optional: true,
          when: asks,
          check: numberUpTo(DAY_SECONDS, 1),
        },
        { to: number },
      ),
      one(
        {
          name: 'max_seconds',
          label: words.waitMost,
          help: words.waitMostHelp,
          input: 'text',
          optional: true,
          when: asks,
          check: numberUpTo(WAIT_MOST, 1),
        },
        { to: number },
      ),
      one({ ...signalSpec, label: words.waitSignal, when: asks }),
      onFailure,
    ],
    says: (fields) =>
      asks(fields)
        ? words.waitWhileLine(cut(fields.while))
        : fields.until_or === 'until'
          ? words.untilLine(cut(fields.until))
          : words.secondsLine(cut(fields.seconds)),
  },
  approval: {
    parts: [
      objectIn(words.shown, words.shownHelp),
      one(
        { name: 'form', label: words.form, help: words.formHelp, input: 'long', optional: true, check: objectOrEmpty },
        json,
      ),
      timeout(WAIT_MOST),
      onFailure,
      outputName,
    ],
    begins: { field: 'input', with: shownLast },
  },
  signal: {
    parts: [one(signalSpec), timeout(WAIT_MOST), onFailure, outputName],
    says: (fields) => (fields.signal ? words.signalLine(cut(fields.signal)) : ''),
  },
  sequential: { parts: [onFailure, outputName] },
  parallel: {
    parts: [atOnce(words.atOnceSteps), failFast(words.failFast), onFailure, outputName],
    says: (fields) => (fields.max_concurrency ? words.atOnceLine(cut(fields.max_concurrency)) : ''),
  },
  loop: {
    parts: [
      chooser(
        {
          name: 'loop_by',
          label: words.loopBy,
          input: 'choice',
          blank: 'items',
          options: [
            { value: 'items', label: words.loopItems },
            { value: 'while', label: words.loopWhile },
          ],
        },
        (given) => (given.while === undefined ? 'items' : 'while'),
      ),
      one(
        {
          name: 'items',
          label: words.items,
          help: words.itemsHelp,
          input: 'long',
          fills: 'all',
          when: (fields) => fields.loop_by !== 'while',
          check: needed(words.itemsEmpty),
        },
        json,
      ),
      one(
        {
          name: 'while',
          label: words.goesOn,
          help: words.goesOnHelp,
          input: 'text',
          fills: 'all',
          when: (fields) => fields.loop_by === 'while',
          check: needed(words.goesOnEmpty),
        },
        { to: question },
      ),
      atOnce(words.atOnceTurns),
      one(
        {
          name: 'max_iterations',
          label: words.mostTurns,
          help: words.mostTurnsHelp,
          input: 'text',
          optional: true,
          check: wholeUpTo(100_000),
        },
        { to: number },
      ),
      failFast(words.failFastTurns),
      onFailure,
      outputName,
    ],
    says: (fields) =>
      fields.loop_by === 'while' ? words.whileLine(cut(fields.while)) : words.itemsLine(cut(fields.items)),
  },
  conditional: {
    parts: [
      one(
        {
          ...conditionSpec,
          label: words.question,
          help: words.questionHelp,
          optional: false,
          check: needed(words.questionEmpty),
          section: 'own',
        },
        { to: question },
      ),
      later('then', words.ifSo, words.ifSoEmpty),
      later('else', words.ifNot),
    ],
    says: (fields) => cut(fields.condition),
  },
  switch: {
    parts: [
      one({
        name: 'value',
        label: words.compared,
        help: words.comparedHelp,
        input: 'text',
        fills: 'all',
        check: needed(words.comparedEmpty),
      }),
      one(
        { name: 'cases', label: words.cases, help: words.casesHelp, input: 'cases', check: casesWrong },
        {
          to: (text) => Object.fromEntries(pairsIn(text)),
          from: (value) =>
            isObject(value) && Object.values(value).every(isText)
              ? casesText(Object.entries(value) as [string, string][])
              : null,
        },
      ),
      later('default', words.otherwise),
    ],
    says: (fields) => cut(fields.value),
  },
  note: {
    parts: [
      one(
        {
          name: 'text',
          label: words.noteText,
          help: words.noteHelp,
          input: 'markdown',
          check: (text) => needed(words.noteEmpty)(text) ?? (new Blob([text]).size > NOTE_MOST ? words.noteLong : null),
        },
        asWritten,
      ),
    ],
    rests: true,
  },
};

export type OtherKind = Exclude<StepKind, 'prompt'>;
/** Those that can be added, in the order they are offered in. */
export const OTHER_KINDS = (Object.keys(KINDS) as StepKind[]).filter((kind): kind is OtherKind => kind !== 'prompt');

/** Of a kind that this page does not know yet, there is only JSON. */
const kindOf = (kind: StepKind): Kind => KINDS[kind] ?? { parts: [onFailure, outputName] };

const FORMS = new Map<StepKind, Form>();
function formOf(kind: StepKind): Form {
  const known = FORMS.get(kind);
  if (known) return known;
  const { parts, rests } = kindOf(kind);
  const form = rests ? [...parts, phase] : [...parts, ...(kind === 'conditional' ? [] : [condition]), needs, phase];
  FORMS.set(kind, form);
  return form;
}

// ---- as a form ----

export const fieldsOf = (kind: StepKind): readonly FieldSpec[] => [...specsOf(formOf(kind)), MORE];
export const shownFields = (kind: StepKind, fields: Fields): readonly FieldSpec[] => [
  ...shownSpecs(formOf(kind), fields),
  MORE,
];
export const wrongFields = (kind: StepKind, fields: Fields) => wrongIn(shownFields(kind, fields), fields);

/** `last`: a template of what the step before wrote. */
export function startFields(kind: StepKind, last: string | null): Fields {
  const { begins } = kindOf(kind);
  return {
    ...startOf(formOf(kind)),
    more: '',
    ...(begins && last ? { [begins.field]: begins.with(last) } : {}),
  };
}

/** The members of a step's definition that its fields make. */
export function membersOf(kind: StepKind, fields: Fields): Members {
  const more = parsed(fields.more?.trim() || '{}')?.value;
  return { ...write(formOf(kind), fields), ...(isObject(more) ? more : {}) };
}

/** Made anew whenever the workflow is saved. */
const OF_THE_SERVER = ['call'];

/** The fields that show a step's definition; `others` has members that are edited elsewhere. */
export function fieldsFrom(kind: StepKind, step: StepDefinition, others: readonly string[]): Fields {
  const given: Members = { ...step };
  for (const name of ['key', 'name', 'kind', ...OF_THE_SERVER, ...others]) delete given[name];
  const { fields, rest } = read(formOf(kind), given);
  return { ...fields, more: Object.keys(rest).length > 0 ? JSON.stringify(rest, null, 2) : '' };
}

/** The field that shows a member of the definition: what the server says of it belongs there. */
export function fieldOfMember(kind: StepKind, fields: Fields, member: string): string {
  const more = parsed(fields.more?.trim() || '{}')?.value;
  if (isObject(more) && Object.hasOwn(more, member)) return MORE.name;
  const part = formOf(kind).find((one) => one.member === member);
  return part?.fields.find((field) => field.when?.(fields) ?? true)?.name ?? MORE.name;
}

export const summaryOf = (kind: StepKind, fields: Fields): string => kindOf(kind).says?.(fields) ?? '';
