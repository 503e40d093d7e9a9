import { expect, test } from 'vitest';
import type { Prompt } from '@/api/types';
import { changesOf, check, editOf } from './edit';

const prompt: Prompt = {
  id: 'p',
  name: 'Summarise',
  description: 'Short',
  visibility: 'workspace',
  revision: 4,
  version: 3,
  body: 'Summarise {{text}}',
  variables: ['text'],
  created_by: { id: 'a', name: 'Ada' },
  cloned_from: null,
  created_at: '2027-01-01T00:00:00Z',
  updated_at: '2027-01-01T00:00:00Z',
};
const edit = editOf(prompt, null);

test('what is saved is no change', () => {
  expect(changesOf(prompt, edit)).toBeNull();
  expect(changesOf(prompt, { ...edit, message: 'only a message' })).toBeNull();
});

test('only what differs is sent, a message only with a text', () => {
  expect(changesOf(prompt, { ...edit, name: ' Sum up ', message: 'x' })).toEqual({ name: 'Sum up' });
  expect(changesOf(prompt, { ...edit, body: 'New {{text}}', message: ' shorter ' })).toEqual({
    body: 'New {{text}}',
    message: 'shorter',
  });
});

test('what was typed before stands over what is saved', () => {
  expect(editOf(prompt, { revision: 4, version: 3, edit: { body: 'Mine' } })).toMatchObject({
    name: 'Summarise',
    body: 'Mine',
  });
});

test('what cannot be is told', () => {
  expect(check(edit)).toEqual({});
  expect(check({ name: ' ', description: 'd'.repeat(501), body: '\n', message: 'm'.repeat(501) })).toEqual({
    name: 'empty',
    description: 'long',
    body: 'empty',
    message: 'long',
  });
});
