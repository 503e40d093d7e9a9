// One listener for the whole page: finds the action of a key press in the registry and performs it.
import { useEffect, useRef } from 'react';
import { allActions } from '@/lib/actions';
import { outcomeOf, pressName } from '@/lib/keys';

const SEQUENCE_MS = 1000;
export const SINGLE_KEYS = 'stepmill.keys.single';

export function singleKeysOn(): boolean {
  try {
    return localStorage.getItem(SINGLE_KEYS) !== 'false';
  } catch {
    return true;
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement)
    return true;
  return (
    target instanceof HTMLInputElement && !['checkbox', 'radio', 'button', 'submit', 'reset'].includes(target.type)
  );
}

export function useKeyHandling() {
  const prefix = useRef<{ name: string; at: number } | null>(null);
  useEffect(() => {
    const handle = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.repeat) return;
      const name = pressName(event);
      if (!name) return;
      const waiting = prefix.current && event.timeStamp - prefix.current.at < SEQUENCE_MS ? prefix.current.name : null;
      prefix.current = null;
      const outcome = outcomeOf(name, allActions(), {
        // what is in a shadow tree is seen from here as its host
        typing: isTyping(event.composedPath()[0] ?? null),
        // a menu has keys of its own, as a dialog has
        dialog: document.querySelector('dialog[open], [role=dialog], [role=menu]') !== null,
        singleKeys: singleKeysOn(),
        prefix: waiting,
      });
      if (!outcome) return;
      event.preventDefault();
      if ('prefix' in outcome) prefix.current = { name: outcome.prefix, at: event.timeStamp };
      else outcome.perform.perform();
    };
    window.addEventListener('keydown', handle);
    return () => window.removeEventListener('keydown', handle);
  }, []);
}
