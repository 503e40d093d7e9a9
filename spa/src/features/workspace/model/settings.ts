// The form of a workspace's own settings: what is in it, what is wrong with it, what is sent. Pure.
import type { WorkspaceSettings, WorkspaceUpdate } from '@/api/types';
import type { FieldIssue } from '@/components/ErrorSummary';
import { words } from '../strings';

export const fieldIds = {
  summary: 'settings-summary',
  name: 'settings-name',
  slug: 'settings-slug',
  keep: 'settings-keep',
  days: 'settings-days',
} as const;

export type SettingsForm = { name: string; slug: string; keep: 'forever' | 'days'; days: string };

const SLUG = /^[a-z0-9][a-z0-9-]{0,62}$/;
const NAME_MOST = 100;
const DAYS_MOST = 36_500;

export const slugFits = (slug: string): boolean => SLUG.test(slug);

/** What is wrong with a name; null: nothing. */
export function nameWrong(name: string): string | null {
  if (name.trim() === '') return words.nameEmpty;
  return [...name.trim()].length > NAME_MOST ? words.nameLong : null;
}

export const formOf = (settings: WorkspaceSettings): SettingsForm => ({
  name: settings.name,
  slug: settings.slug,
  keep: settings.retention_days === null ? 'forever' : 'days',
  days: settings.retention_days === null ? '90' : String(settings.retention_days),
});

export function checkSettings(form: SettingsForm): FieldIssue[] {
  const issues: FieldIssue[] = [];
  const name = nameWrong(form.name);
  if (name) issues.push({ fieldId: fieldIds.name, label: words.name, message: name });
  if (!slugFits(form.slug.trim())) issues.push({ fieldId: fieldIds.slug, label: words.slug, message: words.slugWrong });
  const days = Number(form.days);
  if (form.keep === 'days' && !(Number.isInteger(days) && days >= 1 && days <= DAYS_MOST))
    issues.push({ fieldId: fieldIds.days, label: words.days, message: words.daysWrong });
  return issues;
}

/** Only what differs; null when nothing does. */
export function changesOf(was: WorkspaceSettings, form: SettingsForm): WorkspaceUpdate | null {
  const changes: WorkspaceUpdate = {};
  const days = form.keep === 'forever' ? null : Number(form.days);
  if (form.name.trim() !== was.name) changes.name = form.name.trim();
  if (form.slug.trim() !== was.slug) changes.slug = form.slug.trim();
  if (days !== was.retention_days) changes.retention_days = days;
  return Object.keys(changes).length > 0 ? changes : null;
}
