// The variables of a prompt's text, in order of first appearance: what the server will find when it is saved.
const TEMPLATE = /\\\\|\\\{\{|\{\{\s*([\p{L}\p{N}_-]+)[^{}]*\}\}/gu;

export function variablesOf(text: string): string[] {
  const found = new Set<string>();
  for (const [, name] of text.matchAll(TEMPLATE)) if (name) found.add(name);
  return [...found];
}

export type Piece = { text: string; variable?: string };

/** The text in pieces, variables apart, so that a preview can put values in their places. */
export function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(TEMPLATE)) {
    if (!match[1]) continue;
    if (match.index > at) pieces.push({ text: text.slice(at, match.index) });
    pieces.push({ text: match[0], variable: match[1] });
    at = match.index + match[0].length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
