import { expect, test } from 'vitest';
import type { Project } from '@/api/types';
import { changesOf, check, emptyForm, formOf, toProject } from './form';

const project: Project = {
  id: 'p',
  name: 'Website',
  description: '',
  status: 'idle',
  default_workflow_id: 'w',
  config: { model: 'builtin/echo' },
  directory: null,
  revision: 2,
  created_by: { id: 'a', name: 'Ada' },
  created_at: '2027-01-01T00:00:00Z',
  updated_at: '2027-01-01T00:00:00Z',
  archived_at: null,
  last_runs: [],
};

test('what is there is no change; only what differs is sent', () => {
  const form = formOf(project);
  expect(changesOf(project, form)).toBeNull();
  expect(changesOf(project, { ...form, name: ' Site ', workflow: '', timeout: '30' })).toEqual({
    name: 'Site',
    default_workflow_id: null,
    config: { model: 'builtin/echo', timeout_seconds: 30 },
  });
  expect(changesOf(project, { ...form, model: '', directory: 'site' })).toEqual({ config: {}, directory: 'site' });
  expect(changesOf(project, { ...form, auto: false })).toEqual({ config: { model: 'builtin/echo', auto_mode: false } });
  expect(changesOf(project, { ...form, network: true })).toEqual({
    config: { model: 'builtin/echo', script_network: true },
  });
  const open: Project = { ...project, config: { script_network: true } };
  expect(changesOf(open, formOf(open))).toBeNull();
  expect(changesOf(open, { ...formOf(open), network: false })).toEqual({ config: {} });
  const manual: Project = { ...project, config: { auto_mode: false } };
  expect(changesOf(manual, { ...formOf(manual), auto: true })).toEqual({ config: {} });
});

test('a new one sends what was filled in', () => {
  expect(toProject({ ...emptyForm, name: 'Site' })).toEqual({ name: 'Site', description: '', config: {} });
});

test('what cannot be is told', () => {
  expect(check(emptyForm)).toEqual({ name: 'empty' });
  expect(check({ ...emptyForm, name: 'x', description: 'd'.repeat(501), timeout: '0' })).toEqual({
    description: 'long',
    timeout: 'number',
  });
});
