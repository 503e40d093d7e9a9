// What the palette shows for what was typed: ">" only actions, "#" only runs, else actions of this page, then things by name.
import type { RunFacts, WorkflowFacts } from '@/api/types';
import type { Action } from './actions';

export type PaletteEntry =
  | { kind: 'action'; id: string; action: Action }
  | { kind: 'workflow'; id: string; workflow: WorkflowFacts }
  | { kind: 'run'; id: string; run: RunFacts };

export type PaletteGroup = { kind: PaletteEntry['kind']; entries: readonly PaletteEntry[] };

export type PaletteQuery = { scope: 'all' | 'actions' | 'runs'; name: string };

export function paletteQuery(text: string): PaletteQuery {
  const wanted = text.trim().toLowerCase();
  if (wanted.startsWith('>')) return { scope: 'actions', name: wanted.slice(1).trim() };
  if (wanted.startsWith('#')) return { scope: 'runs', name: wanted.slice(1).trim() };
  return { scope: 'all', name: wanted };
}

const MOST_THINGS = 8;
const MOST_RECENT = 4;

/** Names that begin with what was typed come before those that only hold it. */
function byRank<T>(things: readonly T[], nameOf: (thing: T) => string, name: string): T[] {
  const rank = (thing: T) => {
    const at = nameOf(thing).toLowerCase().indexOf(name);
    return at < 0 ? Number.POSITIVE_INFINITY : at === 0 ? 0 : 1;
  };
  return things.filter((thing) => rank(thing) < 2).sort((a, b) => rank(a) - rank(b));
}

export function paletteGroups(
  { scope, name }: PaletteQuery,
  actions: readonly Action[],
  workflows: readonly WorkflowFacts[],
  runs: readonly RunFacts[],
): PaletteGroup[] {
  const groups: PaletteGroup[] = [];
  if (scope !== 'runs') {
    const found = byRank(actions, (action) => action.name, name);
    groups.push({ kind: 'action', entries: found.map((action) => ({ kind: 'action', id: action.id, action })) });
  }
  if (scope === 'all') {
    const found = workflows.slice(0, MOST_THINGS);
    groups.push({
      kind: 'workflow',
      entries: found.map((workflow) => ({ kind: 'workflow', id: `workflow-${workflow.id}`, workflow })),
    });
  }
  if (scope !== 'actions') {
    const found = runs.filter((run) => run.name.toLowerCase().includes(name) || run.id.endsWith(name));
    groups.push({
      kind: 'run',
      entries: found.slice(0, MOST_THINGS).map((run) => ({ kind: 'run', id: `run-${run.id}`, run })),
    });
  }
  // nothing typed yet: what went on lately comes first
  if (scope === 'all' && name === '')
    groups.unshift({ kind: 'run', entries: groups.pop()?.entries.slice(0, MOST_RECENT) ?? [] });
  return groups.filter((group) => group.entries.length > 0);
}
