// The registry of actions. An action is one object; the palette, the shortcut sheet, the menus and the key handling are made from it,
// so nothing can be done by a key that is not listed, and nothing is listed that cannot be done.
//
//   useActions([{ id: 'run.cancel', name: 'Cancel run', keys: 'Shift+C', when: () => live, perform: cancel, danger: true }]);
import { type ComponentType, useEffect, useId, useRef, useSyncExternalStore } from 'react';

export type Action = {
  /** noun.verb, unique */
  id: string;
  name: string;
  /** A small icon, 16 px, drawn in menus and palette. */
  glyph?: ComponentType<{ className?: string }>;
  /** "C", "G W", "Mod+K", "Mod+Enter", "Shift+N", "?". Single keys are silent in text fields and dialogs. */
  keys?: string;
  /** Where it stands in the sheet and the palette. */
  group: string;
  /** Left out: always. */
  when?: () => boolean;
  perform: () => void;
  danger?: boolean;
  undo?: () => void;
  /** Works while typing too (Mod+Enter, Mod+S). */
  inFields?: boolean;
};

type Entry = { scope: string; actions: readonly Action[]; everywhere: boolean };
let entries: readonly Entry[] = [];
let snapshot: readonly Action[] = [];
const listeners = new Set<() => void>();

function publish(next: readonly Entry[]) {
  entries = next;
  // what was registered last (the page, a dialog) comes first, and wins a key; the shell's own come after every page's
  const last = entries.filter((entry) => entry.everywhere);
  const first = entries.filter((entry) => !entry.everywhere).toReversed();
  snapshot = [...first, ...last].flatMap((entry) => entry.actions);
  for (const listener of listeners) listener();
}

export function registerActions(scope: string, actions: readonly Action[], everywhere = false): () => void {
  const entry = { scope, actions, everywhere };
  const at = entries.findIndex((other) => other.scope === scope);
  publish(at < 0 ? [...entries, entry] : entries.with(at, entry));
  return () => publish(entries.filter((other) => other.scope !== scope));
}

export const allActions = (): readonly Action[] => snapshot;
export const possible = (action: Action): boolean => action.when?.() ?? true;

export function useAllActions(): readonly Action[] {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    allActions,
    allActions,
  );
}

/** Registers the actions of a page or panel while it is there. New closures are taken on each render without registering anew. */
export function useActions(actions: readonly Action[], { everywhere = false } = {}) {
  const scope = useId();
  const latest = useRef(actions);
  useEffect(() => {
    latest.current = actions;
  });
  const shape = actions.map((action) => `${action.id}|${action.name}|${action.keys ?? ''}`).join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for the list; the closures are read when used
  useEffect(() => {
    const current = (id: string) => latest.current.find((action) => action.id === id);
    return registerActions(
      scope,
      latest.current.map((action) => ({
        ...action,
        when: () => {
          const now = current(action.id);
          return now !== undefined && (now.when?.() ?? true);
        },
        perform: () => current(action.id)?.perform(),
        undo: action.undo && (() => current(action.id)?.undo?.()),
      })),
      everywhere,
    );
  }, [scope, shape, everywhere]);
}

/** Two actions of one list that would answer to the same keys, or share an id. */
export function clashes(actions: readonly Action[]): string[] {
  const seen = new Map<string, string>();
  const found: string[] = [];
  for (const action of actions) {
    for (const mark of [`id ${action.id}`, action.keys && `keys ${action.keys}`]) {
      if (!mark) continue;
      const other = seen.get(mark);
      if (other !== undefined) found.push(`${mark}: ${other}, ${action.id}`);
      seen.set(mark, action.id);
    }
  }
  return found;
}
