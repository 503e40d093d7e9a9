// The words of the account: profile, sessions, API tokens.
import type { Scope } from '@/api/types';
import type { Term } from './model/tokens';

export const words = {
  account: 'Account',
  sections: 'Sections of the account',
  profile: 'Profile',
  secondFactor: 'Second factor',
  sessions: 'Sessions',
  tokens: 'API tokens',
  goTo: (section: string) => `Go to ${section === 'API tokens' ? section : section.toLowerCase()}`,
  loading: 'Your account is being loaded.',
  failed: 'Your account could not be loaded.',
  you: (name: string, email: string) => `${name} · ${email}`,
} as const;

export const profileWords = {
  name: 'Name',
  nameHelp: 'Others see it beside what you do.',
  nameEmpty: 'The name is empty.',
  email: 'E-mail',
  emailHelp: 'You sign in with it. It cannot be changed here.',
  save: 'Save name',
  saving: 'Saving…',
  saved: 'Name saved.',
  notSaved: 'Not saved.',
  administrator: 'You administer this installation.',
  since: (when: string) => `Account since ${when}`,
  password: 'Password',
  current: 'Current password',
  currentEmpty: 'The current password is empty.',
  next: 'New password',
  change: 'Change password',
  changing: 'Changing…',
  changed: 'Password changed. The other sessions have ended.',
  notChanged: 'The password is as it was.',
  changeHelp: 'All other sessions end. API tokens go on.',
} as const;

export const identityWords = {
  heading: 'Other ways to sign in',
  failed: 'The providers you sign in by could not be loaded.',
  lastUsed: 'Last used',
  notConnected: 'Not connected.',
  connect: 'Connect',
  connectOf: (name: string) => `Connect ${name}`,
  disconnect: 'Disconnect',
  disconnectOf: (name: string) => `Disconnect ${name}`,
  disconnectTitle: (name: string) => `Disconnect ${name}?`,
  disconnectText: (name: string) => `You do not sign in by ${name} any more. The account and its sessions stay.`,
  disconnecting: 'Disconnecting…',
  keep: 'Keep it',
  notDisconnected: 'You sign in by it as before.',
} as const;

export const sessionWords = {
  program: 'Program',
  address: 'From',
  since: 'Signed in',
  seen: 'Last seen',
  ends: 'Ends',
  actions: 'Actions',
  here: 'this one',
  failed: 'Your sessions could not be loaded.',
  end: 'End',
  endOf: (name: string, address: string) => `End the session of ${name}, ${address}`,
  ending: 'Ending…',
  notEnded: 'The session goes on.',
  ended: (name: string) => `The session of ${name} has ended.`,
  endOthers: 'End all others',
  endOthersMore: 'End all other sessions…',
  endOthersTitle: 'End all other sessions?',
  endOthersText: (count: number) =>
    count === 1
      ? 'One session ends at once. Whoever uses it has to sign in anew.'
      : `${count} sessions end at once. Whoever uses them has to sign in anew.`,
  tokensGoOn: 'API tokens go on: they are revoked one by one.',
  keep: 'Keep them',
  endThem: 'End them',
  notAllEnded: 'The sessions go on.',
} as const;

const SCOPE_NAMES: Record<Scope, string> = {
  read: 'Read',
  'runs:write': 'Runs',
  'workflows:write': 'Prompts and workflows',
  admin: 'Settings and members',
};
const SCOPE_HELP: Record<Scope, string> = {
  read: 'Read everything that you can read.',
  'runs:write': 'Start, pause, cancel and retry runs; approve and signal.',
  'workflows:write': 'Make and change prompts and workflows.',
  admin: 'What admins and owners of a workspace do, where you are one.',
};
const TERM_NAMES: Record<Term, string> = { '30': '30 days', '90': '90 days', '366': 'One year', never: 'No end' };

export const tokenWords = {
  name: 'Name',
  nameHelp: 'What it is for: “nightly import”.',
  nameEmpty: 'The name is empty.',
  scopes: 'It may',
  scopesNone: 'It could do nothing. Choose at least one.',
  scope: (scope: Scope) => SCOPE_NAMES[scope],
  scopeHelp: (scope: Scope) => SCOPE_HELP[scope],
  term: 'Good for',
  termHelp: 'A program with an old token is refused. One without an end is good until it is revoked.',
  termName: (term: Term) => TERM_NAMES[term],
  workspace: 'Workspace',
  workspaceHelp: 'A token never does more than you may.',
  allWorkspaces: 'All of yours',
  goneWorkspace: 'One you have left',
  lastUsed: 'Last used',
  neverUsed: 'never',
  expires: 'Expires',
  noEnd: 'no end',
  expired: 'expired',
  actions: 'Actions',
  create: 'New token',
  createMore: 'New token…',
  createTitle: 'New API token',
  make: 'Make token',
  making: 'Making…',
  notMade: 'No token was made.',
  madeTitle: (name: string) => `Token “${name}”`,
  madeText: 'Programs send it with each request.',
  token: 'Token',
  what: 'token',
  asHeader: 'As a header:',
  revoke: 'Revoke',
  revokeOf: (name: string) => `Revoke ${name}`,
  revokeTitle: (name: string) => `Revoke “${name}”?`,
  revokeText: 'Programs that use it are refused from their next request on. It cannot be taken back.',
  revoking: 'Revoking…',
  keep: 'Keep it',
  notRevoked: 'The token is good as before.',
  failed: 'Your tokens could not be loaded.',
  empty: 'Programs and the command line act for you with a token. You have none.',
} as const;
