// The words of administrators about people.
import type { UserUpdate } from '@/api/types';

export const words = {
  person: 'Person',
  search: 'Name or e-mail',
  state: 'State',
  active: 'Active',
  disabled: 'Disabled',
  administrators: 'Administrators',
  administrator: 'Administrator',
  factor: '2nd factor',
  factorOn: 'on',
  factorOff: 'off',
  workspaces: 'Workspaces',
  workspacesOf: (count: number) => (count === 1 ? '1 workspace' : `${count} workspaces`),
  seen: 'Last seen',
  never: 'never',
  made: 'Account since',
  you: 'you',
  actions: 'Actions',
  actionsOf: (name: string) => `Actions of ${name}`,
  listFailed: 'The people could not be loaded.',
  filteredEmpty: () => 'Nobody fits.',
  clearFilters: 'Clear filters',
  shown: (count: number, more: boolean) => (more ? `${count} shown` : `All ${count}`),
  loading: 'Loading…',
  loadMore: 'Load more',
  moreFailed: 'More could not be loaded. Try again.',
  keep: 'Leave it',
  notDone: 'Nothing was changed.',

  linkMore: 'Make a reset link…',
  linkTitle: (name: string) => `A new password for ${name}`,
  linkText: 'You get a link that sets a new password once, within an hour. Links made before are good no more.',
  linkMake: 'Make link',
  linkMaking: 'Making it…',
  linkReady: (name: string) => `Pass it on to ${name} where nobody else reads it.`,
  link: 'Link',
  linkWhat: 'reset link',

  factorMore: 'Turn off the second factor…',
  factorTitle: (name: string) => `Turn off the second factor of ${name}?`,
  factorText:
    'For somebody who has lost the app and the recovery codes. The password alone signs in from then on: make sure that it is they who ask.',
  factorDo: 'Turn off',
  factorDoing: 'Turning off…',
} as const;

/** What an administrator changes of a person; each is asked about before. */
export type Change = {
  id: string;
  name: string;
  danger: boolean;
  body: UserUpdate;
  title: (name: string) => string;
  text: string;
  verb: string;
  busyVerb: string;
};

export const CHANGES = {
  disable: {
    id: 'disable',
    name: 'Disable…',
    danger: true,
    body: { disabled: true },
    title: (name) => `Disable the account of ${name}?`,
    text: 'They are signed out at once, and their tokens are refused. What they made stays. It can be enabled again.',
    verb: 'Disable',
    busyVerb: 'Disabling…',
  },
  enable: {
    id: 'enable',
    name: 'Enable…',
    danger: false,
    body: { disabled: false },
    title: (name) => `Enable the account of ${name}?`,
    text: 'They can sign in again, and their tokens are good again.',
    verb: 'Enable',
    busyVerb: 'Enabling…',
  },
  make: {
    id: 'make',
    name: 'Make administrator…',
    danger: false,
    body: { admin: true },
    title: (name) => `Make ${name} an administrator?`,
    text: 'They see and change what you see here: people, signing in, activity. What is in workspaces they do not see.',
    verb: 'Make administrator',
    busyVerb: 'Making…',
  },
  unmake: {
    id: 'unmake',
    name: 'Administrator no more…',
    danger: true,
    body: { admin: false },
    title: (name) => `${name} administers no more?`,
    text: 'They keep their account and their workspaces.',
    verb: 'Administrator no more',
    busyVerb: 'Changing…',
  },
} as const satisfies Record<string, Change>;
