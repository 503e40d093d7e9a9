// Markdown to a tree of what it holds: headings, lists, quotes, code, paragraphs; bold, emphasis, code and links in a line. A safe subset: nothing in it
// is markup of the page, and links lead to http, https and mailto alone. Pure.
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'code'; text: string }
  | { kind: 'strong' | 'em'; children: readonly Inline[] }
  | { kind: 'link'; href: string; children: readonly Inline[] };

export type Block =
  | { kind: 'heading'; level: number; children: readonly Inline[] }
  | { kind: 'paragraph'; children: readonly Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'quote'; children: readonly Inline[] }
  | { kind: 'rule' }
  | { kind: 'list'; ordered: boolean; items: readonly (readonly Inline[])[] };

const INLINE =
  /`([^`]+)`|\*\*([^*]+)\*\*|(?<![\p{L}\p{N}])_([^_]+)_(?![\p{L}\p{N}])|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^()\s]+)\)/gu;
const MOST_DEEP = 4;
const SAFE = /^(?:https?:\/\/|mailto:)/i;

export function inlines(text: string, depth = 0): Inline[] {
  if (depth > MOST_DEEP) return [{ kind: 'text', text }];
  const found: Inline[] = [];
  let from = 0;
  const plain = (to: number) => {
    if (to > from) found.push({ kind: 'text', text: text.slice(from, to) });
  };
  for (const match of text.matchAll(INLINE)) {
    const [whole, code, strong, under, star, label, href] = match;
    plain(match.index);
    from = match.index + whole.length;
    if (code !== undefined) found.push({ kind: 'code', text: code });
    else if (strong !== undefined) found.push({ kind: 'strong', children: inlines(strong, depth + 1) });
    else if (label !== undefined && href !== undefined)
      found.push(
        SAFE.test(href) ? { kind: 'link', href, children: inlines(label, depth + 1) } : { kind: 'text', text: whole },
      );
    else found.push({ kind: 'em', children: inlines(under ?? star ?? '', depth + 1) });
  }
  plain(text.length);
  return found;
}

const FENCE = /^```/;
const HEADING = /^(#{1,6})\s+(.+?)\s*#*$/;
const ITEM = /^\s*(?:([-*+])|(\d{1,9})[.)])\s+(.*)$/;
const QUOTE = /^>\s?(.*)$/;
const RULE = /^(?:-{3,}|\*{3,}|_{3,})\s*$/;
/** What ends a paragraph. */
const isOther = (line: string) => [FENCE, HEADING, ITEM, QUOTE, RULE].some((one) => one.test(line));

export function blocks(text: string): Block[] {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  const found: Block[] = [];
  let at = 0;
  /** The lines from here on that belong together. */
  const take = (belongs: (line: string) => boolean): string[] => {
    const from = at;
    while (at < lines.length && belongs(lines[at] ?? '')) at++;
    return lines.slice(from, at);
  };
  while (at < lines.length) {
    const line = lines[at] ?? '';
    const heading = HEADING.exec(line);
    const item = ITEM.exec(line);
    if (line.trim() === '') at++;
    else if (FENCE.test(line)) {
      at++;
      const code = take((one) => !FENCE.test(one));
      at++;
      found.push({ kind: 'code', text: code.join('\n') });
    } else if (RULE.test(line)) {
      at++;
      found.push({ kind: 'rule' });
    } else if (heading) {
      at++;
      found.push({ kind: 'heading', level: heading[1]?.length ?? 1, children: inlines(heading[2] ?? '') });
    } else if (item) {
      const ordered = item[2] !== undefined;
      const items = take((one) => {
        const next = ITEM.exec(one);
        return next !== null && (next[2] !== undefined) === ordered && !RULE.test(one);
      });
      found.push({ kind: 'list', ordered, items: items.map((one) => inlines(ITEM.exec(one)?.[3] ?? '')) });
    } else if (QUOTE.test(line)) {
      const quoted = take((one) => QUOTE.test(one)).map((one) => QUOTE.exec(one)?.[1] ?? '');
      found.push({ kind: 'quote', children: inlines(quoted.join(' ')) });
    } else {
      const words = take((one) => one.trim() !== '' && !isOther(one));
      found.push({ kind: 'paragraph', children: inlines(words.join('\n')) });
    }
  }
  return found;
}
