import { expect, test } from 'vitest';
import { toYaml } from './yaml';

test('objects and lists in each other', () => {
  expect(
    toYaml({
      name: 'A flow',
      steps: [{ key: 'a', needs: [], input: {}, list: [[1, 2], { b: null }] }, 'plain'],
      left: undefined,
    }),
  ).toBe(
    [
      'name: A flow',
      'steps:',
      '  - key: a',
      '    needs: []',
      '    input: {}',
      '    list:',
      '      - - 1',
      '        - 2',
      '      - b: null',
      '  - plain',
      '',
    ].join('\n'),
  );
});

test('what could be taken for something else stands in quotes', () => {
  for (const text of [
    'yes',
    'Null',
    '1',
    '-',
    '',
    ' a',
    'a ',
    'a: b',
    'a #b',
    '{{x}}',
    '*a',
    '&a',
    '!a',
    '#',
    'a\tb',
    '~',
    '.5',
    "it's",
  ])
    expect(toYaml({ a: text })).toBe(`a: ${JSON.stringify(text)}\n`);
  expect(toYaml({ on: 1, 'a b': 2, '{': 3 })).toBe('"on": 1\na b: 2\n"{": 3\n');
});

test('texts of several lines stay as they are, unless only quotes can hold them', () => {
  expect(toYaml({ code: 'if (a) {\n  b();\n\n}' })).toBe('code: |-\n  if (a) {\n    b();\n\n  }\n');
  expect(toYaml({ steps: [{ code: 'a\nb\n' }] })).toBe('steps:\n  - code: |\n      a\n      b\n');
  for (const text of ['a\nb\n\n', '  a\nb', 'a\r\nb', 'a\n\u0007', '\n'])
    expect(toYaml({ a: text })).toBe(`a: ${JSON.stringify(text)}\n`);
});
