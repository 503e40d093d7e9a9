// Keys as they are drawn in menus, tooltips and buttons. `Mod` is ⌘ on Apple's machines and Ctrl elsewhere.
import { classes } from '@/lib/classes';

const apple = typeof navigator !== 'undefined' && /Mac|iPhone|iPad/.test(navigator.userAgent);

const DRAWN: Record<string, string> = {
  Mod: apple ? '⌘' : 'Ctrl',
  Shift: apple ? '⇧' : 'Shift',
  Alt: apple ? '⌥' : 'Alt',
  Enter: '↵',
  Escape: 'Esc',
  Space: 'Space',
  ArrowUp: '↑',
  ArrowDown: '↓',
};

/** "Mod+K" → ["Ctrl", "K"]; "G W" → ["G", "W"] */
export function drawnKeys(keys: string): string[] {
  return keys.split(/[+ ](?=.)/).map((key) => DRAWN[key] ?? key);
}

/** As aria-keyshortcuts wants it. */
export const ariaKeys = (keys: string): string => keys.replace('Mod', apple ? 'Meta' : 'Control').replaceAll(' ', '+');

export function Kbd({ keys, onAccent, className }: { keys: string; onAccent?: boolean; className?: string }) {
  return (
    <kbd
      aria-hidden="true"
      className={classes(
        't-11 pointer-coarse:hidden shrink-0 whitespace-nowrap',
        onAccent ? 'opacity-80' : 'text-text-3',
        className,
      )}
    >
      {drawnKeys(keys).join(keys.includes('+') && !apple ? '+' : ' ')}
    </kbd>
  );
}
