// The map of the pages that exist, and what is counted beside them.
import { useQuery } from '@tanstack/react-query';
import type { LinkProps } from '@tanstack/react-router';
import { api, keys, unwrap } from '@/api/client';
import type { Session, Workspace } from '@/api/types';
import { words } from '../strings';

export type FrameProps = {
  session: Session;
  workspace: Workspace;
  openPalette: () => void;
  openShortcuts: () => void;
  newWorkspace: () => void;
};

export type NavItem = {
  id: string;
  name: string;
  keys: string;
  to: NonNullable<LinkProps['to']>;
  path: string;
  /** The phone's bar has no place for it: it is in its menu. */
  inMenu?: true;
};

export const NAV: readonly NavItem[] = [
  {
    id: 'prompts',
    name: words.prompts,
    keys: 'G P',
    to: '/w/$workspace/prompts',
    path: 'M6 2.25H4.5v3.75L3.25 8 4.5 10v3.75H6M10 2.25h1.5v3.75L12.75 8 11.5 10v3.75H10',
  },
  { id: 'workflows', name: words.workflows, keys: 'G W', to: '/w/$workspace/workflows', path: 'M2 4h4v4h4v4h4' },
  { id: 'runs', name: words.runs, keys: 'G R', to: '/w/$workspace/runs', path: 'M2 3.75h5M4.5 8h6.5M9 12.25h5' },
  {
    id: 'projects',
    name: words.projects,
    keys: 'G J',
    to: '/w/$workspace/projects',
    path: 'M2.25 4.25V13h11.5V5.5H8L6.5 3.5H2.25z',
  },
  {
    id: 'agents',
    name: words.agents,
    keys: 'G E',
    to: '/w/$workspace/agents',
    path: 'M12.5 5.75A5 5 0 1 0 13 8.5M13 2.5v3.25H9.75M8 6.5v3',
    inMenu: true,
  },
];

/** At the foot of the map. */
export const SETTINGS: NavItem = {
  id: 'settings',
  name: words.settings,
  keys: 'G S',
  to: '/w/$workspace/settings',
  path: 'M2 4.25h6.5M12.5 4.25H14M8.5 2.25h4v4h-4zM2 11.75h1.5M7.5 11.75H14M3.5 9.75h4v4h-4z',
};

/** Beside it, for administrators of the installation. */
export const ADMIN = {
  name: words.admin,
  path: 'M8 1.75 13.25 4v4c0 3-2 5-5.25 6.25C4.75 13 2.75 11 2.75 8V4zM5.5 8h5',
};

const COUNT_EVERY_MS = 15_000;
const WHILE_SOME_GO_ON_MS = 4_000;
const MOST = 100;

/** How many runs go on now: "3", "100+"; null when none, or not known. */
export function useRunsGoingOn(workspaceId: string): string | null {
  const filter = { status: 'pending,running', limit: MOST };
  const { data } = useQuery({
    queryKey: keys.runs(workspaceId, { ...filter, counted: true }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/runs', {
          params: { path: { workspace_id: workspaceId }, query: filter },
          signal,
        }),
      ),
    select: (page) => ({ count: page.data.length, more: page.next_cursor !== null }),
    refetchInterval: (query) => (query.state.data?.data.length ? WHILE_SOME_GO_ON_MS : COUNT_EVERY_MS),
  });
  if (!data || data.count === 0) return null;
  return `${data.count}${data.more ? '+' : ''}`;
}

export function NavGlyph({ path }: { path: string }) {
  return (
    <svg
      viewBox="0 0 16 16"
      width={16}
      height={16}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      aria-hidden="true"
      className="shrink-0"
    >
      <path d={path} />
    </svg>
  );
}
