// Names with values that are typed as rows: the input of a child run, what an agent is told, the cases of a switch. They are kept as JSON, in the order
// they were written in. Pure.
import { kindWords as words } from '../kind-strings';
import { asTyped, type Fields, isObject, isText, jsonOrText, one, type Part, parsed } from './fields';

export type Pair = readonly [name: string, value: string];
const pairsIn = (text: string | undefined): Pair[] => {
  const found = parsed(text || '[]')?.value;
  if (!Array.isArray(found)) return [];
  return found.flatMap((pair: unknown): Pair[] =>
    Array.isArray(pair) && isText(pair[0]) && isText(pair[1]) ? [[pair[0], pair[1]]] : [],
  );
};
export const pairsText = (pairs: readonly Pair[]): string => (pairs.length > 0 ? JSON.stringify(pairs) : '');

/** A row whose name and value are empty says nothing. */
export const inputPairs = { of: (fields: Fields) => pairsIn(fields.input), text: pairsText, in: pairsIn };
const givenPairs = (text: string) => pairsIn(text).filter(([name, value]) => name.trim() !== '' || value.trim() !== '');
const pairsWrong = (text: string) => {
  const given = givenPairs(text);
  if (given.some(([name]) => name.trim() === '')) return words.pairUnnamed;
  return new Set(given.map(([name]) => name.trim())).size < given.length ? words.pairTwice : null;
};
export const pairs = (label: string, help: string): Part =>
  one(
    { name: 'input', label, help, input: 'pairs', fills: 'all', optional: true, check: pairsWrong },
    {
      to: (text) => Object.fromEntries(givenPairs(text).map(([name, value]) => [name.trim(), jsonOrText(value)])),
      from: (value) =>
        isObject(value) ? pairsText(Object.entries(value).map(([name, given]) => [name, asTyped(given)])) : null,
    },
  );

export type Case = Pair;
/** What a switch chooses by. */
export const casesOf = (fields: Fields): Case[] => pairsIn(fields.cases);
export const casesText = (cases: readonly Case[]): string => JSON.stringify(cases);
const casesWrong = (text: string) => {
  const given = pairsIn(text);
  if (given.length === 0) return words.casesEmpty;
  if (given.some(([, key]) => key === '')) return words.caseUnchosen;
  return new Set(given.map(([value]) => value)).size < given.length ? words.casesTwice : null;
};
export const cases = one(
  { name: 'cases', label: words.cases, help: words.casesHelp, input: 'cases', check: casesWrong },
  {
    to: (text) => Object.fromEntries(pairsIn(text)),
    from: (value) =>
      isObject(value) && Object.values(value).every(isText)
        ? casesText(Object.entries(value) as [string, string][])
        : null,
  },
);
