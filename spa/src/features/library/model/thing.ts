// A prompt or a workflow, as far as they are alike. Pure.
import type { Person, Role, Visibility } from '@/api/types';

export type Thing = {
  noun: 'prompt' | 'workflow';
  id: string;
  name: string;
  visibility: Visibility;
  revision: number;
  created_by: Person;
};

/** What a change says it was made on. */
export const etagOf = ({ revision }: Pick<Thing, 'revision'>): string => `"${revision}"`;

/** Whoever made it, and of what is shared admins and owners too. */
export const mayChange = (thing: Pick<Thing, 'created_by' | 'visibility'>, me: string, role: Role): boolean =>
  role !== 'viewer' &&
  (thing.created_by.id === me || (thing.visibility !== 'private' && (role === 'admin' || role === 'owner')));

/** Only who made it can keep it to themselves again. */
export const visibilitiesFor = (thing: Pick<Thing, 'created_by'>, me: string): readonly Visibility[] =>
  thing.created_by.id === me ? ['private', 'workspace', 'public'] : ['workspace', 'public'];
