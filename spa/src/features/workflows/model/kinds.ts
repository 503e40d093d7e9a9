// The kinds of steps as forms: one entry of the table a kind. Whatever has no field of its own stays as it is, and can be written as JSON. Pure.
import type { StepDefinition } from '@/api/types';
import { CALLS } from './calls';
import { condition, type KindForm, keysIn, needs, onFailure, outputName, phase } from './common';
import {
  type FieldSpec,
  type Fields,
  type Form,
  type Members,
  MORE,
  moreOf,
  moreText,
  type Place,
  placeIn,
  read,
  shownSpecs,
  specsOf,
  startOf,
  write,
  wrongIn,
} from './fields';
import { STEERING } from './steering';

export { type Case, casesOf, casesText, inputPairs, type Pair } from './pairs';
export { keysIn };
export type { Fields, FieldSpec };
export type StepKind = StepDefinition['kind'];

/** In the order in which they are offered. */
const KINDS: Record<StepKind, KindForm> = { ...CALLS, ...STEERING };

export type OtherKind = Exclude<StepKind, 'prompt'>;
/** Those that can be added. */
export const OTHER_KINDS = (Object.keys(KINDS) as StepKind[]).filter((kind): kind is OtherKind => kind !== 'prompt');

/** Of a kind that this page does not know yet, there is only JSON. */
const kindOf = (kind: StepKind): KindForm => KINDS[kind] ?? { parts: [onFailure, outputName] };

const FORMS = new Map<StepKind, Form>();
export function formOf(kind: StepKind): Form {
  const known = FORMS.get(kind);
  if (known) return known;
  const { parts, rests, asks } = kindOf(kind);
  const form = rests ? [...parts, phase] : [...parts, ...(asks ? [] : [condition]), needs, phase];
  FORMS.set(kind, form);
  return form;
}

// ---- as a form ----

export const fieldsOf = (kind: StepKind): readonly FieldSpec[] => [...specsOf(formOf(kind)), MORE];
export const shownFields = (kind: StepKind, fields: Fields): readonly FieldSpec[] => [
  ...shownSpecs(formOf(kind), fields),
  MORE,
];
export const wrongFields = (kind: StepKind, fields: Fields) => wrongIn(shownFields(kind, fields), fields);

/** `last`: a template of what the step before wrote. */
export function startFields(kind: StepKind, last: string | null): Fields {
  const { begins } = kindOf(kind);
  return {
    ...startOf(formOf(kind)),
    more: '',
    ...(begins && last ? { [begins.field]: begins.with(last) } : {}),
  };
}

/** The members of a step's definition that its fields make. */
export function membersOf(kind: StepKind, fields: Fields): Members {
  return { ...write(formOf(kind), fields), ...moreOf(fields) };
}

/** Made anew whenever the workflow is saved. */
const OF_THE_SERVER = ['call'];

/** The fields that show a step's definition; `others` has members that are edited elsewhere. */
export function fieldsFrom(kind: StepKind, step: StepDefinition, others: readonly string[]): Fields {
  const given: Members = { ...step };
  for (const name of ['key', 'name', 'kind', ...OF_THE_SERVER, ...others]) delete given[name];
  const { fields, rest } = read(formOf(kind), given);
  return { ...fields, more: moreText(rest) };
}

/** The field that shows a member of the definition, or what is below it. */
export const placeOfMember = (kind: StepKind, fields: Fields, path: readonly string[]): Place =>
  placeIn(formOf(kind), fields, path);

/** One line of what it does. */
export const summaryOf = (kind: StepKind, fields: Fields): string =>
  (kindOf(kind).says?.(fields) ?? '').replaceAll(/\s+/g, ' ').trim();
