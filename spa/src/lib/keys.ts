// From a key press to an action. Sequences ("G W") wait a second for their second key.
import { type Action, possible } from './actions';

export type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** "Mod+Shift+Z" as the press would be written; null for the modifiers themselves. */
export function pressName(press: Press): string | null {
  const { key } = press;
  if (['Control', 'Meta', 'Alt', 'Shift', 'AltGraph', 'Dead', 'Process'].includes(key)) return null;
  const named = key === ' ' ? 'Space' : key.length === 1 ? key.toUpperCase() : key;
  // shift is part of the character for all but letters and named keys: "?" is "?"
  const shiftCounts = press.shiftKey && (key.length > 1 || key.toUpperCase() !== key.toLowerCase());
  return [(press.ctrlKey || press.metaKey) && 'Mod', press.altKey && 'Alt', shiftCounts && 'Shift', named]
    .filter(Boolean)
    .join('+');
}

export type Situation = {
  /** The focus is where text is typed. */
  typing: boolean;
  /** A dialog is open: only what the dialog itself does. */
  dialog: boolean;
  /** Single keys are switched on. */
  singleKeys: boolean;
  /** "G", when it was pressed just before. */
  prefix: string | null;
};

export type Outcome = { perform: Action } | { prefix: string } | null;

export function outcomeOf(name: string, actions: readonly Action[], situation: Situation): Outcome {
  const withMod = name.startsWith('Mod+') || name.startsWith('Alt+');
  if (situation.dialog) return null;
  if (!withMod && (situation.typing || !situation.singleKeys)) return null;
  const full = situation.prefix ? `${situation.prefix} ${name}` : name;
  const found = actions.find(
    (action) => action.keys === full && possible(action) && (!situation.typing || action.inFields || name === 'Mod+K'),
  );
  if (found) return { perform: found };
  const begins = !situation.prefix && actions.some((action) => action.keys?.startsWith(`${name} `) && possible(action));
  return begins ? { prefix: name } : null;
}
