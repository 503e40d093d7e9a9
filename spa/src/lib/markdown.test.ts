import { expect, test } from 'vitest';
import { blocks, inlines } from './markdown';

test('blocks: headings, paragraphs, lists, quotes, code, rules', () => {
  const text = '# One #\nText\nof two lines\n\n- a\n- b\n1. c\n> said\n> so\n---\n```js\n# no heading\n```\nend';
  expect(blocks(text).map((one) => one.kind)).toEqual([
    'heading',
    'paragraph',
    'list',
    'list',
    'quote',
    'rule',
    'code',
    'paragraph',
  ]);
  expect(blocks(text)[0]).toEqual({ kind: 'heading', level: 1, children: [{ kind: 'text', text: 'One' }] });
  expect(blocks(text)[6]).toEqual({ kind: 'code', text: '# no heading' });
});

test('in a line: code before the rest, words with _ stay words', () => {
  expect(inlines('a `**b**` **c _d_** e_f_g')).toEqual([
    { kind: 'text', text: 'a ' },
    { kind: 'code', text: '**b**' },
    { kind: 'text', text: ' ' },
    {
      kind: 'strong',
      children: [
        { kind: 'text', text: 'c ' },
        { kind: 'em', children: [{ kind: 'text', text: 'd' }] },
      ],
    },
    { kind: 'text', text: ' e_f_g' },
  ]);
});

test('a link that is no address of the web is text, and so is markup', () => {
  expect(inlines('[x](javascript:alert(1))').some((one) => one.kind === 'link')).toBe(false);
  expect(inlines('[x](data:text/html,1)')).toEqual([{ kind: 'text', text: '[x](data:text/html,1)' }]);
  expect(inlines('[x](https://a.example)')).toMatchObject([{ kind: 'link', href: 'https://a.example' }]);
  expect(blocks('<script>1</script>')).toEqual([
    { kind: 'paragraph', children: [{ kind: 'text', text: '<script>1</script>' }] },
  ]);
});

test('texts that are made to be slow are read at once', () => {
  for (const text of ['**'.repeat(20_000), '['.repeat(20_000), '_a'.repeat(20_000), '`'.repeat(20_001)])
    expect(blocks(text).length).toBeGreaterThan(0);
});
