// No file but tokens.css holds a colour, a shadow, a layer or a duration of the page's looks.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('..', import.meta.url));
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
  (file) => /\.(css|tsx?)$/.test(file) && !/tokens\.css$|schema\.d\.ts$|\.test\.tsx?$/.test(file),
);

/** Comments may speak of anything. */
const code = (file: string) =>
  readFileSync(`${SRC}/${file}`, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/(^|\s)\/\/.*$/gm, '');

const RULES: [what: string, pattern: RegExp, only?: RegExp][] = [
  ['colour', /#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b(?![\w-])/i],
  ['colour', /\b(?:rgba?|hsla?|oklch|oklab|lab|lch|color-mix)\(/],
  [
    'palette of Tailwind',
    /\b(?:bg|text|border|ring|fill|stroke|from|to)-(?:black|white|(?:gray|zinc|slate|stone|red|green|blue|amber|yellow)-\d{2,3})\b/,
  ],
  ['shadow', /\bshadow-(?:sm|md|lg|xl|2xs|2xl|inner|\[)/],
  ['shadow', /box-shadow:(?!\s*(?:var\(|none))/, /\.css$/],
  ['layer', /\bz-(?:\d|\[)/],
  ['layer', /z-index:(?!\s*var\()/, /\.css$/],
  ['layer', /zIndex:/],
  ['duration', /\b(?:duration|delay)-(?:\d|\[)/],
  ['duration', /(?:transition|animation)[\w-]*:[^;]*\b\d*\.?\d+m?s\b/, /\.css$/],
  ['gradient', /gradient\(|\bbg-(?:linear|radial|conic)-/],
  ['radius', /\brounded-(?:sm|md|lg|xl|2xl|3xl|\[)/],
];

test.each(RULES)('no %s literal outside of tokens.css: %s', (_, pattern, only) => {
  const found = files
    .filter((file) => only?.test(file) ?? true)
    .flatMap((file) => {
      const at = pattern.exec(code(file));
      return at ? [`${file}: ${at[0]}`] : [];
    });
  expect(found).toEqual([]);
});

test('the check reads the files it is for', () => {
  expect(files).toContain('app/styles.css');
  expect(files.length).toBeGreaterThan(40);
});
