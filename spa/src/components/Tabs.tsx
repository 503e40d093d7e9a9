// Tabs are links: each has an address.
import { Link, type LinkProps } from '@tanstack/react-router';
import { type ReactNode, useLayoutEffect, useRef } from 'react';
import { classes } from '@/lib/classes';

export type Tab = { id: string; label: ReactNode; count?: number } & Pick<LinkProps, 'to' | 'params' | 'search'>;

export function Tabs({ label, tabs, current }: { label: string; tabs: readonly Tab[]; current: string }) {
  const box = useRef<HTMLElement>(null);
  // where they do not all fit, the current one is in view
  // biome-ignore lint/correctness/useExhaustiveDependencies: another current tab is another place
  useLayoutEffect(() => {
    const tab = box.current?.querySelector<HTMLElement>('[aria-current]');
    if (box.current && tab) box.current.scrollLeft = tab.offsetLeft + tab.offsetWidth / 2 - box.current.clientWidth / 2;
  }, [current]);
  return (
    <nav ref={box} aria-label={label} className="relative -mx-1 flex gap-4 overflow-x-auto px-1">
      {tabs.map((tab) => (
        <Link
          key={tab.id}
          to={tab.to}
          params={tab.params}
          search={tab.search}
          replace
          aria-current={tab.id === current ? 'page' : undefined}
          className={classes(
            't-13 flex h-(--row) items-center gap-1 whitespace-nowrap -outline-offset-2',
            tab.id === current
              ? 'border-b-2 border-accent font-medium text-text-1'
              : 'pb-0.5 text-text-2 hover:text-text-1',
          )}
        >
          {tab.label}
          {tab.count !== undefined && <span className="text-text-3">{tab.count}</span>}
        </Link>
      ))}
    </nav>
  );
}
