// Search field and chips over a list. The address is the state: the bar only shows it and says what was chosen.
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { useActions } from '@/lib/actions';
import { classes } from '@/lib/classes';
import { controlClass } from './Field';
import { ChevronDown, Search, smallIcon, X } from './Icon';
import { IconButton } from './IconButton';
import { LazyMenu } from './LazyMenu';

export type FilterChoice = { value: string; label: string; count?: number };

export type Filter = {
  id: string;
  /** "Status" */
  label: string;
  choices: readonly FilterChoice[];
  /** Chosen values; empty: any. */
  chosen: readonly string[];
  /** Several may be chosen. */
  several?: boolean;
  onChange: (chosen: readonly string[]) => void;
};

export type FilterBarProps = {
  /** Left out: no search here. */
  search?: { value: string; label: string; onChange: (value: string) => void };
  filters?: readonly Filter[];
  /** At the end: "Sort", "Load automatically". */
  end?: ReactNode;
};

const TYPING_MS = 200;

export function FilterBar({ search, filters = [], end }: FilterBarProps) {
  const field = useRef<HTMLInputElement>(null);
  const active = filters.some((filter) => filter.chosen.length > 0) || Boolean(search?.value);
  const clear = () => {
    for (const filter of filters) if (filter.chosen.length > 0) filter.onChange([]);
    if (search?.value) search.onChange('');
    field.current?.focus();
  };
  return (
    <search className="flex min-h-10 flex-wrap items-center gap-2 px-(--gutter) py-1.5">
      {search && <SearchField {...search} field={field} />}
      {filters.map((filter) => (
        <FilterChip key={filter.id} filter={filter} />
      ))}
      {active && (
        <button type="button" className="link t-12 min-h-6" onClick={clear}>
          Clear
        </button>
      )}
      {end && <span className="ml-auto flex flex-wrap items-center gap-2 @max-tablet:ml-0">{end}</span>}
    </search>
  );
}

function SearchField({
  value,
  label,
  onChange,
  field,
}: NonNullable<FilterBarProps['search']> & { field: React.RefObject<HTMLInputElement | null> }) {
  const [typed, setTyped] = useState(value);
  const sent = useRef(value);
  // the address changed by itself (back, Clear): take it
  if (sent.current !== value) {
    sent.current = value;
    if (typed !== value) setTyped(value);
  }
  // the newest one, without beginning to wait anew with each of them
  const tell = useRef(onChange);
  tell.current = onChange;
  useEffect(() => {
    if (typed === sent.current) return;
    const timer = setTimeout(() => {
      sent.current = typed;
      tell.current(typed);
    }, TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  useActions([
    {
      id: 'list.filter',
      name: 'Filter this list',
      keys: '/',
      group: 'This list',
      perform: () => field.current?.focus(),
    },
  ]);
  return (
    <span className="relative w-60 @max-tablet:w-full">
      <Search {...smallIcon} className="pointer-events-none absolute top-1/2 left-2 -translate-y-1/2 text-text-3" />
      <input
        ref={field}
        type="search"
        aria-label={label}
        placeholder={label}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
        onKeyDown={(event) => event.key === 'Escape' && typed === '' && field.current?.blur()}
        className={classes(controlClass, 'h-(--control) pl-7 placeholder:text-text-3')}
      />
    </span>
  );
}

function FilterChip({ filter }: { filter: Filter }) {
  const { chosen, choices, several, label, onChange } = filter;
  const words = choices.filter((choice) => chosen.includes(choice.value)).map((choice) => choice.label);
  const toggle = (value: string) => {
    if (several) onChange(chosen.includes(value) ? chosen.filter((other) => other !== value) : [...chosen, value]);
    else onChange(chosen.includes(value) ? [] : [value]);
  };
  const set = words.length > 0;
  return (
    <span
      className={classes(
        'inline-flex items-center rounded-control border',
        set ? 'border-line-3 bg-bg-2' : 'border-line-2',
      )}
    >
      <LazyMenu
        label={label}
        trigger={
          <button
            type="button"
            className="t-13 inline-flex h-(--control) items-center gap-1 px-2 text-text-2 hover:text-text-1"
          >
            <span>
              {label}
              {set && <span className="text-text-1">: {words.join(', ')}</span>}
            </span>
            <ChevronDown {...smallIcon} />
          </button>
        }
        sections={[
          {
            items: choices.map((choice) => ({
              id: choice.value,
              name: choice.label,
              note: choice.count === undefined ? undefined : String(choice.count),
              checked: chosen.includes(choice.value),
              onSelect: () => toggle(choice.value),
            })),
          },
        ]}
      />
      {set && (
        <IconButton label={`Any ${label.toLowerCase()}`} onClick={() => onChange([])} className="-ml-1">
          <X {...smallIcon} />
        </IconButton>
      )}
    </span>
  );
}
