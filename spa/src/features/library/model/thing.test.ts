import { expect, test } from 'vitest';
import type { Visibility } from '@/api/types';
import { etagOf, mayChange, visibilitiesFor } from './thing';

const by = (id: string, visibility: Visibility) => ({ created_by: { id, name: id }, visibility });

test('who made it changes it; admins and owners only what is shared; viewers nothing', () => {
  expect(mayChange(by('me', 'private'), 'me', 'member')).toBe(true);
  expect(mayChange(by('other', 'workspace'), 'me', 'member')).toBe(false);
  expect(mayChange(by('other', 'workspace'), 'me', 'admin')).toBe(true);
  expect(mayChange(by('other', 'public'), 'me', 'owner')).toBe(true);
  expect(mayChange(by('other', 'private'), 'me', 'owner')).toBe(false);
  expect(mayChange(by('me', 'workspace'), 'me', 'viewer')).toBe(false);
});

test('nobody else makes it private', () => {
  expect(visibilitiesFor(by('me', 'public'), 'me')).toContain('private');
  expect(visibilitiesFor(by('other', 'public'), 'me')).not.toContain('private');
});

test('an ETag is the revision in quotes', () => {
  expect(etagOf({ revision: 12 })).toBe('"12"');
});
