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
  const open = session.workspaces.filter((one) => !one.archived_at);
  return open.find((one) => one.slug === slug) ?? open[0] ?? session.workspaces[0];
}
