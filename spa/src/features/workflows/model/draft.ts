// A workflow as it is being built, new or changed: its steps, where each variable comes from, what is still missing, and what is sent. Pure; every change
// returns a new draft.
import type { Prompt, StepDefinition, Workflow, WorkflowCreate, WorkflowDefinition } from '@/api/types';
import {
  casesOf,
  casesText,
  type Fields,
  fieldsFrom,
  fieldsOf,
  keysIn,
  membersOf,
  type OtherKind,
  type StepKind,
  shownFields,
  startFields,
} from './kinds';
import { noSettings, settingMembers, settingsFrom } from './settings';
import { earlierOf, flat, laterOf, nested, placed, usable, wholeOf } from './tree';

export type Source =
  | { kind: 'input'; name: string }
  | { kind: 'step'; id: string }
  /** Of a loop around it, of the workspace, or a named output: env.NAME. */
  | { kind: 'path'; path: string }
  /** A literal; templates in it are filled in too. */
  | { kind: 'text'; text: string /** The text is JSON of a value that is no text. */; json?: true };

export type Mapping = {
  source: Source | null;
  /** Ours, not yet taken by a person. */
  suggested: boolean;
};

export type DraftPrompt = Pick<Prompt, 'id' | 'name' | 'version' | 'body' | 'variables'>;

export type DraftStep = {
  /** Of this draft only. */
  id: string;
  /** As it is saved: others refer to it, so it stays when the name changes. */
  key: string;
  kind: StepKind;
  name: string;
  /** Of a prompt step. */
  prompt: DraftPrompt | null;
  model: string;
  mappings: Readonly<Record<string, Mapping>>;
  fields: Fields;
  /** The id of the group it is in; in none when left out. */
  parent?: string;
};

/** What a draft changes, when it is no new workflow. */
export type Saved = {
  id: string;
  revision: number;
  version: number;
};

type Rest = Omit<WorkflowDefinition, 'steps'>;

/** `settled`: the steps say what it says. */
export type DraftSource = { text: string; settled: boolean };

export type Draft = {
  name: string;
  description: string;
  steps: readonly DraftStep[];
  /** What it says beside its steps; as it was saved when left out. */
  settings?: Fields;
  saved?: Saved;
  /** What else the definition says, which is not edited here. */
  rest?: Rest;
  /** The text that somebody wrote it as; dropped when anything is changed elsewhere. */
  source?: DraftSource;
  /** Why there is another version. */
  message?: string;
};

/** What the built-in provider offers. */
export const MODELS = [
  'builtin/echo',
  'builtin/extract',
  'builtin/summarise',
  'builtin/actions',
  'builtin/score',
  'builtin/schema',
  'builtin/instant',
] as const;
export const DEFAULT_MODEL = 'builtin/echo';
export const NAME_MOST = 100;
export const DESCRIPTION_MOST = 500;
export const STEPS_LEAST = 2;
/** Of prompts in a row, and of anything else. */
export const STEPS_MOST = { chain: 100, flow: 1000 };

export const emptyDraft: Draft = { name: '', description: '', steps: [] };

// ---- suggestions ----

/** Words for "what is being worked on": in a chain that is what the step before wrote. */
const CONTENT =
  /^(text|content|contents|body|document|draft|notes?|points|input|previous|result|output|answer|material|source)$/i;

const wordsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word.length > 2);

const STEM = 4;
/** "summary" and "Summarise", "actions" and "Action items". */
const related = (a: string, b: string): boolean => {
  const stem = Math.max(STEM, Math.min(a.length, b.length) - 3);
  return a === b || (a.length >= STEM && b.length >= STEM && a.slice(0, stem) === b.slice(0, stem));
};

export function suggest(variable: string, earlier: readonly DraftStep[]): Source {
  const wanted = wordsOf(variable.replaceAll(/[_-]/g, ' '));
  const named = earlier.findLast((step) =>
    wordsOf(step.name).some((word) => wanted.some((one) => !CONTENT.test(one) && related(word, one))),
  );
  if (named) return { kind: 'step', id: named.id };
  const previous = earlier.at(-1);
  if (previous && CONTENT.test(variable)) return { kind: 'step', id: previous.id };
  return { kind: 'input', name: variable };
}

// ---- changes ----

