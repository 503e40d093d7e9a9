// A chain as it is being built: its steps, where each variable comes from, what is still missing, and what is sent. Pure; every change
// returns a new draft.
import type { Prompt, WorkflowCreate } from '@/api/types';

export type Source =
  | { kind: 'input'; name: string }
  | { kind: 'step'; id: string }
  /** A literal; templates in it are filled in too. */
  | { kind: 'text'; text: string };

export type Mapping = {
  source: Source | null;
  /** Ours, not yet taken by a person. */
  suggested: boolean;
};

export type DraftPrompt = Pick<Prompt, 'id' | 'name' | 'version' | 'body' | 'variables'>;

export type DraftStep = {
  /** Of this draft only; the key that is saved is made of the name. */
  id: string;
  prompt: DraftPrompt;
  model: string;
  mappings: Readonly<Record<string, Mapping>>;
};

export type Draft = { name: string; description: string; steps: readonly DraftStep[] };

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
export const STEPS_MOST = 100;

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
    wordsOf(step.prompt.name).some((word) => wanted.some((one) => !CONTENT.test(one) && related(word, one))),
  );
  if (named) return { kind: 'step', id: named.id };
  const previous = earlier.at(-1);
  if (previous && CONTENT.test(variable)) return { kind: 'step', id: previous.id };
  return { kind: 'input', name: variable };
}

// ---- changes ----

export function addStep(draft: Draft, prompt: DraftPrompt, id: string): Draft {
  const mappings = Object.fromEntries(
    prompt.variables.map((variable) => [variable, { source: suggest(variable, draft.steps), suggested: true }]),
  );
  return { ...draft, steps: [...draft.steps, { id, prompt, model: modelFor(prompt), mappings }] };
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

export type Lost = { variable: string; step: DraftStep };

/** Steps cannot use what comes later, or is gone: such mappings are taken away, and told. */
function withoutForward(draft: Draft): { draft: Draft; lost: Lost[] } {
  const lost: Lost[] = [];
  const seen = new Set<string>();
  const steps = draft.steps.map((step) => {
    const mappings = Object.fromEntries(
      Object.entries(step.mappings).map(([variable, mapping]): [string, Mapping] => {
        if (mapping.source?.kind !== 'step' || seen.has(mapping.source.id)) return [variable, mapping];
        lost.push({ variable, step });
        return [variable, { source: null, suggested: false }];
      }),
    );
    seen.add(step.id);
    return { ...step, mappings };
  });
  return { draft: { ...draft, steps }, lost };
}

/** `to` is counted from 0. */
export function moveStep(draft: Draft, id: string, to: number): { draft: Draft; lost: Lost[] } {
  const step = draft.steps.find((one) => one.id === id);
  if (!step) return { draft, lost: [] };
  const rest = draft.steps.filter((one) => one.id !== id);
  const at = Math.max(0, Math.min(rest.length, to));
  return withoutForward({ ...draft, steps: rest.toSpliced(at, 0, step) });
}

export function removeStep(draft: Draft, id: string): { draft: Draft; lost: Lost[] } {
  return withoutForward({ ...draft, steps: draft.steps.filter((step) => step.id !== id) });
}

// ---- what it comes to ----

/** Keys as they are saved, by the draft's own ids: made of the names, each once. */
export function keysOf(draft: Draft): Map<string, string> {
  const keys = new Map<string, string>();
  const taken = new Set<string>();
  for (const [index, step] of draft.steps.entries()) {
    const slug = step.prompt.name
      .toLowerCase()
      .normalize('NFKD')
      .replaceAll(/[^a-z0-9]+/g, '_')
      .replaceAll(/^[^a-z]+|_+$/g, '')
      .slice(0, 50);
    const stem = slug || `step_${index + 1}`;
    let key = stem;
    for (let number = 2; taken.has(key); number++) key = `${stem}_${number}`;
    taken.add(key);
    keys.set(step.id, key);
  }
  return keys;
}

export type RunInput = { name: string; steps: DraftStep[] };

/** What a run will ask for. */
export function runInputsOf(draft: Draft): RunInput[] {
  const inputs = new Map<string, RunInput>();
  for (const step of draft.steps)
    for (const { source } of Object.values(step.mappings))
      if (source?.kind === 'input') {
        const input = inputs.get(source.name) ?? { name: source.name, steps: [] };
        if (!input.steps.includes(step)) input.steps.push(step);
        inputs.set(source.name, input);
      }
  return [...inputs.values()];
}

export const templateOf = (source: Source, keys: ReadonlyMap<string, string>): string =>
  source.kind === 'input'
    ? `{{input.${source.name}}}`
    : source.kind === 'step'
      ? `{{steps.${keys.get(source.id)}.output}}`
      : source.text;

export function toWorkflow(draft: Draft): WorkflowCreate {
  const keys = keysOf(draft);
  return {
    name: draft.name.trim(),
    description: draft.description.trim(),
    visibility: 'workspace',
    definition: {
      type: 'chain',
      steps: draft.steps.map((step) => ({
        key: keys.get(step.id) ?? step.id,
        name: step.prompt.name,
        kind: 'prompt' as const,
        prompt: { id: step.prompt.id, version: step.prompt.version },
        input: Object.fromEntries(
          Object.entries(step.mappings).flatMap(([variable, { source }]) =>
            source ? [[variable, templateOf(source, keys)]] : [],
          ),
        ) as Record<string, never>,
        model: step.model,
        timeout_seconds: 60,
      })),
    },
  };
}
