// What the runner's form starts with, and what running it may cost. Pure.
import type { StepDefinition, WorkflowDefinition } from '@/api/types';
import type { JsonSchema } from '@/lib/schema-form';

export const inputSchemaOf = (definition: WorkflowDefinition): JsonSchema => (definition.input ?? {}) as JsonSchema;

/** The same form, with the inputs of a run in place of the defaults. What the schema no longer knows is left out. */
export function withInputs(schema: JsonSchema, input: Readonly<Record<string, unknown>>): JsonSchema {
  const properties = Object.entries(schema.properties ?? {}).map(([name, property]): [string, JsonSchema] => [
    name,
    Object.hasOwn(input, name) ? { ...property, default: input[name] } : { ...property, default: undefined },
  ]);
  return { ...schema, properties: Object.fromEntries(properties) };
}

const asksPrice = (options: unknown): boolean => typeof options === 'object' && options !== null && 'price' in options;

const isFree = (step: StepDefinition): boolean =>
  (step.model ?? 'builtin/echo').startsWith('builtin/') && !asksPrice(step.options) && (step.steps ?? []).every(isFree);

/** All its models are built in, those in groups too, and none was given a price. */
export const runsForFree = (definition: WorkflowDefinition): boolean => definition.steps.every(isFree);
