// The forms of steps that call nothing: what makes a value, waits, asks a person, chooses or goes round; and notes. Pure.
import { kindWords as words } from '../kind-strings';
import { CALLS, promptWithin } from './calls';
import {
  cache,
  condition,
  conditionSpec,
  duration,
  handlers,
  type KindForm,
  onFailure,
  outputName,
  shownLast,
  timeout,
  WAIT_MOST,
} from './common';
import {
  AS_WRITTEN,
  choice,
  choiceSpec,
  chooser,
  either,
  type FieldSpec,
  type Fields,
  type Form,
  figure,
  hasTemplate,
  isObject,
  JSON_OR_TEXT,
  line,
  needed,
  number,
  numberUpTo,
  object,
  one,
  type Part,
  question,
  wholeUpTo,
} from './fields';
import { innerOf, itemCodec, itemsIn, itemsText } from './inner';
import { cases } from './pairs';

const KEY = /^[a-z][a-z0-9_-]{0,62}$/;
const DAY_SECONDS = 86_400;
const NOTE_MOST = 20_000;
const AT_ONCE_MOST = 1000;
const TURNS_MOST = 100_000;
const NAME_MOST = 100;

const moment = (text: string) => {
  if (text.trim() === '') return words.untilEmpty;
  return hasTemplate(text) || !Number.isNaN(Date.parse(text)) ? null : words.untilWrong;
};

// ---- members that several kinds share ----

/** A text that has to be there. */
const filled = (
  name: string,
  label: string,
  help: string,
  missing: string | NonNullable<FieldSpec['check']>,
  more: Partial<FieldSpec> = {},
  codec?: Parameters<typeof line>[4],
): Part =>
  line(
    name,
    label,
    help,
    {
      fills: 'all',
      optional: false,
      check: typeof missing === 'string' ? needed(missing) : missing,
      ...more,
    },
    codec,
  );
const atOnce = (help: string): Part => figure('max_concurrency', words.atOnce, help, wholeUpTo(AT_ONCE_MOST));
const failFast = (label: string): Part => either('fail_fast', label, words.failLast, words.failFirst);
const later = (name: string, label: string, missing?: string): Part =>
  one({ name, label, input: 'later', ...(missing ? { check: needed(missing) } : { optional: true }) });

const stepName = (text: string) => ([...text.trim()].length > NAME_MOST ? words.stepNameLong : null);
const asks = (fields: Fields) => fields.until_or === 'while';
const signalOf = (label: string, when?: (fields: Fields) => boolean): Part =>
  line('signal', label, words.signalHelp, {
    when,
    check: (text) => (text.trim() === '' || KEY.test(text.trim()) ? null : words.signalWrong),
  });

// ---- the kinds ----

const transform: KindForm = {
  parts: [
    filled('value', words.value, words.valueHelp, words.valueEmpty, { input: 'long' }, JSON_OR_TEXT),
    onFailure,
    outputName,
    cache,
    ...handlers,
  ],
  begins: { field: 'value', with: shownLast },
  says: (fields) => fields.value,
};

// ---- what a wait does before it looks ----

const POLL_KINDS = ['http', 'function', 'prompt', 'agent', 'workflow', 'transform'] as const;
/** Of a step among others alone; it is run again and again, so it is neither retried nor asked about. */
const NOT_POLLED = new Set(['output', 'tools', 'max_turns', 'retry', 'on_failure']);
const POLL_FAILS: Form = [
  choice(
    'retry',
    words.unknownOutcome,
    [
      { value: 'again', label: words.unknownAgain },
      { value: 'never', label: words.unknownNever },
    ],
    { section: 'fails' },
  ),
  choice(
    'on_failure',
    words.onFailure,
    [
      { value: 'stop', label: words.pollFails },
      { value: 'continue', label: words.pollGoesOn },
    ],
    { section: 'fails' },
  ),
];
const polled = (parts: Form): Form => [
  line('name', words.stepName, undefined, { check: stepName }),
  ...parts.filter((part) => !NOT_POLLED.has(part.member)),
  condition,
  ...POLL_FAILS,
];
const POLLED: Record<string, Form> = {
  prompt: polled(promptWithin),
  http: polled(CALLS.http.parts),
  function: polled(CALLS.function.parts),
  agent: polled(CALLS.agent.parts),
  workflow: polled(CALLS.workflow.parts),
  transform: polled(transform.parts),
};
export const innerPoll = innerOf('poll', words.poll, {
  most: 1,
  kinds: POLL_KINDS,
  names: (kind) => words.names[kind as (typeof POLL_KINDS)[number]] ?? kind,
  form: (kind) => POLLED[kind] ?? [],
});
const pollStep = itemCodec(innerPoll);
const poll: Part = one(
  {
    name: 'poll',
    label: words.poll,
    help: words.pollHelp,
    input: 'inner',
    inner: innerPoll,
    optional: true,
    when: asks,
  },
  {
    to: (text) => itemsIn(text).map(pollStep.write)[0],
    from: (value) => {
      const item = isObject(value) ? pollStep.read(value) : null;
      return item && itemsText([item]);
    },
  },
);

