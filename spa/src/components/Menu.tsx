// A menu under its button. Items may be actions of the registry; dangerous ones stand last, after a line.
import { DropdownMenu } from 'radix-ui';
import type { ComponentType, ReactElement } from 'react';
import { type Action, possible } from '@/lib/actions';
import { classes } from '@/lib/classes';
import { Check, smallIcon } from './Icon';
import { Kbd } from './Kbd';

export type MenuItem = {
  id: string;
  name: string;
  /** Second line: "owner". */
  note?: string;
  glyph?: ComponentType<{ className?: string }>;
  keys?: string;
  danger?: boolean;
  disabled?: boolean;
  /** A choice: drawn with a check when true. */
  checked?: boolean;
  onSelect: () => void;
};

export type MenuSection = { label?: string; items: readonly MenuItem[] };

export type MenuProps = {
  /** The button; it gets the semantics. */
  trigger: ReactElement;
  label: string;
  sections: readonly MenuSection[];
  align?: 'start' | 'end';
  side?: 'top' | 'bottom';
  defaultOpen?: boolean;
};

export const menuItemOf = (action: Action): MenuItem => ({
  id: action.id,
  name: action.name,
  glyph: action.glyph,
  keys: action.keys,
  danger: action.danger,
  disabled: !possible(action),
  onSelect: action.perform,
});

export function Menu({ trigger, label, sections, align = 'start', side = 'bottom', defaultOpen }: MenuProps) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen={defaultOpen}>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          aria-label={label}
          align={align}
          side={side}
          sideOffset={4}
          collisionPadding={8}
          className="pop z-(--z-pop) min-w-48 max-w-80 rounded-card border border-line-2 bg-bg-2 p-1 shadow-(--shadow-pop)"
        >
          {sections.map((section, index) => (
            <DropdownMenu.Group
              key={section.label ?? index}
              className={classes(index > 0 && 'mt-1 border-t border-line-1 pt-1')}
            >
              {section.label && (
                <DropdownMenu.Label className="t-12 px-2 py-1 text-text-3">{section.label}</DropdownMenu.Label>
              )}
              {section.items.map((item) => (
                <Item key={item.id} item={item} />
              ))}
            </DropdownMenu.Group>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

function Item({ item }: { item: MenuItem }) {
  const Glyph = item.glyph;
  const inner = (
    <>
      {item.checked !== undefined && <span className="w-4 shrink-0">{item.checked && <Check {...smallIcon} />}</span>}
      {Glyph && <Glyph className="size-4 shrink-0" />}
      <span className="min-w-0 flex-1">
        <span className="block truncate">{item.name}</span>
        {item.note && <span className="t-12 block truncate text-text-3">{item.note}</span>}
      </span>
      {item.keys && <Kbd keys={item.keys} />}
    </>
  );
  const look = classes(
    't-13 flex min-h-(--control) cursor-default items-center gap-2 rounded-control px-2 select-none data-disabled:opacity-60 data-highlighted:bg-hover',
    item.danger && 'text-danger',
  );
  if (item.checked === undefined)
    return (
      <DropdownMenu.Item className={look} disabled={item.disabled} onSelect={item.onSelect}>
        {inner}
      </DropdownMenu.Item>
    );
  return (
    <DropdownMenu.CheckboxItem
      className={look}
      checked={item.checked}
      disabled={item.disabled}
      onSelect={item.onSelect}
    >
      {inner}
    </DropdownMenu.CheckboxItem>
  );
}
