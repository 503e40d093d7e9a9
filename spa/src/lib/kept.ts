// Small choices of a person on this machine (sidebar, widths): kept when storage allows, never needed.
import { useCallback, useState } from 'react';

export function useKept<T extends string | number | boolean>(name: string, fallback: T): [T, (value: T) => void] {
  const key = `stepmill.${name}`;
  const [value, setValue] = useState<T>(() => {
    try {
      const text = localStorage.getItem(key);
      const read: unknown = text === null ? fallback : JSON.parse(text);
      return typeof read === typeof fallback ? (read as T) : fallback;
    } catch {
      return fallback;
    }
  });
  const change = useCallback(
    (next: T) => {
      setValue(next);
      try {
        localStorage.setItem(key, JSON.stringify(next));
      } catch {
        // storage is off: the choice holds until the page is left
      }
    },
    [key],
  );
  return [value, change];
}