const wait: KindForm = {
  parts: [
    chooser(
      choiceSpec('until_or', words.waitHow, [
        { value: 'seconds', label: words.waitSeconds },
        { value: 'until', label: words.waitUntil },
        { value: 'while', label: words.waitWhile },
      ]),
      (given) => (given.while !== undefined ? 'while' : given.until !== undefined ? 'until' : 'seconds'),
    ),
    filled(
      'seconds',
      words.seconds,
      words.secondsHelp,
      duration,
      { start: '60', when: (fields) => !['until', 'while'].includes(fields.until_or ?? '') },
      { to: number },
    ),
    filled('until', words.until, words.untilHelp, moment, { when: (fields) => fields.until_or === 'until' }),
    filled(
      'while',
      words.waitQuestion,
      words.waitQuestionHelp,
      words.waitQuestionEmpty,
      { when: asks },
      { to: question },
    ),
    poll,
    figure('poll_seconds', words.pollSeconds, words.pollSecondsHelp, numberUpTo(DAY_SECONDS, 1), { when: asks }),
    figure('max_seconds', words.waitMost, words.waitMostHelp, numberUpTo(WAIT_MOST, 1), { when: asks }),
    signalOf(words.waitSignal, asks),
    onFailure,
    ...handlers,
  ],
  says: (fields) =>
    asks(fields)
      ? words.waitWhileLine(fields.while ?? '')
      : fields.until_or === 'until'
        ? words.untilLine(fields.until ?? '')
        : words.secondsLine(fields.seconds ?? ''),
};

const approval: KindForm = {
  parts: [
    object('input', words.shown, words.shownHelp, { fills: 'all' }),
    object('form', words.form, words.formHelp),
    timeout(WAIT_MOST),
    onFailure,
    outputName,
    ...handlers,
  ],
  begins: { field: 'input', with: shownLast },
};

const signal: KindForm = {
  parts: [signalOf(words.signal), timeout(WAIT_MOST), onFailure, outputName, ...handlers],
  says: (fields) => (fields.signal ? words.signalLine(fields.signal) : ''),
};

const sequential: KindForm = { parts: [onFailure, outputName, cache, ...handlers] };
const parallel: KindForm = {
  parts: [atOnce(words.atOnceSteps), failFast(words.failFast), onFailure, outputName, cache, ...handlers],
  says: (fields) => (fields.max_concurrency ? words.atOnceLine(fields.max_concurrency) : ''),
};

const loop: KindForm = {
  parts: [
    chooser(
      choiceSpec('loop_by', words.loopBy, [
        { value: 'items', label: words.loopItems },
        { value: 'while', label: words.loopWhile },
      ]),
      (given) => (given.while === undefined ? 'items' : 'while'),
    ),
    filled(
      'items',
      words.items,
      words.itemsHelp,
      words.itemsEmpty,
      { input: 'long', when: (fields) => fields.loop_by !== 'while' },
      JSON_OR_TEXT,
    ),
    filled(
      'while',
      words.goesOn,
      words.goesOnHelp,
      words.goesOnEmpty,
      { when: (fields) => fields.loop_by === 'while' },
      { to: question },
    ),
    atOnce(words.atOnceTurns),
    figure('max_iterations', words.mostTurns, words.mostTurnsHelp, wholeUpTo(TURNS_MOST)),
    failFast(words.failFastTurns),
    onFailure,
    outputName,
    cache,
    ...handlers,
  ],
  says: (fields) =>
    fields.loop_by === 'while' ? words.whileLine(fields.while ?? '') : words.itemsLine(fields.items ?? ''),
};

const conditional: KindForm = {
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
    ...handlers,
  ],
  asks: true,
  says: (fields) => fields.condition,
};

const choose: KindForm = {
  parts: [
    filled('value', words.compared, words.comparedHelp, words.comparedEmpty),
    cases,
    later('default', words.otherwise),
    ...handlers,
  ],
  says: (fields) => fields.value,
};

const note: KindForm = {
  parts: [
    one(
      {
        name: 'text',
        label: words.noteText,
        help: words.noteHelp,
        input: 'markdown',
        check: (text) => needed(words.noteEmpty)(text) ?? (new Blob([text]).size > NOTE_MOST ? words.noteLong : null),
      },
      AS_WRITTEN,
    ),
  ],
  rests: true,
};

export const STEERING = {
  transform,
  wait,
  approval,
  signal,
  sequential,
  parallel,
  loop,
  conditional,
  switch: choose,
  note,
};
