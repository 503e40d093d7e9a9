import { expect, test } from 'vitest';
import type { Member, Role } from '@/api/types';
import { holdOn, mayLeave, rolesToGive } from './roles';

const member = (id: string, role: Role): Member => ({
  user: { id, name: id },
  email: null,
  role,
  second_factor: null,
  last_seen_at: null,
  since: '2027-01-01T00:00:00Z',
});
const ada = member('ada', 'owner');
const lin = member('lin', 'owner');
const sam = member('sam', 'member');

test('only owners make owners; members give no role', () => {
  expect(rolesToGive('owner')).toEqual(['viewer', 'member', 'admin', 'owner']);
  expect(rolesToGive('admin')).toEqual(['viewer', 'member', 'admin']);
  expect(rolesToGive('member')).toEqual([]);
});

test('admins do not change owners, and nobody changes the last one', () => {
  expect(holdOn(sam, [ada, sam], 'admin')).toBeNull();
  expect(holdOn(ada, [ada, lin, sam], 'admin')).toBe('owner');
  expect(holdOn(ada, [ada, lin, sam], 'owner')).toBeNull();
  expect(holdOn(ada, [ada, sam], 'owner')).toBe('last-owner');
  expect(holdOn(sam, [ada, sam], 'viewer')).toBe('not-admin');
});

test('the last owner cannot leave', () => {
  expect(mayLeave(ada, [ada, sam])).toBe(false);
  expect(mayLeave(ada, [ada, lin])).toBe(true);
  expect(mayLeave(sam, [ada, sam])).toBe(true);
});
