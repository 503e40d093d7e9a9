import { expect, test } from 'vitest';
import { isDay } from './day';

test('a day is a day of the calendar', () => {
  expect(isDay('2027-02-28')).toBe(true);
  expect(isDay('2027-02-29')).toBe(false);
  expect(isDay('2027-1-1')).toBe(false);
  expect(isDay('yesterday')).toBe(false);
});
