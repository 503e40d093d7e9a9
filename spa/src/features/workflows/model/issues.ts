// What keeps a draft from being saved, each at its field; from our own check, and from the server's.
import type { ProblemPlace } from '@/api/types';
import type { FieldIssue } from '@/components/ErrorSummary';
import { words } from '../builder-strings';
import { kindWords } from '../kind-strings';
import { settingWords } from '../setting-strings';
import { DESCRIPTION_MOST, type Draft, type DraftStep, NAME_MOST, STEPS_LEAST, STEPS_MOST, typeOf } from './draft';
import { placeOfMember, wrongFields } from './kinds';
import { noSettings, settingOf, settingSpecs, wrongSettings } from './settings';
import { holdsSteps, listOf, numberOf } from './tree';

export const fieldIds = {
  name: 'workflow-name',
  description: 'workflow-description',
  add: 'workflow-add-step',
  /** Into a group. */
  addTo: (id: string) => `step-${id}-add`,
  step: (id: string) => `step-${id}`,
  message: 'workflow-message',
  setting: (name: string) => `workflow-setting-${name}`,
  variable: (id: string, variable: string) => `step-${id}-${variable}`,
  field: (id: string, name: string) => `step-${id}-field-${name}`,
} as const;

export function issuesOf(draft: Draft): FieldIssue[] {
  const issues: FieldIssue[] = [];
  const add = (fieldId: string, label: string, message: string) => issues.push({ fieldId, label, message });
  if (draft.name.trim() === '') add(fieldIds.name, words.name, words.nameEmpty);
  else if ([...draft.name.trim()].length > NAME_MOST) add(fieldIds.name, words.name, words.nameLong);
  if ([...draft.description.trim()].length > DESCRIPTION_MOST)
    add(fieldIds.description, words.description, words.descriptionLong);
  if ([...(draft.message ?? '').trim()].length > DESCRIPTION_MOST)
    add(fieldIds.message, words.message, words.messageLong);
  const flow = typeOf(draft) === 'flow';
  if (draft.steps.length === 0 && flow) add(fieldIds.add, words.steps, words.none);
  else if (draft.steps.length < STEPS_LEAST && !flow) add(fieldIds.add, words.steps, words.tooFew);
  const most = STEPS_MOST[typeOf(draft)];
  if (draft.steps.length > most) add(fieldIds.add, words.steps, words.tooMany(most));
  for (const step of draft.steps) {
    const place = (field: string) => words.place(numberOf(draft.steps, step), step.name, field);
    if (holdsSteps(step) && listOf(draft.steps, step.id).length === 0)
      add(fieldIds.addTo(step.id), place(words.steps), words.groupEmpty(step.name));
    if ([...step.name.trim()].length > NAME_MOST)
      add(fieldIds.field(step.id, 'name'), place(kindWords.stepName), kindWords.stepNameLong);
    for (const [variable, { source }] of Object.entries(step.mappings))
      if (!source || (source.kind === 'text' && source.text === ''))
        add(fieldIds.variable(step.id, variable), place(variable), words.unmappedIssue);
    for (const { name, label, message } of wrongFields(step.kind, step.fields))
      add(fieldIds.field(step.id, name), place(label), message);
  }
  for (const { name, label, message } of wrongSettings(draft.settings ?? noSettings))
    add(fieldIds.setting(name), settingWords.place(label), message);
  return issues;
}

const part = (text: string) => text.replaceAll('~1', '/').replaceAll('~0', '~');

/** The server's places are pointers into what was sent; those that name no field of ours stay in the summary. */
export function issuesOfProblem(
  draft: Draft,
  errors: readonly ProblemPlace[],
): { issues: FieldIssue[]; others: ProblemPlace[] } {
  const issues: FieldIssue[] = [];
  const others: ProblemPlace[] = [];
  for (const error of errors) {
    const issue = placeOf(draft, error);
    if (issue) issues.push({ ...issue, message: error.message });
    else others.push(error);
  }
  return { issues, others };
}

function placeOf(draft: Draft, error: ProblemPlace): { fieldId: string; label: string } | null {
  const [first, second, ...rest] = error.path.split('/').slice(1).map(part);
  if (first === 'name') return { fieldId: fieldIds.name, label: words.name };
  if (first === 'message') return { fieldId: fieldIds.message, label: words.message };
  if (first === 'description') return { fieldId: fieldIds.description, label: words.description };
  if (first !== 'definition') return null;
  if (second !== 'steps') return settingPlace(draft, second, rest[0]);
  if (rest.length === 0) return { fieldId: fieldIds.add, label: words.steps };
  // "1/steps/0/input/text": down through the groups, to a step and a member of it
  let step: DraftStep | undefined;
  let at = 0;
  for (; at < rest.length; at += 2) {
    const list: DraftStep[] = listOf(draft.steps, step?.id);
    step = list[Number(rest[at])];
    if (!step || !holdsSteps(step) || rest[at + 1] !== 'steps' || rest[at + 2] === undefined) break;
  }
  if (!step) return null;
  const number = numberOf(draft.steps, step);
  const path = rest.slice(at + 1);
  const [member, variable] = path;
  if (member === 'steps')
    return { fieldId: fieldIds.addTo(step.id), label: words.place(number, step.name, words.steps) };
  if (member === 'input' && variable !== undefined && Object.hasOwn(step.mappings, variable))
    return { fieldId: fieldIds.variable(step.id, variable), label: words.place(number, step.name, variable) };
  const field = member === undefined ? null : fieldPlace(step, number, member, path);
  return field ?? { fieldId: fieldIds.step(step.id), label: words.stepPlace(number, step.name) };
}

function settingPlace(draft: Draft, member = '', part?: string) {
  const name = settingOf(member, part);
  const spec = settingSpecs(draft.settings ?? noSettings).find((one) => one.name === name);
  return spec ? { fieldId: fieldIds.setting(spec.name), label: settingWords.place(spec.label) } : null;
}

/** Those with a place of their own are none of a step's fields. */
const ELSEWHERE = new Set(['key', 'kind']);
const OF_A_PROMPT = new Set(['prompt', 'model', 'input']);

function fieldPlace(step: DraftStep, number: string, member: string, path: readonly string[]) {
  if (ELSEWHERE.has(member) || (step.prompt && OF_A_PROMPT.has(member))) return null;
  const { name, label } =
    member === 'name' ? { name: member, label: kindWords.stepName } : placeOfMember(step.kind, step.fields, path);
  return { fieldId: fieldIds.field(step.id, name), label: words.place(number, step.name, label) };
}
