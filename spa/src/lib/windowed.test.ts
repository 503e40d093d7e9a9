import { expect, test } from 'vitest';
import { rowsInView } from './windowed';

test('only the rows in view and a screen around them are drawn, and the height stays whole', () => {
  const view = rowsInView(10_000, 32, 32_000, 640);
  expect(view).toEqual({ first: 975, end: 1045, before: 975 * 32, after: (10_000 - 1045) * 32 });
  expect(view.before + (view.end - view.first) * 32 + view.after).toBe(320_000);
});

test('at both ends nothing is asked for beyond the list', () => {
  expect(rowsInView(150, 32, -200, 640)).toMatchObject({ first: 0, before: 0 });
  expect(rowsInView(150, 32, 10_000, 640)).toMatchObject({ first: 150, end: 150, after: 0 });
});
