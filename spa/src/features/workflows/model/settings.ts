// What a workflow says beside its steps, as fields: what a run gives in the end, what it may cost, the order of its phases, what it publishes, and
// the code that looks on when it begins and ends. Pure.
import type { WorkflowDefinition } from '@/api/types';
import { settingWords as words } from '../setting-strings';
import { handler, WAIT_MOST } from './common';
import {
  asTyped,
  type FieldSpec,
  type Fields,
  type Form,
  isText,
  jsonOrText,
  lines,
  type Members,
  numberUpTo,
  objectOrEmpty,
  one,
  read,
  several,
  shownSpecs,
  startOf,
  wholeUpTo,
  write,
  wrongIn,
} from './fields';

const USD_MOST = 1_000_000;
const STEPS_MOST = 10_000_000;
const PHASES_MOST = 50;
const PHASE_MOST = 60;

const phasesWrong = (text: string) => {
  const phases = lines(text);
  if (phases.length > PHASES_MOST) return words.phasesMany;
  if (phases.some((phase) => [...phase].length > PHASE_MOST)) return words.phasesLong;
  return new Set(phases).size < phases.length ? words.phasesTwice : null;
};

const FORM: Form = [
  one(
    { name: 'output', label: words.output, help: words.outputHelp, input: 'long', fills: 'all', optional: true },
    { to: jsonOrText, from: asTyped },
  ),
  several('limits', [
    {
      as: 'cost_usd',
      name: 'cost_usd',
      label: words.costMost,
      help: words.costMostHelp,
      input: 'text',
      optional: true,
      check: numberUpTo(USD_MOST),
    },
    {
      as: 'warn_usd',
      name: 'warn_usd',
      label: words.costWarn,
      help: words.costWarnHelp,
      input: 'text',
      optional: true,
      check: numberUpTo(USD_MOST),
    },
    {
      as: 'seconds',
      name: 'seconds',
      label: words.timeMost,
      help: words.timeMostHelp,
      input: 'text',
      optional: true,
      check: numberUpTo(WAIT_MOST, 1),
    },
    {
      as: 'steps',
      name: 'steps',
      label: words.stepsMost,
      help: words.stepsMostHelp,
      input: 'text',
      optional: true,
      check: wholeUpTo(STEPS_MOST),
    },
  ]),
  one(
    { name: 'phases', label: words.phases, help: words.phasesHelp, input: 'long', optional: true, check: phasesWrong },
    {
      to: lines,
      from: (value) => (Array.isArray(value) && value.every(isText) ? value.join('\n') : null),
    },
  ),
  one(
    {
      name: 'state',
      label: words.state,
      help: words.stateHelp,
      input: 'long',
      fills: 'all',
      optional: true,
      check: objectOrEmpty,
    },
    { to: jsonOrText, from: asTyped },
  ),
  handler('on_start', words.onStart, words.onStartHelp),
  handler('on_complete', words.onComplete, words.onCompleteHelp),
  handler('on_error', words.onError, words.onErrorHelp),
];

export const noSettings: Fields = startOf(FORM);
export const settingSpecs = (fields: Fields): readonly FieldSpec[] => shownSpecs(FORM, fields);
export const wrongSettings = (fields: Fields) => wrongIn(settingSpecs(fields), fields);
/** How many say something: what is set is not hidden. */
export const settingsMade = (fields: Fields): number =>
  Object.values(fields).filter((text) => text.trim() !== '').length;
export const settingMembers = (fields: Fields): Members => write(FORM, fields);

/** Its fields, and what is kept as it is. */
export function settingsFrom(definition: Omit<WorkflowDefinition, 'steps'>) {
  const { fields, rest } = read(FORM, { ...definition });
  return { settings: fields, rest: rest as Omit<WorkflowDefinition, 'steps'> };
}

/** The field that shows a member of the workflow, or part of it: /limits/warn_usd. */
export function settingOf(member: string, part: string | undefined): string | null {
  const found = FORM.find((one) => one.member === member)?.fields;
  return found?.find((field) => field.name === part)?.name ?? found?.[0]?.name ?? null;
}
