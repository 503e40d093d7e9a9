import { expect, test } from 'vitest';
import { asSentence, emailTrouble, newPasswordTrouble, credentialWords as words } from './credentials';

test('an e-mail address needs a name, @ and a domain, and nothing else', () => {
  expect(emailTrouble(' ada@acme.example ')).toBeUndefined();
  expect(emailTrouble(' ')).toBe(words.emailEmpty);
  for (const bad of ['ada', 'ada@', '@acme.example', 'ada @acme.example', 'a@b@c'])
    expect(emailTrouble(bad), bad).toBe(words.emailShape);
});

test('a new password has ten characters, however many bytes, and is not the address', () => {
  expect(newPasswordTrouble('correct horse')).toBeUndefined();
  expect(newPasswordTrouble('')).toBe(words.passwordEmpty);
  expect(newPasswordTrouble('abcdefghi')).toBe(words.passwordShort(9));
  expect(newPasswordTrouble('🐎🐎🐎🐎🐎')).toBe(words.passwordShort(5));
  expect(newPasswordTrouble('Ada.Byron@acme.example', 'ada.byron@acme.example ')).toBe(words.passwordIsEmail);
  expect(newPasswordTrouble('ada-byron-lovelace', 'ada-byron-lovelace@acme.example')).toBe(words.passwordIsEmail);
});

test('what the server says of a field goes on where its name stands', () => {
  expect(asSentence('Password', 'is one of those that everybody uses.')).toBe(
    'Password is one of those that everybody uses.',
  );
  expect(asSentence('Password', 'At least ten.')).toBe('At least ten.');
  expect(asSentence('Password', undefined)).toBeUndefined();
});
