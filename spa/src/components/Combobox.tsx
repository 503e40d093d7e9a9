// A field with a list: ↓ opens, typing filters, Enter takes, Esc closes. What the list holds for a text is the owner's business.
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { classes } from '@/lib/classes';
import { controlClass } from './Field';
import { ChevronDown, smallIcon } from './Icon';

export type ComboOption = {
  id: string;
  label: string;
  note?: string;
  group?: string;
  /** Said, not to be taken: "being loaded…" */
  quiet?: boolean;
};

export type ComboboxProps = {
  id?: string;
  label: string;
  /** What is chosen, as shown while the list is closed. */
  value: string;
  /** The list for what is typed; '' when nothing was. */
  optionsFor: (typed: string) => readonly ComboOption[];
  onPick: (id: string, typed: string) => void;
  /** What is typed, for owners that ask a server. */
  onTyped?: (typed: string) => void;
  placeholder?: string;
  invalid?: boolean;
  describedBy?: string;
  className?: string;
};

export function Combobox({
  id,
  label,
  value,
  optionsFor,
  onPick,
  onTyped,
  placeholder,
  invalid,
  describedBy,
  className,
}: ComboboxProps) {
  const made = useId();
  const ownId = id ?? made;
  const listId = `${ownId}-list`;
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const options = open ? optionsFor(typed ?? '') : [];
  const at = Math.min(active, options.length - 1);
  const optionId = (index: number) => `${listId}-${index}`;

  const show = () => {
    if (open) return;
    setOpen(true);
    setActive(
      Math.max(
        0,
        optionsFor('').findIndex((option) => option.label === value),
      ),
    );
  };
  const close = () => {
    setOpen(false);
    setTyped(null);
    onTyped?.('');
  };
  const pick = (option: ComboOption | undefined) => {
    if (!option || option.quiet) return;
    onPick(option.id, typed ?? '');
    close();
  };
  const walk = (to: number) => {
    if (options.length > 0) setActive((to + options.length) % options.length);
    requestAnimationFrame(() =>
      document.getElementById(listId)?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }),
    );
  };
  const onKeyDown = (event: KeyboardEvent) => {
    // with Alt the arrows move what the field stands in
    if (event.ctrlKey || event.metaKey || event.altKey || event.nativeEvent.isComposing) return;
    const moves: Record<string, () => void> = {
      ArrowDown: () => (open ? walk(at + 1) : show()),
      ArrowUp: () => (open ? walk(at - 1) : show()),
      Enter: () => (open ? pick(options[at]) : show()),
    };
    if (open) moves.Escape = close;
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };
  return (
    <span className={classes('relative block min-w-0', className)}>
      <input
        ref={input}
        id={ownId}
        role="combobox"
        aria-label={label}
        aria-expanded={open}
        aria-controls={open ? listId : undefined}
        aria-autocomplete="list"
        aria-activedescendant={open && at >= 0 ? optionId(at) : undefined}
        aria-invalid={invalid || undefined}
        aria-describedby={describedBy}
        autoComplete="off"
        spellCheck={false}
        placeholder={placeholder}
        value={typed ?? value}
        onChange={(event) => {
          setTyped(event.target.value);
          onTyped?.(event.target.value);
          setOpen(true);
          setActive(0);
        }}
        onClick={show}
        onFocus={(event) => event.target.select()}
        onBlur={close}
        onKeyDown={onKeyDown}
        className={classes(controlClass, 'h-(--control) truncate pr-6 placeholder:text-text-3')}
      />
      <ChevronDown
        {...smallIcon}
        className="pointer-events-none absolute top-1/2 right-1.5 -translate-y-1/2 text-text-3"
      />
      {open && (
        <OptionList
          listId={listId}
          label={label}
          options={options}
          active={at}
          optionId={optionId}
          onPick={pick}
          onActive={setActive}
        />
      )}
    </span>
  );
}

type OptionListProps = {
  listId: string;
  label: string;
  options: readonly ComboOption[];
  active: number;
  optionId: (index: number) => string;
  onPick: (option: ComboOption) => void;
  onActive: (index: number) => void;
};

/** The list under a field that keeps the focus and has the keys. */
export function OptionList({ listId, label, options, active, optionId, onPick, onActive }: OptionListProps) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  return (
    <div
      ref={box}
      id={listId}
      role="listbox"
      tabIndex={-1}
      aria-label={label}
      // the focus stays in the field
      onPointerDown={(event) => event.preventDefault()}
      onMouseDown={(event) => event.preventDefault()}
      className="absolute top-full left-0 z-(--z-pop) mt-1 max-h-72 w-max min-w-full max-w-[min(420px,90vw)] overflow-y-auto rounded-card border border-line-2 bg-bg-2 p-1 shadow-(--shadow-pop)"
    >
      {options.map((option, index) => (
        <div key={option.id} role="presentation">
          {option.group && option.group !== options[index - 1]?.group && (
            <div role="presentation" className="t-12 px-2 pt-1.5 pb-0.5 text-text-3">
              {option.group}
            </div>
          )}
          {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys */}
          <div
            id={optionId(index)}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            aria-disabled={option.quiet || undefined}
            onPointerMove={() => onActive(index)}
            onClick={() => onPick(option)}
            className={classes(
              't-13 flex min-h-(--control) cursor-default items-center gap-3 rounded-control px-2',
              option.quiet ? 'text-text-2' : index === active && 'tread',
            )}
          >
            <span className="min-w-0 flex-1 truncate">{option.label}</span>
            {option.note && <span className="t-12 max-w-40 truncate text-text-3">{option.note}</span>}
          </div>
        </div>
      ))}
    </div>
  );
}
