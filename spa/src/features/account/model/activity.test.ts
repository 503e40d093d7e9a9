import { expect, test } from 'vitest';
import { activityWords as words } from '../activity-strings';
import { noteOf } from './activity';

test('beside an event stands what tells it from others like it', () => {
  expect(noteOf({ event: 'session.began', details: { agent: 'curl/7' } as never })).toBe('Command line');
  expect(noteOf({ event: 'session.ended', details: { sessions: 2 } as never })).toBe(words.sessions(2));
  expect(noteOf({ event: 'sign_in.failed', details: {} })).toBeNull();
  expect(noteOf({ event: 'sign_in.failed', details: { second_factor: true } as never })).toBe(words.wrongCode);
  expect(noteOf({ event: 'token.made', details: { name: 'CI', scopes: ['read'] } as never })).toBe('CI');
  expect(noteOf({ event: 'installation.changed', details: { sign_up: 'closed' } as never })).toBe('sign_up: closed');
  expect(noteOf({ event: 'password.changed', details: {} })).toBeNull();
});
