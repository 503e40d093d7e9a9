import { expect, test } from 'vitest';
import type { WorkflowDefinition } from '@/api/types';
import { valuesOf } from '@/lib/schema-form';
import { runsForFree, withInputs } from './inputs';

test('the inputs of a run fill the form; what it did not say is not filled with a default', () => {
  const schema = { properties: { text: { type: 'string' }, tone: { type: 'string', default: 'dry' } } };
  const filled = withInputs(schema, { text: 'hello', gone: 'x' });
  expect(valuesOf(filled, {})).toEqual({ text: 'hello', tone: '' });
  expect(valuesOf(schema, {})).toEqual({ text: '', tone: 'dry' });
});

test('a chain is free when every model is built in and none has a price', () => {
  const chain = (...steps: object[]) => ({ type: 'chain', steps }) as unknown as WorkflowDefinition;
  expect(runsForFree(chain({}, { model: 'builtin/extract' }))).toBe(true);
  expect(runsForFree(chain({ model: 'builtin/echo', options: { price: [1, 2] } }))).toBe(false);
  expect(runsForFree(chain({ model: 'openai/x' }))).toBe(false);
  expect(runsForFree(chain({ kind: 'parallel', steps: [{}, { model: 'openai/x' }] }))).toBe(false);
});