/** Last in a group, or in the whole; `mapped`: by what can be used there. */
function appended(draft: Draft, step: DraftStep): { draft: Draft; earlier: DraftStep[] } {
  const steps = placed([...draft.steps, step], step.id, step.parent, draft.steps.length);
  return { draft: { ...draft, steps }, earlier: usable(steps, steps.find((one) => one.id === step.id) ?? step) };
}

/** `parent`: the group it goes into. */
export function addStep(draft: Draft, prompt: DraftPrompt, id: string, parent?: string): Draft {
  const step: DraftStep = {
    id,
    key: newKey(draft, prompt.name),
    kind: 'prompt',
    name: prompt.name,
    prompt,
    model: modelFor(prompt),
    mappings: {},
    fields: startFields('prompt', null),
    parent,
  };
  const added = appended(draft, step);
  const mappings = Object.fromEntries(
    prompt.variables.map((variable) => [variable, { source: suggest(variable, added.earlier), suggested: true }]),
  );
  return changeStep(added.draft, id, (one) => ({ ...one, mappings }));
}

/** A step of another kind, which begins with what the step before it wrote. */
export function addOther(draft: Draft, kind: OtherKind, name: string, id: string, parent?: string): Draft {
  const step: DraftStep = {
    id,
    key: newKey(draft, kind),
    kind,
    name,
    prompt: null,
    model: '',
    mappings: {},
    fields: startFields(kind, null),
    parent,
  };
  const added = appended(draft, step);
  const last = added.earlier.at(-1);
  return changeStep(added.draft, id, (one) => ({
    ...one,
    fields: startFields(kind, last ? outputOf(last.key) : null),
  }));
}

export const outputOf = (key: string): string => `{{steps.${key}.output}}`;

/** A key that no step has, made of a name. */
function newKey(draft: Draft, name: string): string {
  const slug = name
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^[^a-z]+|_+$/g, '')
    .slice(0, 50);
  const stem = slug || `step_${draft.steps.length + 1}`;
  const taken = new Set(draft.steps.map((step) => step.key));
  let key = stem;
  for (let count = 2; taken.has(key); count++) key = `${stem}_${count}`;
  return key;
}

/** The built-in model that does what the prompt's name says. */
function modelFor(prompt: DraftPrompt): string {
  const names = wordsOf(prompt.name);
  return MODELS.find((model) => names.some((word) => related(word, model.slice('builtin/'.length)))) ?? DEFAULT_MODEL;
}

const changeStep = (draft: Draft, id: string, change: (step: DraftStep) => DraftStep): Draft => ({
  ...draft,
  steps: draft.steps.map((step) => (step.id === id ? change(step) : step)),
});

export const setModel = (draft: Draft, id: string, model: string): Draft =>
  changeStep(draft, id, (step) => ({ ...step, model }));

export const setFields = (draft: Draft, id: string, changed: Fields): Draft =>
  changeStep(draft, id, (step) => ({ ...step, fields: { ...step.fields, ...changed } }));

export const setSettings = (draft: Draft, changed: Fields): Draft => ({
  ...draft,
  settings: { ...noSettings, ...draft.settings, ...changed },
});

export const renameStep = (draft: Draft, id: string, name: string): Draft =>
  changeStep(draft, id, (step) => ({ ...step, name }));

/** Another version of the same prompt: what both ask for stays mapped, the rest is suggested. */
export function setPrompt(draft: Draft, id: string, prompt: DraftPrompt): Draft {
  const changed = draft.steps.find((step) => step.id === id);
  const earlier = changed ? usable(draft.steps, changed) : [];
  return changeStep(draft, id, (step) => ({
    ...step,
    prompt,
    mappings: Object.fromEntries(
      prompt.variables.map((variable) => [
        variable,
        step.mappings[variable] ?? { source: suggest(variable, earlier), suggested: true },
      ]),
    ),
  }));
}

export const mapVariable = (draft: Draft, id: string, variable: string, source: Source | null): Draft =>
  changeStep(draft, id, (step) => ({
    ...step,
    mappings: { ...step.mappings, [variable]: { source, suggested: false } },
  }));

const accepted = (step: DraftStep): DraftStep => ({
  ...step,
  mappings: Object.fromEntries(
    Object.entries(step.mappings).map(([variable, mapping]) => [variable, { ...mapping, suggested: false }]),
  ),
});

