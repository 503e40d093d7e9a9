// The words of prompts.
import { plural } from '@/lib/format';

export const words = {
  newPrompt: 'New prompt',
  newPromptMore: 'New prompt…',
  name: 'Name',
  text: 'Text',
  textHelp: 'Write {{name}} where something is to be filled in.',
  variables: (names: readonly string[]) =>
    names.length === 0 ? 'No variables yet' : `${plural(names.length, 'variable')}: ${names.join(', ')}`,
  nameEmpty: 'Name is empty. Say what the prompt does.',
  nameLong: 'Name is too long: at most 100 characters.',
  textEmpty: 'Text is empty. Write what the model is to do.',
  create: 'Create prompt',
  creating: 'Creating…',
  discard: 'Discard it?',
  discardText: 'What you have written in this prompt is lost.',
  keepWriting: 'Keep writing',
  discardIt: 'Discard prompt',
  cancel: 'Cancel',
  notCreated: 'Not created.',
} as const;
