// The words of section 6 of the design: the "not" column is refused in what people read. Every feature keeps its words in strings.ts.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const SRC = fileURLToPath(new URL('..', import.meta.url));
const stringFiles = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((file) =>
  /(?:strings|credentials)\.ts$/.test(file),
);

const REFUSED: [word: RegExp, instead: string][] = [
  [/\bexecut(?:e|es|ed|ing|ion)\b/i, 'run'],
  [/\blaunch(?:es|ed)?\b/i, 'run'],
  [/\btrigger(?:ed|s)?\b/i, 'run, start'],
  [/\brestart/i, 'run again, retry from'],
  [/\breplay/i, 'retry from, fork'],
  [/\b(?:stop|kill|abort)(?:s|ped|ed)?\b/i, 'cancel'],
  [/\b(?:OK|okay|confirm(?:ed)?)\b/, 'the verb of the thing'],
  [/\bignore[ds]?\b/i, 'skip'],
  [/\b(?:commit|deploy|revert)(?:ted|ed|s)?\b/i, 'save, publish, make current'],
  [/\bdeactivate/i, 'disable, rotate, revoke'],
  [/\b(?:node|job|flow|pipeline)s?\b/i, 'step, run, workflow'],
  [/\btasks?\b/i, 'step, run'],
  [/\b(?:blocked|stuck|in progress)\b/i, 'waiting for …'],
  [/\bplease\b/i, 'nothing'],
  [/\b(?:oops|sorry|whoops)\b/i, 'what happened'],
  [/\bsuccess(?:ful(?:ly)?)?\b/i, 'completed, or nothing'],
  [/!(?!=)/, 'a full stop'],
  [/\bclick here\b/i, 'the verb of the thing'],
];

/** Each with its reason. A string is exact, so that nothing else slips through. */
const EXCEPTIONS = new Map<string, string>([
  // the budget's own word in the design is "stop at $5.00"
  ['stop at', 'the limit of a run, as the design writes it'],
  ['email.confirmed', 'the name of an event in the contract'],
]);

/** What stands in quotes, without what is put in by the page (`${…}`). */
function sentences(file: string): string[] {
  const text = readFileSync(`${SRC}/${file}`, 'utf8')
    .replaceAll(/^\s*\/\/.*$/gm, '')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^import .*$/gm, '');
  return [...text.matchAll(/'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g)]
    .map((found) => (found[1] ?? found[2] ?? found[3] ?? '').replaceAll(/\$\{[^}]*\}/g, '…'))
    .map((sentence) => [...EXCEPTIONS.keys()].reduce((rest, allowed) => rest.replaceAll(allowed, ''), sentence));
}

test.each(stringFiles)('%s says it in the words of the design', (file) => {
  const found = sentences(file).flatMap((sentence) =>
    REFUSED.filter(([word]) => word.test(sentence)).map(
      ([word, instead]) => `“${sentence}” has ${word.exec(sentence)?.[0]}: say ${instead}`,
    ),
  );
  expect(found).toEqual([]);
});

test('the check can fail', () => {
  const bad = 'Job stopped successfully!';
  expect(REFUSED.filter(([word]) => word.test(bad)).length).toBe(4);
});

test('every feature keeps its words in one file', () => {
  expect(stringFiles).toContain('app/strings.ts');
  expect(stringFiles).toContain('features/session/strings.ts');
});
