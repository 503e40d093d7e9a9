// What keeps a draft from being saved, each at its field; from our own check, and from the server's.
import type { ProblemPlace } from '@/api/types';
import type { FieldIssue } from '@/components/ErrorSummary';
import { words } from '../builder-strings';
import { kindWords } from '../kind-strings';
import { DESCRIPTION_MOST, type Draft, type DraftStep, NAME_MOST, STEPS_LEAST, STEPS_MOST, typeOf } from './draft';
import { fieldOfMember, fieldsOf, wrongFields } from './kinds';

export const fieldIds = {
  name: 'workflow-name',
  description: 'workflow-description',
  add: 'workflow-add-step',
  step: (id: string) => `step-${id}`,
  message: 'workflow-message',
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
  if (draft.steps.length > STEPS_MOST) add(fieldIds.add, words.steps, words.tooMany);
  for (const [index, step] of draft.steps.entries()) {
    const place = (field: string) => words.place(index + 1, step.name, field);
    if ([...step.name.trim()].length > NAME_MOST)
      add(fieldIds.field(step.id, 'name'), place(kindWords.stepName), kindWords.stepNameLong);
    for (const [variable, { source }] of Object.entries(step.mappings))
      if (!source || (source.kind === 'text' && source.text === ''))
        add(fieldIds.variable(step.id, variable), place(variable), words.unmappedIssue);
    for (const { name, label, message } of wrongFields(step.kind, step.fields))
      add(fieldIds.field(step.id, name), place(label), message);
  }
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
  const [first, second, third, fourth, fifth] = error.path.split('/').slice(1).map(part);
  if (first === 'name') return { fieldId: fieldIds.name, label: words.name };
  if (first === 'message') return { fieldId: fieldIds.message, label: words.message };
  if (first === 'description') return { fieldId: fieldIds.description, label: words.description };
  if (first !== 'definition' || second !== 'steps') return null;
  if (third === undefined) return { fieldId: fieldIds.add, label: words.steps };
  const index = Number(third);
  const step = draft.steps[index];
  if (!step) return null;
  if (fourth === 'input' && fifth !== undefined && Object.hasOwn(step.mappings, fifth))
    return { fieldId: fieldIds.variable(step.id, fifth), label: words.place(index + 1, step.name, fifth) };
  const field = fourth === undefined ? null : fieldPlace(step, index, fourth);
  return field ?? { fieldId: fieldIds.step(step.id), label: words.stepPlace(index + 1, step.name) };
}

/** Those with a place of their own are none of a step's fields. */
const ELSEWHERE = new Set(['key', 'kind', 'prompt', 'model']);

function fieldPlace(step: DraftStep, index: number, member: string) {
  if (ELSEWHERE.has(member) || (step.prompt && member === 'input')) return null;
  const name = member === 'name' ? member : fieldOfMember(step.kind, step.fields, member);
  const label = name === 'name' ? kindWords.stepName : fieldsOf(step.kind).find((field) => field.name === name)?.label;
  return label ? { fieldId: fieldIds.field(step.id, name), label: words.place(index + 1, step.name, label) } : null;
}
