import { beforeEach, expect, test, vi } from 'vitest';
import { type Action, allActions, clashes, registerActions } from '@/lib/actions';
import { outcomeOf, pressName, type Situation } from '@/lib/keys';
import { type ShellDeeds, shellActions } from './actions';

const deeds: ShellDeeds = {
  go: vi.fn(),
  goAccount: vi.fn(),
  goAdmin: vi.fn(),
  isAdmin: () => true,
  newWorkspace: vi.fn(),
  openPalette: vi.fn(),
  openShortcuts: vi.fn(),
  toggleSidebar: vi.fn(),
  setTheme: vi.fn(),
  signOut: vi.fn(),
  mayEdit: () => true,
  sidebarCanFold: () => true,
};
const quiet: Situation = { typing: false, dialog: false, singleKeys: true, prefix: null };
const press = (key: string, held: Partial<KeyboardEvent> = {}) =>
  pressName({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held }) ?? '';
const performed = (name: string, situation: Partial<Situation> = {}, actions = shellActions(deeds)) => {
  const outcome = outcomeOf(name, actions, { ...quiet, ...situation });
  return outcome && ('perform' in outcome ? outcome.perform.id : `prefix ${outcome.prefix}`);
};

beforeEach(() => vi.clearAllMocks());

test('no two actions of the shell have the same keys or the same id', () => {
  expect(clashes(shellActions(deeds))).toEqual([]);
});

test('two actions with the same keys are found', () => {
  const action = (id: string, keys: string): Action => ({ id, name: id, group: 'g', keys, perform: () => {} });
  expect(clashes([action('a', 'C'), action('b', 'C'), action('b', 'D')])).toEqual(['keys C: a, b', 'id b: b, b']);
});

test('no single key of the shell hides a sequence that begins with it', () => {
  const keys = shellActions(deeds).flatMap((action) => action.keys ?? []);
  const sequences = keys.filter((key) => key.includes(' ')).map((key) => key.split(' ')[0]);
  expect(keys.filter((key) => sequences.includes(key))).toEqual([]);
});

test('every action has a name, and danger only where it is meant', () => {
  for (const action of shellActions(deeds)) expect(action.name.length).toBeGreaterThan(0);
});

test('a press is named as the registry writes it', () => {
  expect(press('k', { ctrlKey: true })).toBe('Mod+K');
  expect(press('k', { metaKey: true })).toBe('Mod+K');
  expect(press('?', { shiftKey: true })).toBe('?');
  expect(press('N', { shiftKey: true })).toBe('Shift+N');
  expect(press('Enter', { ctrlKey: true })).toBe('Mod+Enter');
  expect(press(' ')).toBe('Space');
  expect(press('Shift', { shiftKey: true })).toBe('');
});

test('G then W goes to the workflows', () => {
  expect(performed('G')).toBe('prefix G');
  expect(performed('W', { prefix: 'G' })).toBe('go.workflows');
  expect(performed('W')).toBeNull();
});

test('G then S goes to the settings', () => {
  performed('G');
  expect(performed('S', { prefix: 'G' })).toBe('go.settings');
});

test('single keys are silent while typing, in dialogs, and when switched off; the palette opens from a field', () => {
  expect(performed('C')).toBe('workflow.new');
  expect(performed('C', { typing: true })).toBeNull();
  expect(performed('C', { dialog: true })).toBeNull();
  expect(performed('C', { singleKeys: false })).toBeNull();
  expect(performed('Mod+K', { typing: true })).toBe('palette.open');
  expect(performed('Mod+K', { singleKeys: false })).toBe('palette.open');
});

test('an action that is not possible now has no key', () => {
  expect(performed('C', {}, shellActions({ ...deeds, mayEdit: () => false }))).toBeNull();
});

test('the page comes before the shell, whichever was there first', () => {
  const page: Action = { id: 'page.new', name: 'New step', keys: 'C', group: 'g', perform: () => {} };
  const leavePage = registerActions('page', [page]);
  const leaveShell = registerActions('shell', shellActions(deeds), true);
  expect(performed('C', {}, [...allActions()])).toBe('page.new');
  leaveShell();
  leavePage();
});

test('what was registered last wins a key, and leaves nothing behind', () => {
  const before = allActions().length;
  const one: Action = { id: 'one', name: 'One', keys: 'J', group: 'g', perform: () => {} };
  const leavePage = registerActions('page', [one]);
  const leavePanel = registerActions('panel', [{ ...one, id: 'two' }]);
  expect(performed('J', {}, [...allActions()])).toBe('two');
  leavePanel();
  expect(performed('J', {}, [...allActions()])).toBe('one');
  leavePage();
  expect(allActions().length).toBe(before);
});
