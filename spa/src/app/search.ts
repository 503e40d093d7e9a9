// What each page keeps in its address. Unknown and malformed values are dropped, so that an old link still opens.
import { type RunSearch, STEP_TABS, VIEWS } from '@/features/runs/model/view';
import type { AuditSearch } from '@/features/workspace/model/audit';
import { isDay } from '@/lib/day';

const text = (value: unknown): string | undefined => {
  const read = typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
  return typeof read === 'string' && read !== '' ? read : undefined;
};
const count = (value: unknown): number | undefined => {
  const read = Number(value);
  return value !== undefined && value !== '' && Number.isInteger(read) && read > 0 ? read : undefined;
};

export type WorkflowsSearch = { q?: string; from?: 'public'; show?: string };
export const workflowsSearch = (search: Record<string, unknown>): WorkflowsSearch => ({
  q: text(search.q),
  from: search.from === 'public' ? search.from : undefined,
  show: text(search.show),
});

export type PromptSearch = { view?: 'versions'; version?: number };
export const promptSearch = (search: Record<string, unknown>): PromptSearch => ({
  view: search.view === 'versions' ? search.view : undefined,
  version: count(search.version),
});

export type VersionsSearch = { version?: number; diff?: string };
/** `diff`: "1..3", what 3 changes of 1. */
export const versionsSearch = (search: Record<string, unknown>): VersionsSearch => ({
  version: count(search.version),
  diff: typeof search.diff === 'string' && /^[1-9]\d{0,8}\.\.[1-9]\d{0,8}$/.test(search.diff) ? search.diff : undefined,
});

/** `step`: the source, where that step stands in it. */
export type BuilderSearch = { view?: 'source'; step?: string };
export const builderSearch = (search: Record<string, unknown>): BuilderSearch => ({
  view: search.view === 'source' ? search.view : undefined,
  step: search.view === 'source' ? text(search.step) : undefined,
});

export type ProjectsSearch = { q?: string; view?: 'archived' };
export const projectsSearch = (search: Record<string, unknown>): ProjectsSearch => ({
  q: text(search.q),
  view: search.view === 'archived' ? search.view : undefined,
});

export const PROJECT_VIEWS = ['board', 'list', 'settings'] as const;
export type ProjectSearch = { view?: (typeof PROJECT_VIEWS)[number]; by?: string };
export const projectSearch = (search: Record<string, unknown>): ProjectSearch => ({
  view: PROJECT_VIEWS.find((view) => view === search.view),
  by: text(search.by),
});

export type RunnerSearch = { run?: string; project?: string };
export const runnerSearch = (search: Record<string, unknown>): RunnerSearch => ({
  run: text(search.run),
  project: text(search.project),
});

export type RunsSearch = { status?: string; workflow?: string; project?: string };
export const runsSearch = (search: Record<string, unknown>): RunsSearch => ({
  status: text(search.status),
  workflow: text(search.workflow),
  project: text(search.project),
});

export const runSearch = (search: Record<string, unknown>): RunSearch => ({
  view: VIEWS.find((view) => view === search.view),
  step: text(search.step),
  attempt: count(search.attempt),
  tab: STEP_TABS.find((tab) => tab === search.tab),
});

const day = (value: unknown): string | undefined => (typeof value === 'string' && isDay(value) ? value : undefined);
/** Only the audit log keeps something. */
export const settingsSearch = (search: Record<string, unknown>): AuditSearch => ({
  who: text(search.who),
  act: text(search.act),
  kind: text(search.kind),
  since: day(search.since),
  until: day(search.until),
});

/** What a list of the administration shows, or which provider is open; the page knows which values there are. */
export type AdminSearch = { q?: string; state?: string; event?: string; provider?: string };
export const adminSearch = (search: Record<string, unknown>): AdminSearch => ({
  q: text(search.q),
  state: text(search.state),
  event: text(search.event),
  provider: text(search.provider),
});

export type AccountSearch = { event?: string };
export const accountSearch = (search: Record<string, unknown>): AccountSearch => ({ event: text(search.event) });

export type SignInSearch = { to?: string; problem?: string };
const HERE = 'https://page.invalid';
/** Only a path of this page is followed after signing in: never another origin. */
export const signInSearch = (search: Record<string, unknown>): SignInSearch => {
  const to = text(search.to);
  // resolved as the browser does it: it drops tabs, and takes \ for /
  const here = to?.startsWith('/') && URL.canParse(to, HERE) && new URL(to, HERE).origin === HERE;
  return { to: here ? to : undefined, problem: text(search.problem) };
};
