// What the runner's form starts with, and what running it may cost. Pure.
import type { WorkflowDefinition } from '@/api/types';
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

/** All its models are built in, and none was given a price. */
export const runsForFree = (definition: WorkflowDefinition): boolean =>
  definition.steps.every((step) => (step.model ?? 'builtin/echo').startsWith('builtin/') && !asksPrice(step.options));
