// JSON as a tree, closed beyond depth 2 and past 50 children; long strings are cut with their size. Arrows move, one tab stop.
import { type KeyboardEvent, useRef, useState } from 'react';
import { classes } from '@/lib/classes';
import { bytes, plural } from '@/lib/format';
import { ChevronRight, smallIcon } from './Icon';

const OPEN_DEPTH = 2;
const MOST_CHILDREN = 50;
const LONG_STRING = 300;

export type JsonTreeProps = { value: unknown; label: string };

export function JsonTree({ value, label }: JsonTreeProps) {
  const root = useRef<HTMLUListElement>(null);
  return (
    <ul
      ref={root}
      role="tree"
      aria-label={label}
      className="mono-12 overflow-x-auto py-1"
      onKeyDown={(event) => move(root.current, event)}
    >
      <Node name={null} value={value} depth={0} first />
    </ul>
  );
}

function move(root: HTMLElement | null, event: KeyboardEvent) {
  const current = document.activeElement;
  if (!root || !(current instanceof HTMLElement) || current.getAttribute('role') !== 'treeitem') return;
  const items = [...root.querySelectorAll<HTMLElement>('[role=treeitem]')];
  const at = items.indexOf(current);
  const go = (item: HTMLElement | null | undefined) => {
    if (!item) return;
    current.tabIndex = -1;
    item.tabIndex = 0;
    item.focus();
  };
  const expanded = current.getAttribute('aria-expanded');
  const toggle = () => current.querySelector<HTMLElement>(':scope > [data-toggle]')?.click();
  const keys: Record<string, () => void> = {
    ArrowDown: () => go(items[at + 1]),
    ArrowUp: () => go(items[at - 1]),
    Home: () => go(items[0]),
    End: () => go(items.at(-1)),
    ArrowRight: () => (expanded === 'false' ? toggle() : expanded === 'true' && go(items[at + 1])),
    ArrowLeft: () =>
      expanded === 'true' ? toggle() : go(current.parentElement?.closest<HTMLElement>('[role=treeitem]')),
    Enter: toggle,
  };
  const act = keys[event.key];
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}

type NodeProps = { name: string | number | null; value: unknown; depth: number; first?: boolean };

function Node({ name, value, depth, first }: NodeProps) {
  const entries = childrenOf(value);
  const [open, setOpen] = useState(depth < OPEN_DEPTH && (entries?.length ?? 0) <= MOST_CHILDREN);
  const [shown, setShown] = useState(MOST_CHILDREN);
  const key =
    name === null ? null : (
      <span className="text-code-key">{typeof name === 'number' ? name : JSON.stringify(name)}: </span>
    );
  if (!entries)
    return (
      <li role="treeitem" tabIndex={first ? 0 : -1} className="rounded-bar pl-4 -outline-offset-2">
        {key}
        <Leaf value={value} />
      </li>
    );
  const array = Array.isArray(value);
  return (
    <li role="treeitem" aria-expanded={open} tabIndex={first ? 0 : -1} className="rounded-bar -outline-offset-2">
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the tree item has the keys */}
      <span
        data-toggle
        className="inline-flex cursor-pointer items-center hover:bg-hover"
        onClick={() => setOpen(!open)}
      >
        <ChevronRight {...smallIcon} className={classes('w-4 shrink-0 text-text-3', open && 'rotate-90')} />
        <span>
          {key}
          <span className="text-text-3">
            {array ? '[' : '{'}
            {!open && ` ${plural(entries.length, array ? 'item' : 'key')} ${array ? ']' : '}'}`}
          </span>
        </span>
      </span>
      {open && (
        <ul role="group" className="pl-4">
          {entries.slice(0, shown).map(([childName, child]) => (
            <Node key={childName} name={childName} value={child} depth={depth + 1} />
          ))}
          {entries.length > shown && (
            <li role="none">
              <button type="button" className="link pl-4" onClick={() => setShown(shown + MOST_CHILDREN)}>
                {entries.length - shown} more
              </button>
            </li>
          )}
        </ul>
      )}
      {open && <span className="pl-4 text-text-3">{array ? ']' : '}'}</span>}
    </li>
  );
}

function childrenOf(value: unknown): [string | number, unknown][] | null {
  if (Array.isArray(value)) return value.map((child, index) => [index, child]);
  if (typeof value === 'object' && value !== null) return Object.entries(value);
  return null;
}

function Leaf({ value }: { value: unknown }) {
  const [whole, setWhole] = useState(false);
  if (typeof value === 'number') return <span className="text-code-num">{value}</span>;
  if (typeof value !== 'string') return <span className="text-code-word">{JSON.stringify(value) ?? 'undefined'}</span>;
  const cut = !whole && value.length > LONG_STRING;
  return (
    <span className="wrap-break-word whitespace-pre-wrap text-code-str">
      {JSON.stringify(cut ? value.slice(0, LONG_STRING) : value).slice(0, cut ? -1 : undefined)}
      {cut && (
        <button type="button" className="link ml-1" onClick={() => setWhole(true)}>
          … show {bytes(new Blob([value]).size)}
        </button>
      )}
    </span>
  );
}
