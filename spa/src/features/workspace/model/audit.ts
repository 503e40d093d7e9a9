// The audit log in words, and its filters in the address. Pure.
import type { AuditEntry } from '@/api/types';
import { shortId } from '@/lib/format';
import type { AuditFilter } from '../api';

/** "rollBackRun" → "Roll back run": every operation of the contract has a name, those of tomorrow too. */
export function operationWords(operation: string): string {
  const words = operation.replaceAll(/([A-Z])/g, ' $1').toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export const KINDS = [
  'run',
  'workflow',
  'prompt',
  'project',
  'workspace',
  'member',
  'invitation',
  'variable',
  'secret',
  'limit',
] as const;

export type AuditSearch = { who?: string; act?: string; kind?: string; since?: string; until?: string };

/** The reader's midnight at which a day begins, or the one after it. */
function midnight(day: string, later: 0 | 1): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + later).toISOString();
}

/** Both days belong to what is asked for. */
export const filterOf = ({ who, act, kind, since, until }: AuditSearch): AuditFilter => ({
  user_id: who,
  operation: act,
  kind,
  since: since && midnight(since, 0),
  until: until && midnight(until, 1),
});

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/;
/** An id, by the name of the person it is of, else by its end. */
export const nameOfId = (text: string, people: ReadonlyMap<string, string>): string =>
  ID.test(text) ? (people.get(text) ?? shortId(text)) : text;

/** Details, as "role: member, role before: viewer"; what is no text, number or switch is written as JSON. */
export function detailsText(details: AuditEntry['details'], people: ReadonlyMap<string, string>): string {
  return Object.entries(details)
    .map(([name, value]) => {
      const text =
        value === null ? 'none' : typeof value === 'object' ? JSON.stringify(value) : nameOfId(String(value), people);
      return `${name.replaceAll('_', ' ')}: ${text}`;
    })
    .join(', ');
}
