// Recomputes the contrast (WCAG 2.x) of every ink on every layer, in both themes, from the file that the page is drawn with.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const css = readFileSync(new URL('./tokens.css', import.meta.url), 'utf8');

const declared = new Map(
  [...css.matchAll(/--([\w-]+):\s*([^;]+);/g)].map((found) => [found[1] as string, found[2] as string]),
);

function colour(name: string, theme: 0 | 1): string {
  const value = declared.get(name);
  if (value === undefined) throw new Error(`tokens.css has no --${name}`);
  const alias = /^var\(--([\w-]+)\)$/.exec(value)?.[1];
  if (alias) return colour(alias, theme);
  const pair = /^light-dark\((#[0-9A-F]{6}), (#[0-9A-F]{6})\)$/i.exec(value);
  const hex = pair?.[theme + 1];
  if (!hex) throw new Error(`--${name} is no pair of colours: ${value}`);
  return hex;
}

function luminance(hex: string): number {
  const channel = (at: number) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5);
}

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

const LAYERS = ['bg-0', 'bg-1', 'bg-2', 'bg-3', 'hover', 'selected'];
const STATUSES = [
  'pending',
  'running',
  'waiting',
  'paused',
  'completed',
  'failed',
  'cancelled',
  'skipped',
  'rolled-back',
];
const THEMES = [
  ['light', 0],
  ['dark', 1],
] as const;

/** The smallest over the grounds, cut to one place: "at least". */
function smallest(ink: string, grounds: readonly string[], theme: 0 | 1): number {
  const least = Math.min(...grounds.map((ground) => contrast(colour(ink, theme), colour(ground, theme))));
  return Math.floor(least * 10) / 10;
}

const INKS: [ink: string, light: number, dark: number][] = [
  ['text-1', 14.3, 11.5],
  ['text-2', 7.2, 7.0],
  ['text-3', 4.9, 4.6],
  ['accent', 6.2, 6.6],
  ['danger', 6.0, 5.7],
  ['var', 6.9, 7.8],
  ['line-3', 3.0, 3.2],
  ['focus', 6.2, 6.6],
];

test.each(INKS)('%s on every layer is as strong as the design says', (ink, light, dark) => {
  expect(smallest(ink, LAYERS, 0)).toBe(light);
  expect(smallest(ink, LAYERS, 1)).toBe(dark);
});

test.each(THEMES)('every status can be read on every layer and on its own tint (%s)', (_, theme) => {
  const onLayers = Math.min(...STATUSES.map((status) => smallest(status, LAYERS, theme)));
  const onTint = Math.min(...STATUSES.map((status) => smallest(status, [`${status}-tint`], theme)));
  expect(onLayers).toBeGreaterThanOrEqual(theme === 0 ? 4.9 : 4.6);
  expect(onTint).toBeGreaterThanOrEqual(5.1);
});

test.each(THEMES)('text on filled buttons can be read (%s)', (_, theme) => {
  expect(smallest('on-accent', ['accent'], theme)).toBe(theme === 0 ? 7.4 : 8.1);
  expect(smallest('on-danger', ['danger'], theme)).toBe(theme === 0 ? 7.2 : 7.5);
  // the ground of a hovered primary button
  expect(smallest('on-accent', ['accent-hover'], theme)).toBeGreaterThanOrEqual(4.5);
});

test.each(THEMES)('inks of code can be read on the desk and the page (%s)', (_, theme) => {
  for (const ink of ['code-key', 'code-str', 'code-num', 'code-word', 'code-note']) {
    expect(smallest(ink, ['bg-0', 'bg-1', 'bg-2'], theme)).toBeGreaterThanOrEqual(4.5);
  }
});

test.each(THEMES)('series are strong enough for marks (%s)', (_, theme) => {
  const least = Math.min(...[1, 2, 3, 4, 5, 6].map((n) => smallest(`s${n}`, ['bg-0', 'bg-1', 'bg-2'], theme)));
  expect(least).toBeGreaterThanOrEqual(theme === 0 ? 3.8 : 6.2);
});

test('both themes are declared for every colour', () => {
  const half = [...declared].filter(
    ([, value]) => value.includes('#') && !value.startsWith('light-dark(') && !value.startsWith('0 '),
  );
  expect(half).toEqual([]);
});
