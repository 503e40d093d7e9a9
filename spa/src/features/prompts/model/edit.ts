// A prompt as it is being edited: only what was typed is kept, beside the revision it was typed on. Pure.
import type { Prompt, PromptUpdate } from '@/api/types';

export type PromptEdit = { name: string; description: string; body: string; message: string };
/** What was typed, and what it was typed on. */
export type Kept = { revision: number; version: number; edit: Partial<PromptEdit> };

export const NAME_MOST = 100;
export const TEXT_MOST = 500;

export const editOf = (prompt: Prompt, kept: Kept | null): PromptEdit => ({
  name: prompt.name,
  description: prompt.description,
  body: prompt.body,
  message: '',
  ...kept?.edit,
});

/** What differs from what is saved; null: nothing. The message goes with a text only. */
export function changesOf(prompt: Prompt, edit: PromptEdit): PromptUpdate | null {
  const changes: PromptUpdate = {};
  if (edit.name.trim() !== prompt.name) changes.name = edit.name.trim();
  if (edit.description.trim() !== prompt.description) changes.description = edit.description.trim();
  if (edit.body !== prompt.body) {
    changes.body = edit.body;
    if (edit.message.trim() !== '') changes.message = edit.message.trim();
  }
  return Object.keys(changes).length > 0 ? changes : null;
}

export type Wrong = Partial<Record<keyof PromptEdit, 'empty' | 'long'>>;

const long = (text: string, most: number) => [...text.trim()].length > most;

export function check(edit: PromptEdit): Wrong {
  const wrong: Wrong = {};
  if (edit.name.trim() === '') wrong.name = 'empty';
  else if (long(edit.name, NAME_MOST)) wrong.name = 'long';
  if (long(edit.description, TEXT_MOST)) wrong.description = 'long';
  if (edit.body.trim() === '') wrong.body = 'empty';
  if (long(edit.message, TEXT_MOST)) wrong.message = 'long';
  return wrong;
}
