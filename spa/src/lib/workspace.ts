// The workspace of the address, given by the shell to everything under it.
import { createContext, useContext } from 'react';
import type { Workspace } from '@/api/types';

export const WorkspaceContext = createContext<Workspace | null>(null);

export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error('useWorkspace is only for pages of a workspace.');
  return workspace;
}

/** Viewers read; everything else may run and edit, unless the workspace is put away. */
export const mayEdit = (workspace: Workspace): boolean => workspace.role !== 'viewer' && !workspace.archived_at;

/** What touches others' things is for admins and owners, unless the workspace is put away. */
export const administers = (workspace: Workspace): boolean =>
  mayEdit(workspace) && (workspace.role === 'admin' || workspace.role === 'owner');
