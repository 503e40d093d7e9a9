// The words that prompts and workflows share: who sees them, copies, versions, archiving, and two who change one thing.
import type { Visibility } from '@/api/types';
import { number, shownOf } from '@/lib/format';

export type Noun = 'prompt' | 'workflow';

const SEEN: Record<Visibility, string> = {
  private: 'Only you',
  workspace: 'This workspace',
  public: 'Everyone signed in',
};
const SEEN_HELP: Record<Visibility, string> = {
  private: 'nobody else sees it or its runs',
  workspace: 'members run it, viewers read, you and admins edit',
  public: 'also read and cloned from other workspaces',
};
const BADGE: Record<Visibility, string> = { private: 'private', workspace: 'shared', public: 'public' };

export const words = {
  visibility: (one: Visibility) => SEEN[one],
  visibilityHelp: (one: Visibility) => SEEN_HELP[one],
  badge: (one: Visibility) => BADGE[one],
  actionsOf: (name: string) => `Actions of ${name}`,
  cancel: 'Cancel',

  share: 'Share…',
  shareTitle: (name: string) => `Share ${name}`,
  shareIt: 'Share',
  sharing: 'Sharing…',
  notShared: 'Nothing was changed.',
  whoSees: 'Who can see it',
  alsoShares: (names: readonly string[]) =>
    `It uses ${names.length === 1 ? 'a prompt that fewer people see' : 'prompts that fewer people see'}: ${names.join(', ')}. Sharing shares ${names.length === 1 ? 'it' : 'them'} too.`,
  shareToo: (count: number) => `Share ${count === 1 ? 'the prompt' : `${number(count)} prompts`} too`,
  shared: (name: string, one: Visibility) => `${name}: ${SEEN[one].toLowerCase()}.`,

  clone: 'Clone…',
  cloneTitle: (name: string) => `Clone ${name}`,
  cloneText: (noun: Noun) =>
    noun === 'workflow'
      ? 'A private copy of its current version in this workspace, with copies of the prompts that are not from here.'
      : 'A private copy of its current version in this workspace.',
  cloneIt: 'Clone',
  cloning: 'Cloning…',
  notCloned: 'Not cloned.',
  name: 'Name',
  nameEmpty: 'Name is empty.',
  nameLong: 'Name is too long: at most 100 characters.',
  cloned: 'cloned',

  archive: 'Archive…',
  archiveTitle: (name: string) => `Archive ${name}?`,
  archiveText: (noun: Noun) =>
    noun === 'workflow'
      ? 'It leaves the lists and cannot be run any more. Its runs and versions are kept.'
      : 'It leaves the lists. Workflows that use it keep the version they have.',
  archiveIt: (noun: Noun) => `Archive ${noun}`,
  archiving: 'Archiving…',
  keep: 'Keep it',
  notArchived: 'Not archived.',
  archived: (name: string) => `${name} is archived.`,

  versions: 'Versions',
  versionsFailed: 'The versions could not be loaded.',
  versionFailed: 'This version could not be loaded.',
  versionLoading: 'The version is being read.',
  version: (version: number) => `v${version}`,
  current: 'current',
  noMessage: 'no message',
  nobody: 'somebody who left',
  message: 'Message',
  from: 'From',
  origin: ({ source, path, commit }: { source: string; path: string; commit?: string | null }) =>
    [`${path} of ${source}`, ...(commit ? [`at ${commit}`] : [])].join(' '),
  by: 'By',
  saved: 'Saved',
  stepsHeader: 'Steps',
  variables: 'Variables',
  textOf: (version: number) => `Text of v${version}`,
  useText: 'Use this text',
  loadMore: 'Load more',
  loading: 'Loading…',
  shown: (count: number, more: boolean) => shownOf(count, more, 'version'),
  moreFailed: 'More versions could not be loaded. Try again.',

  ours: 'This workspace',
  publicTab: 'Public',
  views: 'Where they are from',
  publicSince: 'Public since',
  publicList: (noun: Noun) => `Public ${noun}s`,
  publicFailed: 'What is public could not be loaded.',
  publicTextFailed: 'It could not be loaded.',
  publicEmpty: (noun: Noun) => `Public ${noun}s of all workspaces belong here. Share one with everyone signed in.`,
  publicNoneFit: (q: string) => `Nothing public has “${q}” in its name or description.`,
  searchPublic: 'Name or description',
  clearFilters: 'Clear filters',
  shownPublic: (count: number, more: boolean) => (more ? `The first ${number(count)}` : `All ${number(count)}`),
  cloneOf: (name: string) => `Clone ${name}…`,
  textOfNamed: (name: string) => `Text of ${name}`,

  conflict: (who: string, theirs: number, mine: number) =>
    theirs === mine
      ? `Not saved. ${who} changed it while you edited.`
      : `Not saved. ${who} saved v${theirs} while you edited v${mine}.`,
  conflictUnknown: 'Not saved. Somebody changed it while you edited.',
  conflictText: 'Nothing is overwritten: look at both, then take one.',
  theirs: (who: string, version: number) => `${who}’s, v${version}`,
  mine: 'Yours, not saved',
  takeTheirs: 'Discard mine',
  saveMine: (version: number) => `Save mine as v${version}`,
  savingMine: 'Saving…',
} as const;
