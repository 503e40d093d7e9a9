// The workspace somebody was in last, on this machine: where the address names none (the start, the account), the shell goes on with it.
import type { Session, Workspace } from '@/api/types';

const KEY = 'stepmill.workspace';

export function rememberWorkspace(slug: string) {
  try {
    localStorage.setItem(KEY, slug);
  } catch {
    // storage is off: the first one serves
  }
}

export function lastWorkspace(session: Session): Workspace | undefined {
  let slug: string | null = null;
  try {
    slug = localStorage.getItem(KEY);
  } catch {
    // as above
  }
  // one that is put away is nowhere to begin, unless there is no other
  const inUse = session.workspaces.filter((one) => !one.archived_at);
  const { workspaces } = session;
  return workspaces.find((one) => one.slug === slug) ?? inUse[0] ?? workspaces[0];
}
