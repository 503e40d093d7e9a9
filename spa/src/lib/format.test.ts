import { expect, test } from 'vitest';
import {
  bytes,
  dateTime,
  duration,
  estimate,
  estimateRange,
  liveDuration,
  money,
  percent,
  plural,
  shortId,
  timeAgo,
  timeUntil,
  tokens,
} from './format';

const plain = (text: string) => text.replaceAll('\u00a0', ' ');

test.each([
  [null, 'unknown'],
  [undefined, 'unknown'],
  [0, '$0.00'],
  [0.00001, '<$0.0001'],
  [0.0021, '$0.0021'],
  [0.00994, '$0.0099'],
  [0.00999, '$0.010'],
  [0.0431, '$0.043'],
  [0.9994, '$0.999'],
  [0.9996, '$1.00'],
  [4.119, '$4.12'],
  [1234.5, '$1,234.50'],
])('money %s is written %s', (usd, text) => {
  expect(money(usd)).toBe(text);
});

test('an estimate carries its sign, a range both ends, the unknown neither', () => {
  expect(plain(estimate(0.02))).toBe('≈ $0.020');
  expect(plain(estimateRange(0.018, 0.024))).toBe('≈ $0.018 to $0.024');
  expect(plain(estimateRange(0.018, 0.0181))).toBe('≈ $0.018');
  expect(estimate(null)).toBe('unknown');
});

test.each([
  [null, 'unknown'],
  [0, '0'],
  [8412, '8,412'],
  [99_999, '99,999'],
  [128_400, '128k'],
  [999_499, '999k'],
  [999_500, '1.0M'],
  [1_234_000, '1.2M'],
])('%s tokens are written %s', (count, text) => {
  expect(tokens(count)).toBe(text);
});

test.each([
  [null, '—'],
  [0, '0 ms'],
  [840, '840 ms'],
  [999.6, '1.0 s'],
  [21_400, '21.4 s'],
  [59_949, '59.9 s'],
  [59_950, '1 m 00 s'],
  [72_000, '1 m 12 s'],
  [3_599_400, '59 m 59 s'],
  [3_599_900, '1 h 00 m'],
  [7_500_000, '2 h 05 m'],
  [86_399_000, '1 d 0 h'],
  [273_600_000, '3 d 4 h'],
])('%s ms are written %s', (ms, text) => {
  expect(plain(duration(ms))).toBe(text);
});

test('what goes on is written in whole seconds, never below none', () => {
  expect(plain(liveDuration(8_999))).toBe('8 s');
  expect(plain(liveDuration(-400))).toBe('0 s');
  expect(plain(liveDuration(72_900))).toBe('1 m 12 s');
});

test('times of lists are told from now up to a day, then by date', () => {
  const now = Date.parse('2026-11-21T14:02:00');
  const ago = (seconds: number) => plain(timeAgo(new Date(now - seconds * 1000).toISOString(), now));
  expect(ago(12)).toBe('just now');
  expect(ago(-30)).toBe('just now');
  expect(ago(240)).toBe('4 min ago');
  expect(ago(2 * 3600 + 59)).toBe('2 h ago');
  expect(ago(23 * 3600 + 3599)).toBe('23 h ago');
  expect(ago(24 * 3600)).toMatch(/20.*14:02|Nov.*14:02/);
  expect(ago(400 * 24 * 3600)).toContain('2025');
  expect(timeAgo(null, now)).toBe('—');
});

test('what ends says in what time', () => {
  const now = Date.parse('2026-11-21T14:00:00Z');
  const until = (seconds: number) => plain(timeUntil(new Date(now + seconds * 1000).toISOString(), now));
  expect(until(-5)).toBe('in 0 min');
  expect(until(61)).toBe('in 2 min');
  expect(until(2 * 3600 + 59)).toBe('in 2 h');
  expect(until(7 * 24 * 3600 - 60)).toBe('in 6 d 23 h');
  expect(until(7 * 24 * 3600)).toBe('in 7 d');
});

test('details say the zone', () => {
  expect(dateTime('2026-11-21T14:02:11Z')).toMatch(/2026.*(?:GMT|UTC|[A-Z]{2,4})/);
  expect(dateTime(null)).toBe('—');
});

test('number and unit are joined by a no-break space', () => {
  for (const text of [duration(840), duration(72_000), bytes(1_400_000), percent(0.96), estimate(0.02)])
    expect(text).not.toContain(' ');
});

test('sizes are decimal, shares whole, ids their last six', () => {
  expect(plain(bytes(999))).toBe('999 B');
  expect(plain(bytes(1_400_000))).toBe('1.4 MB');
  expect(plain(bytes(12_345))).toBe('12 kB');
  expect(plain(bytes(999_900))).toBe('1 MB');
  expect(plain(percent(0.964))).toBe('96 %');
  expect(shortId('01932d7e-9f2c-7c41-8a00-00c09f2c41ab')).toBe('2c41ab');
  expect(plural(1, 'run')).toBe('1 run');
  expect(plural(1203, 'run')).toBe('1,203 runs');
});
