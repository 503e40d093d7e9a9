import { expect, test } from 'vitest';
import { cleanCode, grouped, isAppCode, squares } from './factor';

test('a code may be typed with spaces and in small letters', () => {
  expect(cleanCode(' 123 456 ')).toBe('123456');
  expect(cleanCode('abcd-efgh-ijkl-2345')).toBe('ABCD-EFGH-IJKL-2345');
  expect(isAppCode('123 456')).toBe(true);
  for (const no of ['12345', '1234567', 'abcdef', '']) expect(isAppCode(no), no).toBe(false);
});

test('the key stands in groups of four', () => {
  expect(grouped('ABCDEFGHIJ')).toBe('ABCD EFGH IJ');
  expect(grouped('')).toBe('');
});

test('a picture becomes a path of its dark runs', () => {
  expect(
    squares([
      [true, true, false],
      [false, false, true],
    ]),
  ).toBe('M0 0h2v1H0zM2 1h1v1H2z');
});