export const acceptAll = (draft: Draft): Draft => ({ ...draft, steps: draft.steps.map(accepted) });

export const suggestionsOf = (draft: Draft): number =>
  draft.steps.flatMap((step) => Object.values(step.mappings)).filter((one) => one.suggested && one.source).length;

/** `named`: no mapping, but a field that named another step. */
export type Lost = { variable: string; step: DraftStep; named?: true };

const labelOf = (step: DraftStep, name: string): string =>
  fieldsOf(step.kind).find((field) => field.name === name)?.label ?? name;

/** Names of steps beside it that are not there any more, or not where they have to be. */
function withoutStrangers(steps: readonly DraftStep[], step: DraftStep, lose: (variable: string) => void): Fields {
  const changed: Record<string, string> = {};
  const later = new Set(laterOf(steps, step).map((one) => one.key));
  for (const name of ['then', 'else', 'default'] as const) {
    const key = step.fields[name];
    if (!key || later.has(key)) continue;
    changed[name] = '';
    lose(labelOf(step, name));
  }
  const cases = casesOf(step.fields);
  if (cases.some(([, key]) => key !== '' && !later.has(key))) {
    changed.cases = casesText(cases.map(([value, key]) => [value, later.has(key) ? key : '']));
    lose(labelOf(step, 'cases'));
  }
  if (step.fields.needs_how === 'keys') {
    const earlier = new Set(earlierOf(steps, step).map((one) => one.key));
    const keys = keysIn(step.fields.needs);
    const kept = keys.filter((key) => earlier.has(key));
    if (kept.length < keys.length) {
      changed.needs = kept.join(', ');
      if (kept.length === 0) changed.needs_how = 'default';
      lose(labelOf(step, 'needs'));
    }
  }
  return Object.keys(changed).length > 0 ? { ...step.fields, ...changed } : step.fields;
}

/** Steps cannot use what comes later, or is gone: such mappings and names are taken away, and told. */
function withoutForward(draft: Draft): { draft: Draft; lost: Lost[] } {
  const lost: Lost[] = [];
  // what it waits for decides what it can use: names of steps first
  const named = draft.steps.map((step) => ({
    ...step,
    fields: withoutStrangers(draft.steps, step, (variable) => lost.push({ variable, step, named: true })),
  }));
  const steps = named.map((step) => {
    const can = new Set(usable(named, step).map((one) => one.id));
    const mappings = Object.fromEntries(
      Object.entries(step.mappings).map(([variable, mapping]): [string, Mapping] => {
        if (mapping.source?.kind !== 'step' || can.has(mapping.source.id)) return [variable, mapping];
        lost.push({ variable, step });
        return [variable, { source: null, suggested: false }];
      }),
    );
    return { ...step, mappings };
  });
  return { draft: { ...draft, steps }, lost };
}

/** `to` is counted from 0, in the group it goes to, without the step itself; `parent` left out: where it is. */
export function moveStep(
  draft: Draft,
  id: string,
  to: number,
  parent?: { group: string | undefined },
): { draft: Draft; lost: Lost[] } {
  const step = draft.steps.find((one) => one.id === id);
  if (!step) return { draft, lost: [] };
  const steps = placed(draft.steps, id, parent ? parent.group : step.parent, to);
  return steps === draft.steps ? { draft, lost: [] } : withoutForward({ ...draft, steps });
}

/** With all that is in it. */
export function removeStep(draft: Draft, id: string): { draft: Draft; lost: Lost[] } {
  const gone = wholeOf(draft.steps, id);
  return withoutForward({ ...draft, steps: draft.steps.filter((step) => !gone.includes(step)) });
}

// ---- what it comes to ----

/** Keys as they are saved, by the draft's own ids. */
export const keysOf = (draft: Draft): Map<string, string> => new Map(draft.steps.map((step) => [step.id, step.key]));

export type RunInput = { name: string; steps: DraftStep[] };

