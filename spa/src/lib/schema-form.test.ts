import { expect, test } from 'vitest';
import { errorsByField, fieldsOf, initialValues, inputOf, type JsonSchema, valuesOf } from './schema-form';

const schema: JsonSchema = {
  type: 'object',
  required: ['text', 'points', 'tone'],
  properties: {
    text: { type: 'string' },
    points: { type: 'integer', minimum: 1, maximum: 9, default: 5 },
    tone: { enum: ['professional', 'friendly'] },
    level: { enum: [1, 2, 3, 4, 5] },
    target_audience: { type: 'string', maxLength: 4, examples: ['team'] },
    strict: { type: 'boolean', default: true },
    extra: { type: 'object' },
    any: { title: 'Any' },
  },
};
const kinds = Object.fromEntries(fieldsOf(schema).map((field) => [field.name, field.kind]));
const typed = {
  text: 'x',
  points: '5',
  tone: 'friendly',
  level: '',
  target_audience: '',
  strict: true,
  extra: '',
  any: '',
};

test('each property becomes the field that fits it', () => {
  expect(kinds).toEqual({
    text: 'long',
    points: 'number',
    tone: 'radio',
    level: 'select',
    target_audience: 'text',
    strict: 'switch',
    extra: 'json',
    any: 'any',
  });
});

test('text over 120 characters, or of a long format, is long', () => {
  const kind = (property: JsonSchema) => fieldsOf({ properties: { a: property } })[0]?.kind;
  expect(kind({ type: 'string', maxLength: 121 })).toBe('long');
  expect(kind({ type: 'string', maxLength: 120 })).toBe('text');
  expect(kind({ type: 'string', format: 'markdown' })).toBe('long');
  expect(kind({ type: 'string', examples: ['a\nb'] })).toBe('long');
  expect(kind({ type: ['string', 'null'] })).toBe('text');
});

test('a name without title is made readable', () => {
  expect(fieldsOf(schema).find((field) => field.name === 'target_audience')?.label).toBe('Target audience');
});

test('fields begin with the defaults', () => {
  expect(initialValues(schema)).toEqual({
    text: '',
    points: '5',
    tone: 'professional',
    level: '',
    target_audience: '',
    strict: true,
    extra: '',
    any: '',
  });
});

test('what was typed becomes the input, with its types; what is empty and optional is left out', () => {
  expect(inputOf(schema, typed)).toEqual({
    input: { text: 'x', points: 5, tone: 'friendly', strict: true },
    problems: {},
  });
  expect(inputOf(schema, { ...typed, level: '3', extra: '{"a":[1]}' }).input).toMatchObject({
    level: 3,
    extra: { a: [1] },
  });
});

test.each([
  ['5', 5],
  ['two words', 'two words'],
  ['["a"]', ['a']],
  ['{"a": 1', '{"a": 1'],
  ['"5"', '5'],
  ['true', true],
])('what may be anything is JSON where it is JSON: %s', (text, value) => {
  expect(inputOf(schema, { ...typed, any: text }).input.any).toEqual(value);
  expect(inputOf(schema, { ...typed, any: valuesOf(schema, { any: value }).any ?? '' }).input.any).toEqual(value);
});

test.each([
  [{ text: '  ' }, 'text', /empty/],
  [{ points: 'five' }, 'points', /not a number/],
  [{ points: '1.5' }, 'points', /fraction/],
  [{ points: '0' }, 'points', /below 1/],
  [{ points: '10' }, 'points', /above 9/],
  [{ target_audience: 'abcde' }, 'target_audience', /too long: 5/],
  [{ extra: '{' }, 'extra', /not JSON/],
])('%j is refused at its field', (change, name, message) => {
  expect(inputOf(schema, { ...typed, ...change }).problems[name as string]).toMatch(message);
});

test('length is counted in characters', () => {
  expect(inputOf(schema, { ...typed, target_audience: '😀😀😀😀' }).problems).toEqual({});
});

test('an earlier input fills the fields', () => {
  expect(valuesOf(schema, { text: 'old', points: 2, strict: false, extra: { a: 1 } })).toMatchObject({
    text: 'old',
    points: '2',
    strict: false,
    extra: '{\n  "a": 1\n}',
  });
});

test('errors of the server land on their field; the rest is kept for the summary', () => {
  const place = (path: string) => ({ path, code: 'invalid', message: path });
  const { byField, others } = errorsByField(
    schema,
    [place('/input/text'), place('/input/extra/a/0'), place('/input'), place('/input/toString')],
    '/input',
  );
  expect(byField).toEqual({ text: '/input/text', extra: '/input/extra/a/0' });
  expect(others.map((error) => error.path)).toEqual(['/input', '/input/toString']);
});
