import { expect, test } from 'vitest';
import type { WorkspaceSettings } from '@/api/types';
import { changesOf, checkSettings, fieldIds, formOf } from './settings';

const acme: WorkspaceSettings = {
  id: 'w',
  slug: 'acme',
  name: 'Acme',
  created_at: '2027-01-01T00:00:00Z',
  archived_at: null,
  retention_days: null,
};
const form = formOf(acme);
const wrong = (over: Partial<typeof form>) => checkSettings({ ...form, ...over }).map((issue) => issue.fieldId);

test('what is there is fine, and nothing of it is sent again', () => {
  expect(checkSettings(form)).toEqual([]);
  expect(changesOf(acme, form)).toBeNull();
});

test('only what differs is sent; keeping runs for good is a change as well', () => {
  expect(changesOf(acme, { ...form, name: ' Acme Labs ', keep: 'days', days: '30' })).toEqual({
    name: 'Acme Labs',
    retention_days: 30,
  });
  expect(changesOf({ ...acme, retention_days: 30 }, form)).toEqual({ retention_days: null });
});

test('what cannot be is told at its field', () => {
  expect(wrong({ name: ' ', slug: 'Über uns', keep: 'days', days: '1.5' })).toEqual([
    fieldIds.name,
    fieldIds.slug,
    fieldIds.days,
  ]);
  expect(wrong({ slug: '-acme' })).toEqual([fieldIds.slug]);
  expect(wrong({ slug: 'x'.repeat(64) })).toEqual([fieldIds.slug]);
  expect(wrong({ days: 'x' })).toEqual([]);
  expect(wrong({ keep: 'days', days: '0' })).toEqual([fieldIds.days]);
});
