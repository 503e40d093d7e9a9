// A text with templates: {{ opens a list of what may be filled in there, so does Ctrl+Space; typing filters, Enter takes, Esc closes. What the list
// holds is the owner's business.
import { type KeyboardEvent, useId, useRef, useState } from 'react';
import { announce } from '@/lib/announce';
import { type ComboOption, OptionList } from './Combobox';
import type { FieldFacts } from './Field';
import { TextArea } from './TextArea';
import { TextField } from './TextField';

export type FillableTextProps = FieldFacts & {
  id?: string;
  value: string;
  onChange: (value: string) => void;
  /** Several lines, of so many at least. */
  rows?: number;
  mono?: boolean;
  maxLength?: number;
  /** All that may be filled in; the id of an option is the path. */
  fills: readonly ComboOption[];
  /** What is said: of its button, and of how many there are. */
  words: { button: string; short: string; count: (count: number) => string; none: string };
};

type Open = { from: number; typed: string };

/** What is being typed behind the last {{ before the caret. */
const BEGUN = /\{\{\s*([\p{L}\p{N}_.[\]-]*)$/u;
const CLOSED = /^[\p{L}\p{N}_.[\]-]*\s*\}\}/u;

export function FillableText({ rows, mono, value, onChange, fills, words, ...field }: FillableTextProps) {
  const made = useId();
  const id = field.id ?? made;
  const listId = `${id}-fills`;
  const box = useRef<HTMLTextAreaElement & HTMLInputElement>(null);
  const [open, setOpen] = useState<Open | null>(null);
  const [active, setActive] = useState(0);
  const wanted = open?.typed.toLowerCase() ?? '';
  const found = open ? fills.filter(({ id, note }) => `${id} ${note ?? ''}`.toLowerCase().includes(wanted)) : [];
  const options: readonly ComboOption[] = found.length > 0 ? found : [{ id: 'none', label: words.none, quiet: true }];
  const at = Math.min(active, options.length - 1);
  const optionId = (index: number) => `${listId}-${index}`;

  const show = (next: Open | null) => {
    if (next && !open) announce(words.count(fills.length));
    setOpen(next);
    setActive(0);
  };
  const openHere = () => {
    const caret = box.current?.selectionStart ?? value.length;
    const begun = BEGUN.exec(value.slice(0, caret));
    show(begun ? { from: begun.index, typed: begun[1] ?? '' } : { from: caret, typed: '' });
  };
  const pick = (option: ComboOption | undefined) => {
    if (!option || option.quiet || !open) return;
    const caret = Math.max(open.from, box.current?.selectionStart ?? value.length);
    const text = `{{${option.id}}}`;
    const begun = BEGUN.test(value.slice(open.from, caret));
    const rest = value.slice(caret);
    onChange(value.slice(0, open.from) + text + (begun ? rest.replace(CLOSED, '') : rest));
    setOpen(null);
    requestAnimationFrame(() => {
      box.current?.focus();
      box.current?.setSelectionRange(open.from + text.length, open.from + text.length);
    });
  };
  const walk = (to: number) => {
    setActive((to + options.length) % options.length);
    requestAnimationFrame(() =>
      document.getElementById(listId)?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }),
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    const opens = event.key === ' ' && event.ctrlKey;
    if (event.ctrlKey !== opens || event.metaKey || event.altKey) return;
    const moves: Record<string, () => void> = open
      ? {
          ArrowDown: () => walk(at + 1),
          ArrowUp: () => walk(at - 1),
          Enter: () => pick(options[at]),
          Escape: () => setOpen(null),
        }
      : {};
    const move = opens ? openHere : moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };
  const change = (text: string) => {
    onChange(text);
    const caret = box.current?.selectionStart ?? text.length;
    const begun = BEGUN.exec(text.slice(0, caret));
    show(begun ? { from: begun.index, typed: begun[1] ?? '' } : null);
  };
  const shared = {
    ...field,
    id,
    ref: box,
    value,
    onChange: change,
    onKeyDown,
    onBlur: () => setOpen(null),
    mono,
    spellCheck: false,
    autoCapitalize: 'none',
    'aria-autocomplete': 'list',
    'aria-controls': open ? listId : undefined,
    'aria-activedescendant': open ? optionId(at) : undefined,
    aside: (
      <button
        type="button"
        // by keys: {{ or Ctrl+Space, in the field
        tabIndex={-1}
        aria-label={words.button}
        title={`${words.button} (Ctrl Space)`}
        onPointerDown={(event) => event.preventDefault()}
        onMouseDown={(event) => event.preventDefault()}
        onClick={() => {
          box.current?.focus();
          openHere();
        }}
        className="mono-12 min-h-6 rounded-badge px-1 text-text-3 hover:bg-bg-3 hover:text-text-1 pointer-coarse:min-h-(--control)"
      >
        {words.short}
      </button>
    ),
  } as const;
  return (
    <div className="relative min-w-0">
      {rows === undefined ? <TextField {...shared} /> : <TextArea {...shared} rows={rows} />}
      {open && (
        <OptionList
          listId={listId}
          label={words.button}
          options={options}
          active={at}
          optionId={optionId}
          onPick={pick}
          onActive={setActive}
        />
      )}
    </div>
  );
}
