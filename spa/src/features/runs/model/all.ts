// What may be done with all runs that fit a filter, and with which of them. Pure.
import type { RunStatus } from '@/api/types';
import { STATUSES } from './list';

export const DEEDS = ['cancel', 'retry', 'delete'] as const;
export type Deed = (typeof DEEDS)[number];

const FOR: Record<Deed, readonly RunStatus[]> = {
  cancel: ['pending', 'running', 'paused'],
  retry: ['failed', 'cancelled'],
  delete: ['completed', 'failed', 'cancelled'],
};

export type Shown = { status?: string; workflow?: string; project?: string };

/** Those of what is shown that the deed is for; null: none of these can be. What is made after `until` is left alone. */
export function filterFor(deed: Deed, shown: Shown, until: string) {
  const chosen = STATUSES.filter((status) => shown.status?.split(',').includes(status));
  const status = FOR[deed].filter((one) => chosen.length === 0 || chosen.includes(one));
  if (status.length === 0) return null;
  return {
    status,
    created_before: until,
    ...(shown.workflow ? { workflow_id: shown.workflow } : {}),
    ...(shown.project ? { project_id: shown.project } : {}),
  };
}

/** Of more than a hundred deletes their number is written down first. */
export const mustBeWritten = (deed: Deed, count: number): boolean => deed === 'delete' && count > 100;
