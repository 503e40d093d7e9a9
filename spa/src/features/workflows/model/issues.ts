// What keeps a draft from being saved, each at its field; from our own check, and from the server's.
import type { ProblemPlace } from '@/api/types';
import type { FieldIssue } from '@/components/ErrorSummary';
import { words } from '../builder-strings';
import { DESCRIPTION_MOST, type Draft, NAME_MOST, STEPS_LEAST, STEPS_MOST } from './draft';

export const fieldIds = {
  name: 'workflow-name',
  description: 'workflow-description',
  add: 'workflow-add-step',
  step: (id: string) => `step-${id}`,
  variable: (id: string, variable: string) => `step-${id}-${variable}`,
} as const;

export function issuesOf(draft: Draft): FieldIssue[] {
  const issues: FieldIssue[] = [];
  const add = (fieldId: string, label: string, message: string) => issues.push({ fieldId, label, message });
  if (draft.name.trim() === '') add(fieldIds.name, words.name, words.nameEmpty);
  else if ([...draft.name.trim()].length > NAME_MOST) add(fieldIds.name, words.name, words.nameLong);
  if ([...draft.description.trim()].length > DESCRIPTION_MOST)
    add(fieldIds.description, words.description, words.descriptionLong);
  if (draft.steps.length < STEPS_LEAST) add(fieldIds.add, words.steps, words.tooFew);
  if (draft.steps.length > STEPS_MOST) add(fieldIds.add, words.steps, words.tooMany);
  for (const [index, step] of draft.steps.entries())
    for (const [variable, { source }] of Object.entries(step.mappings))
      if (!source || (source.kind === 'text' && source.text === ''))
        add(
          fieldIds.variable(step.id, variable),
          words.place(index + 1, step.prompt.name, variable),
          words.unmappedIssue,
        );
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
  if (first === 'description') return { fieldId: fieldIds.description, label: words.description };
  if (first !== 'definition' || second !== 'steps') return null;
  if (third === undefined) return { fieldId: fieldIds.add, label: words.steps };
  const index = Number(third);
  const step = draft.steps[index];
  if (!step) return null;
  if (fourth === 'input' && fifth !== undefined && Object.hasOwn(step.mappings, fifth))
    return { fieldId: fieldIds.variable(step.id, fifth), label: words.place(index + 1, step.prompt.name, fifth) };
  return { fieldId: fieldIds.step(step.id), label: words.stepPlace(index + 1, step.prompt.name) };
}
