// The words of a run in the text that it is a run of.
import { number } from '@/lib/format';

export const sourceWords = {
  label: (name: string) => `Source of ${name}`,
  reading: 'The text is being read.',
  failed: 'The text could not be loaded.',
  help: (version: number) => `v${number(version)}, as this run has it. Behind each step: how far it is.`,
  helpCode: (version: number) =>
    `v${number(version)}. The code is run from its start over what has been recorded, up to the first step that has nothing recorded. Behind each step: how far it is.`,
  edit: 'Edit',
  find: 'Find',
  notAsked: 'not asked for yet',
  notBegun: 'not begun yet',
  attempt: (attempt: number) => `attempt ${number(attempt)}`,
  seeIt: 'See it in the source',
  gone: (key: string) => `${key} has run, and this code does not ask for it.`,
  compare: 'Compare it with the versions before',
} as const;
