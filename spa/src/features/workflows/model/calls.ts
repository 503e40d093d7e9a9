// The forms of steps that call something: a model, an agent, an address, code, a command, another workflow. Pure.
import { kindWords as words } from '../kind-strings';
import {
  cache,
  concurrency,
  fromHeaders,
  handlers,
  headerLines,
  type KindForm,
  onFailure,
  outputName,
  rate,
  retry,
  shownLast,
  timeout,
  toHeaders,
  WAIT_MOST,
} from './common';
import {
  AS_WRITTEN,
  choice,
  either,
  type Fields,
  figure,
  isObject,
  isText,
  JSON_OR_TEXT,
  line,
  listOrEmpty,
  long,
  needed,
  number,
  object,
  one,
  type Part,
  parsed,
  wholeUpTo,
  wordsIn,
} from './fields';
import { inputPairs, pairs, pairsText } from './pairs';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'] as const;
const CALL_MOST = 3600;
const FUNCTION_MOST = 300;
const REDIRECTS_MOST = 10;
const ANSWER_MOST = 67_108_864;
const TURNS_MOST = 100;

const methods = METHODS.map((value) => ({ value, label: value }));
const statuses = (text: string) =>
  wordsIn(text).every((status) => /^(?:[1-5]\d\d|[1-5]xx)$/.test(status)) ? null : words.expectWrong;
const headers = (name: string, label: string, help: string): Part =>
  long(name, label, help, { fills: 'all', check: headerLines }, { to: toHeaders, from: fromHeaders });
const given = (label: string, help: string): Part => object('input', label, help, { fills: 'all' });

/** What a step that calls something out there has besides its own. */
const called = (most: number): readonly Part[] => [
  timeout(most),
  retry,
  onFailure,
  outputName,
  cache,
  ...handlers,
  concurrency,
  rate,
];

/** What the built-in model is told to do. */
const options = (when?: (fields: Fields) => boolean): Part =>
  object('options', words.options, words.optionsHelp, { when, section: 'other' });

const asksModel = (fields: Fields) => fields.action !== 'http';
const asksService = (fields: Fields) => fields.action === 'http';

/** Its model and mappings have editors of their own. */
const prompt: KindForm = { parts: [options(), ...called(CALL_MOST)] };

const agent: KindForm = {
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
    line('endpoint', words.endpoint, words.endpointHelp, {
      fills: 'all',
      when: asksService,
      check: (text) => (text.trim() === '' || text.trim().startsWith('/') ? null : words.endpointWrong),
    }),
    choice('method', words.method, [{ value: '', label: words.methodOfAgent }, ...methods], { when: asksService }),
    line('model', words.agentModel, words.agentModelHelp, { when: asksModel }),
    long(
      'tools',
      words.tools,
      words.toolsHelp,
      { when: asksModel, check: listOrEmpty, section: 'other' },
      JSON_OR_TEXT,
    ),
    figure('max_turns', words.turns, words.turnsHelp, wholeUpTo(TURNS_MOST), { when: asksModel, section: 'other' }),
    options(asksModel),
    ...called(CALL_MOST),
  ],
  begins: { field: 'input', with: (last) => pairsText([['prompt', last]]) },
  says: (fields) => inputPairs.of(fields).find(([name]) => name === 'prompt')?.[1] ?? fields.endpoint,
};

const workflow: KindForm = {
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
      write: ({ workflow: id, workflow_version: version }) =>
        id ? { id, ...(version ? { version: Number(version) } : {}) } : undefined,
      read: (value) =>
        isObject(value) && isText(value.id)
          ? { workflow: value.id, workflow_version: value.version === undefined ? '' : String(value.version) }
          : null,
    },
    pairs(words.childInput, words.childInputHelp),
    timeout(WAIT_MOST),
    retry,
    onFailure,
    outputName,
    cache,
    ...handlers,
  ],
};

const http: KindForm = {
  parts: [
    choice('method', words.method, methods),
    line('url', words.url, words.urlHelp, { fills: 'all', optional: false, check: needed(words.urlEmpty) }),
    headers('headers', words.headers, words.headersHelp),
    object('query', words.query, words.queryHelp, { fills: 'all', section: 'other' }),
    long('body', words.body, words.bodyHelp, { fills: 'all' }, JSON_OR_TEXT),
    line(
      'expect',
      words.expect,
      words.expectHelp,
      { check: statuses, section: 'other' },
      {
        to: (text) => wordsIn(text).map(number),
        from: (value) => (Array.isArray(value) && value.length > 0 ? value.join(', ') : null),
      },
    ),
    choice(
      'answer',
      words.answer,
      [
        { value: 'auto', label: words.answerAuto },
        { value: 'json', label: 'JSON' },
        { value: 'text', label: words.answerText },
      ],
      { section: 'other' },
    ),
    figure('redirects', words.redirects, words.redirectsHelp, wholeUpTo(REDIRECTS_MOST, 0), { section: 'other' }),
    figure('max_bytes', words.answerMost, words.answerMostHelp, wholeUpTo(ANSWER_MOST), { section: 'other' }),
    either('unframed', words.unframed, words.unframedNo, words.unframedYes, { section: 'other' }),
    ...called(CALL_MOST),
  ],
  says: (fields) => `${fields.method} ${fields.url ?? ''}`,
};

const code: KindForm = {
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
      AS_WRITTEN,
    ),
    given(words.given, words.givenHelp),
    ...called(FUNCTION_MOST),
  ],
  begins: { field: 'input', with: shownLast },
};

const script: KindForm = {
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
    given(words.scriptGiven, words.scriptGivenHelp),
    headers('env', words.environment, words.environmentHelp),
    line('cwd', words.cwd, words.cwdHelp),
    either('network', words.network, words.networkNone, words.networkProject),
    choice('format', words.format, [
      { value: 'text', label: words.formatText },
      { value: 'json', label: 'JSON' },
    ]),
    ...called(CALL_MOST),
  ],
  begins: { field: 'input', with: shownLast },
  says: (fields) => fields.command,
};

export const CALLS = { prompt, agent, workflow, http, function: code, script };
