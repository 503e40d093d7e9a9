// The words of administrators: who may sign up, people, what happened.
import { number, plural, shownOf } from '@/lib/format';

/** They are counted no further. */
const RUNS_MOST = 10_000;

export const words = {
  admin: 'Administration',
  sections: 'Sections of the administration',
  signIn: 'Signing in',
  people: 'People',
  workspaces: 'Workspaces',
  providers: 'Providers',
  activity: 'Activity',
  goTo: (section: string) => `Go to ${section.toLowerCase()}`,
  loading: 'The administration is being loaded.',
} as const;

export const signInWords = {
  failed: 'The settings could not be loaded.',
  signUp: 'Who may make an account',
  open: 'Anybody who reaches this page',
  openHelp: 'Each account comes with a workspace of its own.',
  closed: 'Nobody by themselves',
  closedHelp: 'People who have an account go on. Those who open the address to sign up are told to ask you.',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Saved.',
  notSaved: 'Not saved.',
} as const;

export const spaceWords = {
  name: 'Workspace',
  state: 'State',
  archived: 'Archived',
  active: 'In use',
  owners: 'Owners',
  nobody: 'somebody who left',
  members: 'Members',
  membersOf: (count: number) => plural(count, 'member'),
  runs: 'Runs',
  runsOf: (count: number) => (count >= RUNS_MOST ? `${number(RUNS_MOST)} runs or more` : plural(count, 'run')),
  runsShort: (count: number) => (count >= RUNS_MOST ? `${number(RUNS_MOST)}+` : number(count)),
  cost: 'This month',
  made: 'Made',
  search: 'Name or short name',
  listFailed: 'The workspaces could not be loaded.',
  listEmpty: 'Workspaces belong here. There is none yet.',
  filteredEmpty: (q: string) => `No workspace has “${q}” in its name.`,
  clearFilters: 'Clear filters',
  shown: (count: number, more: boolean) => shownOf(count, more, 'workspace'),
  loading: 'Loading…',
  loadMore: 'Load more',
  moreFailed: 'More could not be loaded. Try again.',
} as const;
