// What may be filled in at a place of a draft: run inputs, outputs of steps that are over then, what the loops around it give, variables and secrets. Pure.
import { kindWords as words } from '../kind-strings';
import { type Draft, type DraftStep, runInputsOf } from './draft';
import { type Fields, isObject, parsed } from './fields';
import { groupsOf, numberOf, usable } from './tree';

export type Fill = { id: string; label: string; note?: string; group: string };

/** Names of the workspace's variables and secrets. */
export type Environment = { variables: readonly string[]; secrets: readonly string[] };
export const NO_ENVIRONMENT: Environment = { variables: [], secrets: [] };

const fill = (id: string, group: string, note?: string): Fill => ({ id, label: id, group, note });

/** Properties of the schema that was saved, beside what is named in templates. */
function inputNames(draft: Draft): string[] {
  const schema = draft.rest?.input as { properties?: Record<string, unknown> } | undefined;
  const named = runInputsOf(draft).map((input) => input.name);
  return [...new Set([...named, ...Object.keys(schema?.properties ?? {})])];
}

/** Where a wait knows what its own step gave last: in its question, and in that step. */
const LOOKS: ReadonlySet<string> = new Set(['while', 'poll']);
const pollFills = (): Fill[] => [
  fill('poll.output', words.ofPoll, words.pollOutput),
  fill('poll.error.message', words.ofPoll, words.pollError),
];

const oneByOne = (loop: DraftStep) => ['', '1'].includes((loop.fields.max_concurrency ?? '').trim());

/** Of the loops around it, the innermost first; `own`: the question that a loop asks before each turn, which has no item. */
function loopFills(draft: Draft, step: DraftStep, own: boolean): Fill[] {
  const loops = groupsOf(draft.steps, step).filter((group) => group.kind === 'loop');
  const around = own ? [step, ...loops] : loops;
  return around.flatMap((loop, depth) => {
    const root = `loop${'.parent'.repeat(depth)}`;
    const of = depth > 0 ? ` ${words.parentNote}` : '';
    const item = loop.fields.loop_by !== 'while';
    return [
      ...(item ? [fill(`${root}.item`, words.ofLoop, `${words.itemNote}${of}`)] : []),
      fill(`${root}.index`, words.ofLoop, `${words.indexNote}${of}`),
      ...(depth === 0 && oneByOne(loop) ? [fill(`${root}.previous`, words.ofLoop, words.previousNote)] : []),
    ];
  });
}

/** Those that come back whatever happens: their errors can be told. */
const goesOn = (step: DraftStep) => step.fields.on_failure === 'continue';

function stepFills(draft: Draft, over: readonly DraftStep[]): Fill[] {
  return over.toReversed().flatMap((one) => {
    const name = `${numberOf(draft.steps, one)} ${one.name}`;
    const output = one.fields.output?.trim();
    return [
      fill(`steps.${one.key}.output`, words.ofSteps, name),
      ...(goesOn(one) ? [fill(`steps.${one.key}.error.message`, words.ofSteps, words.errorNote(one.name))] : []),
      ...(output ? [fill(`outputs.${output}`, words.ofOutputs, name)] : []),
    ];
  });
}

const GROUPS = [words.ofLoop, words.ofPoll, words.ofSteps, words.ofOutputs, words.ofInputs, words.ofEnv];

/** `field`: which of the step's; `apart`: of a tool, whose templates know what it is told alone. */
export type FillPlace = { field?: string; only?: 'env'; apart?: Fields };

/** What the schema of a tool names. */
function toolInputs({ input_schema = '' }: Fields): Fill[] {
  const schema = parsed(input_schema)?.value;
  const properties = isObject(schema) && isObject(schema.properties) ? schema.properties : {};
  return Object.keys(properties).map((name) => fill(`input.${name}`, words.ofTool));
}

/** `step` null: of the workflow itself, when all is over. */
export function fillsAt(
  draft: Draft,
  step: DraftStep | null,
  environment: Environment,
  { field, only, apart }: FillPlace = {},
): Fill[] {
  const env = [
    ...environment.variables.map((name) => fill(`env.${name}`, words.ofEnv, words.variableNote)),
    ...environment.secrets.map((name) => fill(`env.${name}`, words.ofEnv, words.secretNote)),
  ];
  if (only === 'env') return env;
  if (apart) return [...toolInputs(apart), ...env];
  const inLoop = (one: DraftStep) => groupsOf(draft.steps, one).some((group) => group.kind === 'loop');
  const over = step ? usable(draft.steps, step) : draft.steps.filter((one) => one.kind !== 'note' && !inLoop(one));
  const all = [
    ...(step ? loopFills(draft, step, step.kind === 'loop' && field === 'while') : []),
    ...(step?.kind === 'wait' && LOOKS.has(field ?? '') && step.fields.poll?.trim() ? pollFills() : []),
    ...stepFills(draft, over),
    ...inputNames(draft).map((name) => fill(`input.${name}`, words.ofInputs)),
    // what is shown to everybody holds no secret
    ...(step ? env : []),
  ];
  return GROUPS.flatMap((group) => all.filter((one) => one.group === group));
}
