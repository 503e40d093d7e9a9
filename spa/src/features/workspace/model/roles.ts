// Who may do what to whom in a workspace, as the server has it: said before it is asked. Pure.
import type { Member, Role } from '@/api/types';

export const ROLES: readonly Role[] = ['viewer', 'member', 'admin', 'owner'];

const rank = (role: Role): number => ROLES.indexOf(role);
export const atLeast = (has: Role, needed: Role): boolean => rank(has) >= rank(needed);

/** Admins give roles up to their own; only owners make owners. */
export const rolesToGive = (own: Role): readonly Role[] =>
  atLeast(own, 'admin') ? ROLES.filter((role) => role !== 'owner' || own === 'owner') : [];

const isLastOwner = (member: Member, all: readonly Member[]): boolean =>
  member.role === 'owner' && all.filter((one) => one.role === 'owner').length === 1;

export type Hold = 'not-admin' | 'owner' | 'last-owner' | null;

/** Why this member's role cannot be changed, or the member removed, by somebody of the role `own`; null: it can. */
export function holdOn(member: Member, all: readonly Member[], own: Role): Hold {
  if (!atLeast(own, 'admin')) return 'not-admin';
  if (member.role === 'owner' && own !== 'owner') return 'owner';
  return isLastOwner(member, all) ? 'last-owner' : null;
}

/** The last owner cannot go. */
export const mayLeave = (member: Member, all: readonly Member[]): boolean => !isLastOwner(member, all);
