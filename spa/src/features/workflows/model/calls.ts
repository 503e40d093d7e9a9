// The forms of steps that call something: a model, an agent, an address, code, a command, another workflow; and of a model's tools. Pure.
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
  choiceSpec,
  either,
  type Fields,
  type Form,
  figure,
  isObject,
  isText,
  JSON_OR_TEXT,
  line,
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
import { innerOf, itemCodec, itemsIn, listCodec } from './inner';
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

// ---- what steps and tools are made of ----

const ofHttp: Form = [
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
];

const ofCode = (help: string): Part =>
  one(
    { name: 'code', label: words.code, help, input: 'code', fills: 'env', check: needed(words.codeEmpty) },
    AS_WRITTEN,
  );

/** A thing of the library in one of its versions: `as`: the member, and the field. */
const pinned = (as: 'workflow' | 'prompt', label: string, missing: string): Part => ({
  member: as,
  fields: [
    { name: as, label, input: as, check: needed(missing) },
    {
      name: `${as}_version`,
      label: words.childVersion,
      input: 'version',
      optional: true,
      when: (fields) => !!fields[as],
    },
  ],
  write: ({ [as]: id, [`${as}_version`]: version }) =>
    id ? { id, ...(version ? { version: Number(version) } : {}) } : undefined,
  read: (value) =>
    isObject(value) && isText(value.id)
      ? { [as]: value.id, [`${as}_version`]: value.version === undefined ? '' : String(value.version) }
      : null,
});

// ---- the tools of an agent ----

const TOOL_NAME = /^[a-z][a-z0-9_-]{0,62}$/;
const TOLD_MOST = 4000;

const ofTool = (most: number): Form => [
  one({
    name: 'name',
    label: words.toolName,
    help: words.toolNameHelp,
    input: 'text',
    check: (text) => (TOOL_NAME.test(text.trim()) ? null : words.toolNameWrong),
  }),
  long('description', words.told, words.toldHelp, {
    input: 'words',
    check: (text) => ([...text.trim()].length > TOLD_MOST ? words.toldLong : null),
  }),
  object('input_schema', words.toolInput, words.toolInputHelp),
  figure('timeout_seconds', words.timeout, words.toolTimeoutHelp, wholeUpTo(most), { section: 'other' }),
];
const TOOLS: Record<string, Form> = {
  function: [...ofTool(FUNCTION_MOST), ofCode(words.toolCodeHelp)],
  http: [...ofTool(CALL_MOST), ...ofHttp],
  workflow: [...ofTool(WAIT_MOST), pinned('workflow', words.child, words.childEmpty)],
  agents: [one({ name: 'name', label: words.toolOf, input: 'tool', check: needed(words.toolOfEmpty) })],
};
const TOOL_KINDS = ['function', 'http', 'workflow', 'agents'] as const;
const TOOLS_MOST = 32;

export const innerTools = innerOf('tools', words.toolList, {
  most: TOOLS_MOST,
  kinds: TOOL_KINDS,
  names: (kind) => words.toolKinds[kind as (typeof TOOL_KINDS)[number]] ?? kind,
  form: (kind) => TOOLS[kind] ?? [],
  apart: true,
  twice: { field: 'name', message: words.toolTwice },
});
const toolList = listCodec(itemCodec(innerTools, { kind: 'agents', field: 'name' }));

/** Those of the agent, none, or a list: what is empty is not said. */
const tools: Part = {
  member: 'tools',
  fields: [
    choiceSpec(
      'tools_how',
      words.tools,
      [
        { value: 'agent', label: words.toolsOfAgent },
        { value: 'none', label: words.toolsNone },
        { value: 'own', label: words.toolsOwn },
      ],
      { when: asksModel },
    ),
    {
      name: 'tools',
      label: words.toolList,
      help: words.toolListHelp,
      input: 'inner',
      inner: innerTools,
      when: (fields) => asksModel(fields) && fields.tools_how === 'own',
      check: (text) => (itemsIn(text).length === 0 ? words.toolsEmpty : null),
    },
  ],
  write: (fields) =>
    fields.tools_how === 'none' ? [] : fields.tools_how === 'own' ? toolList.to?.(fields.tools ?? '') : undefined,
  read: (value) => {
    if (Array.isArray(value) && value.length === 0) return { tools_how: 'none', tools: '' };
    const text = toolList.from?.(value) ?? null;
    return text === null ? null : { tools_how: 'own', tools: text };
  },
};

// ---- the kinds ----

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
    tools,
    figure('max_turns', words.turns, words.turnsHelp, wholeUpTo(TURNS_MOST), { when: asksModel, section: 'other' }),
    options(asksModel),
    ...called(CALL_MOST),
  ],
  begins: { field: 'input', with: (last) => pairsText([['prompt', last]]) },
  says: (fields) => inputPairs.of(fields).find(([name]) => name === 'prompt')?.[1] ?? fields.endpoint,
};

const workflow: KindForm = {
  parts: [
    pinned('workflow', words.child, words.childEmpty),
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
  parts: [...ofHttp, ...called(CALL_MOST)],
  says: (fields) => `${fields.method} ${fields.url ?? ''}`,
};

const code: KindForm = {
  parts: [ofCode(words.codeHelp), given(words.given, words.givenHelp), ...called(FUNCTION_MOST)],
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

/** Of a wait's own step the prompt is chosen in its form: there are no rows beside it. */
export const promptWithin: Form = [
  pinned('prompt', words.prompt, words.promptEmpty),
  pairs(words.promptInput, words.promptInputHelp),
  one({ name: 'model', label: words.model, input: 'model' }),
  ...prompt.parts,
];
