import { expect, test } from 'vitest';
import { piecesOf, variablesOf } from './variables';

test('variables are found in order, each once, blanks and fallbacks aside', () => {
  expect(variablesOf('{{ b }} {{a || "x"}} {{b}} {{größe}}')).toEqual(['b', 'a', 'größe']);
});

test('escaped braces are text; escaped backslashes are not', () => {
  expect(variablesOf('\\{{no}} \\\\{{yes}}')).toEqual(['yes']);
});

test('the pieces of a text are the text', () => {
  const text = 'Say {{what}} to {{whom}}.';
  const pieces = piecesOf(text);
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
  expect(pieces.flatMap((piece) => piece.variable ?? [])).toEqual(['what', 'whom']);
});
