// The words of a workflow's source.
import { number, plural } from '@/lib/format';

export const sourceWords = {
  views: 'How it is shown',
  steps: 'Steps',
  source: 'Source',
  label: 'Source of the workflow',
  help: 'The same workflow as text. What is changed here shows among the steps, and the other way round.',
  notation: 'Written as',
  find: 'Find',
  edit: 'Edit as source',
  yaml: 'YAML',
  json: 'JSON',
  asItIs: 'as it was written',
  checking: 'Being checked…',
  clean: 'Nothing is wrong with it.',
  findings: (errors: number, more: boolean) => `${more ? 'At least ' : ''}${plural(errors, 'mistake')}`,
  warnings: (count: number) => plural(count, 'remark'),
  list: 'What was found',
  at: (line: number, column: number | null) =>
    column === null ? `line ${number(line)}` : `line ${number(line)}, column ${number(column)}`,
  nowhere: 'the whole',
  checkFailed: 'It could not be checked.',
  again: 'Check again',
  several: (count: number) =>
    `There are ${number(count)} workflows in it. Here is one; push a document of several by the command line.`,
  unsettled: (line: number | null) =>
    line === null ? 'Source: it has a mistake.' : `Source: mistake in line ${number(line)}.`,
  unsettledChecking: 'Source: being checked.',
  lastValid: 'The steps show what it said before.',
  coded: 'It is written as code.',
  codedWhy: 'Its steps are those that the code asks for. Change them there.',
  goToSource: 'Go to the source',
  dropText: 'Discard the text',
  notSaved: 'Not saved. The source has a mistake: mend it, or discard the text and take the steps as they are.',
  notSavedYet: 'Not saved. The source is being checked: save again in a moment.',
} as const;