/** What a run will ask for. */
/** {{input.x}} in whatever is typed. */
const INPUTS = /\{\{\s*input\.([\p{L}\p{N}_-]+)/gu;

const inputsIn = (step: DraftStep): string[] => {
  const mapped = Object.values(step.mappings).flatMap(({ source }) =>
    source?.kind === 'input' ? [source.name] : source?.kind === 'text' ? named(source.text) : [],
  );
  if (step.kind === 'note') return mapped;
  const typed = shownFields(step.kind, step.fields).filter((spec) => !spec.inner?.apart);
  return [...mapped, ...typed.flatMap(({ name }) => named(step.fields[name] ?? ''))];
};
const named = (text: string): string[] => [...text.matchAll(INPUTS)].flatMap(([, name]) => name ?? []);

/** What a run will ask for. */
export function runInputsOf(draft: Draft): RunInput[] {
  const inputs = new Map<string, RunInput>();
  for (const step of draft.steps)
    for (const name of inputsIn(step)) {
      const input = inputs.get(name) ?? { name, steps: [] };
      if (!input.steps.includes(step)) input.steps.push(step);
      inputs.set(name, input);
    }
  return [...inputs.values()];
}

export const templateOf = (source: Source, keys: ReadonlyMap<string, string>): string =>
  source.kind === 'input'
    ? `{{input.${source.name}}}`
    : source.kind === 'step'
      ? `{{steps.${keys.get(source.id)}.output}}`
      : source.kind === 'path'
        ? `{{${source.path}}}`
        : source.text;

const inputValue = (source: Source, keys: ReadonlyMap<string, string>): unknown =>
  source.kind === 'text' && source.json ? (JSON.parse(source.text) as unknown) : templateOf(source, keys);

function toStep(step: DraftStep, keys: ReadonlyMap<string, string>): StepDefinition {
  const common = { key: step.key, name: step.name.trim() || step.key, kind: step.kind };
  const members = membersOf(step.kind, step.fields);
  if (!step.prompt) return { ...common, ...members } as StepDefinition;
  const input = Object.fromEntries(
    Object.entries(step.mappings).flatMap(([variable, { source }]) =>
      source ? [[variable, inputValue(source, keys)]] : [],
    ),
  );
  return {
    ...common,
    prompt: { id: step.prompt.id, version: step.prompt.version },
    input,
    model: step.model,
    timeout_seconds: 60,
    ...members,
  } as StepDefinition;
}

/** Chains are prompts alone; what was a flow stays one. */
export const typeOf = (draft: Draft): 'chain' | 'flow' =>
  draft.rest?.type === 'flow' || draft.steps.some((step) => step.kind !== 'prompt') ? 'flow' : 'chain';

/** The schema of a run's input that was saved, with what is asked for now beside it. */
function inputSchema(draft: Draft): WorkflowDefinition['input'] {
  const was = draft.rest?.input as { properties?: Record<string, unknown>; required?: readonly string[] } | undefined;
  if (!was) return undefined;
  const fresh = runInputsOf(draft)
    .map((input) => input.name)
    .filter((name) => !Object.hasOwn(was.properties ?? {}, name));
  if (fresh.length === 0) return was as WorkflowDefinition['input'];
  return {
    ...was,
    properties: { ...was.properties, ...Object.fromEntries(fresh.map((name) => [name, { type: 'string' }])) },
    required: [...(was.required ?? []), ...fresh],
  } as WorkflowDefinition['input'];
}

export function definitionOf(draft: Draft): WorkflowDefinition {
  const keys = keysOf(draft);
  const input = inputSchema(draft);
  return {
    ...draft.rest,
    type: typeOf(draft),
    ...(input ? { input } : {}),
    ...(draft.settings ? settingMembers(draft.settings) : {}),
    steps: nested(draft.steps, (step) => toStep(step, keys)),
  };
}

export const toWorkflow = (draft: Draft): WorkflowCreate & { definition: WorkflowDefinition } => ({
  name: draft.name.trim(),
  description: draft.description.trim(),
  visibility: 'workspace',
  definition: definitionOf(draft),
});

// ---- from what is saved ----

const STEP_OUTPUT = /^\{\{\s*steps\.([a-z][a-z0-9_-]*)\.output\s*\}\}$/;
const INPUT = /^\{\{\s*input\.([\p{L}\p{N}_-]+)\s*\}\}$/u;
const PATH = /^\{\{\s*((?:env|loop|outputs)\.[\w.]+)\s*\}\}$/;

/** Where a saved template comes from; `idOf`: of the steps before, by key. */
function sourceOf(value: unknown, idOf: ReadonlyMap<string, string>): Source {
  if (typeof value !== 'string') return { kind: 'text', text: JSON.stringify(value), json: true };
  const name = INPUT.exec(value)?.[1];
  if (name) return { kind: 'input', name };
  const id = idOf.get(STEP_OUTPUT.exec(value)?.[1] ?? '');
  if (id) return { kind: 'step', id };
  const path = PATH.exec(value)?.[1];
  return path ? { kind: 'path', path } : { kind: 'text', text: value };
}

export const promptKey = (id: string, version: number): string => `${id} ${version}`;

export const promptKeys = (prompts: readonly [string, DraftPrompt][]): ReadonlyMap<string, DraftPrompt> =>
  new Map(prompts);

/** The schema that the server makes of templates says no more than they do: it is made again when they change. */
function isDerived(input: unknown, steps: readonly DraftStep[]): boolean {
  const { properties = {} } = input as { properties?: Record<string, Record<string, unknown>> };
  const asked = new Set(runInputsOf({ ...emptyDraft, steps }).map((one) => one.name));
  const letters = (text: unknown) =>
    String(text)
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}]/gu, '');
  return Object.entries(properties).every(
    ([name, { type: _, title = name, ...others }]) =>
      asked.delete(name) && letters(title) === letters(name) && Object.keys(others).length === 0,
  );
}

