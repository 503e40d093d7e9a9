// From a JSON Schema object to fields, and from what was typed to the input that is sent: free of the framework, so that it can be tested.
import type { ProblemPlace } from '@/api/types';

export type JsonSchema = {
  type?: string | readonly string[];
  title?: string;
  description?: string;
  default?: unknown;
  examples?: readonly unknown[];
  enum?: readonly unknown[];
  const?: unknown;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  properties?: Readonly<Record<string, JsonSchema>>;
  required?: readonly string[];
  items?: JsonSchema;
};

export type FieldKind = 'text' | 'long' | 'number' | 'switch' | 'radio' | 'select' | 'json' | 'any';

export type SchemaField = {
  name: string;
  label: string;
  kind: FieldKind;
  help?: string;
  required: boolean;
  schema: JsonSchema;
  /** As text, in the order of the schema. */
  options: readonly string[];
  example?: string;
};

/** What is typed: text for everything but switches. */
export type FormValues = Readonly<Record<string, string | boolean>>;

const LONG_FORMATS = ['textarea', 'markdown', 'multiline', 'long-text'];
const SHORT_TEXT = 120;
const MOST_RADIOS = 4;

const typeOf = (schema: JsonSchema): string | undefined =>
  typeof schema.type === 'string' ? schema.type : schema.type?.find((type) => type !== 'null');

function kindOf(name: string, schema: JsonSchema): FieldKind {
  if (schema.enum) return schema.enum.length <= MOST_RADIOS ? 'radio' : 'select';
  switch (typeOf(schema)) {
    case 'string': {
      if (schema.format && LONG_FORMATS.includes(schema.format)) return 'long';
      if (schema.maxLength !== undefined) return schema.maxLength > SHORT_TEXT ? 'long' : 'text';
      const sample = [schema.default, ...(schema.examples ?? [])].find((value) => typeof value === 'string');
      if (typeof sample === 'string' && (sample.length > SHORT_TEXT || sample.includes('\n'))) return 'long';
      return schema.format === undefined &&
        /text|content|body|document|conversation|transcript|notes|thread/i.test(name)
        ? 'long'
        : 'text';
    }
    case 'integer':
    case 'number':
      return 'number';
    case 'boolean':
      return 'switch';
    case undefined:
      return schema.const === undefined && !COMBINED.some((word) => word in schema) ? 'any' : 'json';
    default:
      return 'json';
  }
}

const COMBINED = ['$ref', 'anyOf', 'oneOf', 'allOf', 'properties', 'items'];

/** Of what may be anything: JSON where it is written as JSON, text otherwise. */
function anyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A text that would be read as JSON stands in quotes. */
const anyAsText = (value: unknown): string =>
  typeof value === 'string' && anyOf(value) === value ? value : JSON.stringify(value, null, 2);

/** "target_audience" → "Target audience" */
export function labelOf(name: string, schema: JsonSchema): string {
  if (schema.title) return schema.title;
  const words = name.replaceAll(/[_-]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

const asText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2));

export function fieldsOf(schema: JsonSchema): SchemaField[] {
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const example = property.examples?.[0];
    return {
      name,
      label: labelOf(name, property),
      kind: kindOf(name, property),
      help: property.description,
      required: schema.required?.includes(name) ?? false,
      schema: property,
      options: property.enum?.map(asText) ?? [],
      example: example === undefined ? undefined : asText(example),
    };
  });
}

export function initialValues(schema: JsonSchema): FormValues {
  return valuesOf(schema, {});
}

/** An input (of an earlier run, of the schema's defaults) as what the fields show. */
export function valuesOf(schema: JsonSchema, input: Readonly<Record<string, unknown>>): FormValues {
  return Object.fromEntries(
    fieldsOf(schema).map((field) => {
      const given = input[field.name] ?? field.schema.default;
      if (field.kind === 'switch') return [field.name, given === true];
      if (given !== undefined && given !== null)
        return [field.name, field.kind === 'any' ? anyAsText(given) : asText(given)];
      return [field.name, field.kind === 'radio' && field.required ? (field.options[0] ?? '') : ''];
    }),
  );
}

export type FormInput = { input: Record<string, unknown>; problems: Record<string, string> };

/** The input to send, and the fields that cannot be sent as they are, by name. */
export function inputOf(schema: JsonSchema, values: FormValues): FormInput {
  const input: Record<string, unknown> = {};
  const problems: Record<string, string> = {};
  for (const field of fieldsOf(schema)) {
    const value = values[field.name] ?? '';
    if (typeof value === 'boolean') {
      input[field.name] = value;
    } else if (value.trim() === '') {
      if (field.required) problems[field.name] = `${field.label} is empty. Fill it in.`;
    } else {
      readField(field, value, input, problems);
    }
  }
  return { input, problems };
}

function readField(field: SchemaField, text: string, input: Record<string, unknown>, problems: Record<string, string>) {
  const { schema, name, label } = field;
  switch (field.kind) {
    case 'radio':
    case 'select': {
      input[name] = schema.enum?.[field.options.indexOf(text)] ?? text;
      return;
    }
    case 'number': {
      const value = Number(text.trim());
      if (!Number.isFinite(value)) problems[name] = `${label} is not a number. Write it in figures, such as 12 or 0.5.`;
      else if (typeOf(schema) === 'integer' && !Number.isInteger(value))
        problems[name] = `${label} has a fraction. A whole number is expected.`;
      else if (schema.minimum !== undefined && value < schema.minimum)
        problems[name] = `${label} is below ${schema.minimum}.`;
      else if (schema.maximum !== undefined && value > schema.maximum)
        problems[name] = `${label} is above ${schema.maximum}.`;
      input[name] = value;
      return;
    }
    case 'any': {
      input[name] = anyOf(text);
      return;
    }
    case 'json': {
      try {
        input[name] = JSON.parse(text);
      } catch (error) {
        problems[name] = `${label} is not JSON. ${error instanceof Error ? error.message : ''}`.trim();
      }
      return;
    }
    default: {
      // characters as the schema counts them, not UTF-16 units
      const length = [...text].length;
      if (schema.minLength !== undefined && length < schema.minLength)
        problems[name] = `${label} is too short: at least ${schema.minLength} characters.`;
      if (schema.maxLength !== undefined && length > schema.maxLength)
        problems[name] =
          `${label} is too long: ${length.toLocaleString()} characters, at most ${schema.maxLength.toLocaleString()}.`;
      input[name] = text;
    }
  }
}

/** The server's errors by field; those that name no field of ours are left for the summary. */
export function errorsByField(schema: JsonSchema, errors: readonly ProblemPlace[], prefix: string) {
  const byField: Record<string, string> = {};
  const others: ProblemPlace[] = [];
  for (const error of errors) {
    const rest = error.path.startsWith(`${prefix}/`) ? error.path.slice(prefix.length + 1) : null;
    const name = rest?.split('/')[0]?.replaceAll('~1', '/').replaceAll('~0', '~');
    if (name !== undefined && schema.properties && Object.hasOwn(schema.properties, name))
      byField[name] ??= error.message;
    else others.push(error);
  }
  return { byField, others };
}