/** The prompts that a definition uses, each as `promptKey`. A prompt that one cannot see is shown by what is mapped to it. */
function partsOf(definition: WorkflowDefinition, prompts: ReadonlyMap<string, DraftPrompt>) {
  const { steps, ...others } = definition;
  const { settings, rest } = settingsFrom(others);
  const idOf = new Map<string, string>();
  const drafted = flat(steps).map(({ step, group }): DraftStep => {
    const common = { id: step.key, key: step.key, kind: step.kind, name: step.name ?? step.key, parent: group };
    const before = new Map(idOf);
    idOf.set(step.key, step.key);
    if (step.kind !== 'prompt' || !step.prompt)
      return { ...common, prompt: null, model: '', mappings: {}, fields: fieldsFrom(step.kind, step, ['steps']) };
    const given: Record<string, unknown> = step.input ?? {};
    const version = step.prompt.version ?? 1;
    const prompt = prompts.get(promptKey(step.prompt.id, version)) ?? {
      id: step.prompt.id,
      name: common.name,
      version,
      body: '',
      variables: Object.keys(given),
    };
    return {
      ...common,
      prompt,
      model: step.model ?? DEFAULT_MODEL,
      mappings: Object.fromEntries(
        prompt.variables.map((variable): [string, Mapping] => [
          variable,
          { source: variable in given ? sourceOf(given[variable], before) : null, suggested: false },
        ]),
      ),
      fields: fieldsFrom('prompt', step, ['prompt', 'input', 'model']),
    };
  });
  return { steps: drafted, settings, rest };
}

export function fromWorkflow(workflow: Workflow, prompts: ReadonlyMap<string, DraftPrompt>): Draft {
  return {
    name: workflow.name,
    description: workflow.description,
    ...partsOf(workflow.definition, prompts),
    saved: { id: workflow.id, revision: workflow.revision, version: workflow.version },
    ...(workflow.source ? { source: { text: workflow.source, settled: true } } : {}),
  };
}

/** What a text says, instead of the steps that there were. */
export function withDefinition(
  draft: Draft,
  said: { name: string | null; description: string | null; definition: WorkflowDefinition },
  prompts: ReadonlyMap<string, DraftPrompt>,
): Draft {
  const { steps, settings, rest } = partsOf(said.definition, prompts);
  const { input, ...without } = rest;
  return {
    ...draft,
    name: said.name ?? draft.name,
    description: said.description ?? draft.description,
    steps,
    settings,
    rest: input && !isDerived(input, steps) ? { ...without, input } : (without as Rest),
    ...(draft.source ? { source: { ...draft.source, settled: true } } : {}),
  };
}

/** A draft that was kept by an older page. */
export const isDraft = (read: unknown): read is Draft =>
  typeof read === 'object' &&
  read !== null &&
  'steps' in read &&
  Array.isArray(read.steps) &&
  read.steps.every((step: unknown) => typeof step === 'object' && step !== null && 'key' in step && 'fields' in step);
