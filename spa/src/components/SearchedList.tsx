// A list that comes in pages, with a search field over it: its rows, or why there are none. The address holds what was searched for.
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Button } from './Button';
import { DataTable, type DataTableProps } from './DataTable';
import { EmptyState } from './EmptyState';
import { ErrorState } from './ErrorState';
import { type Filter, FilterBar } from './FilterBar';
import { MoreRows } from './MoreRows';

export type ListWords = {
  search: string;
  listFailed: string;
  filteredEmpty: (q: string) => string;
  clearFilters: string;
  shown: (count: number, more: boolean) => string;
  loadMore: string;
  loading: string;
  moreFailed: string;
};

export type SearchedListProps<Row> = Pick<
  DataTableProps<Row>,
  'label' | 'columns' | 'rowKey' | 'name' | 'selectedKey'
> & {
  query: UseInfiniteQueryResult<InfiniteData<{ data: Row[]; next_cursor: string | null }>>;
  q: string | undefined;
  onSearch: (text: string) => void;
  filters?: readonly Filter[];
  /** What to say where nothing was searched for; with filters that is never said. */
  empty?: ReactNode;
  words: ListWords;
};

export function SearchedList<Row>({ query, q, onSearch, filters, empty, words, ...table }: SearchedListProps<Row>) {
  const rows = query.data?.pages.flatMap((page) => page.data);
  const none = rows?.length === 0;
  const chosen = filters?.filter((one) => one.chosen.length > 0) ?? [];
  const narrowed = q !== undefined || chosen.length > 0;
  const clear = () => {
    for (const one of chosen) one.onChange([]);
    if (q !== undefined) onSearch('');
  };
  const instead =
    query.isError && !rows ? (
      <ErrorState
        error={query.error}
        what={words.listFailed}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    ) : none && narrowed ? (
      <EmptyState
        sentence={words.filteredEmpty(q ?? '')}
        action={<Button onClick={clear}>{words.clearFilters}</Button>}
      />
    ) : none ? (
      empty
    ) : undefined;
  return (
    <>
      {(!none || narrowed) && (
        <FilterBar search={{ value: q ?? '', label: words.search, onChange: onSearch }} filters={filters} />
      )}
      <DataTable
        {...table}
        rows={rows}
        instead={instead}
        footer={rows && <MoreRows shown={words.shown(rows.length, query.hasNextPage)} query={query} words={words} />}
      />
    </>
  );
}

/** Beside a name: what the thing is for. The phone has no place for it. */
export function Beside({ text, children }: { text: string; children?: ReactNode }) {
  return (
    <span className="t-12 min-w-0 flex-1 truncate text-text-2 @max-tablet:hidden" title={text}>
      {children} {text}
    </span>
  );
}
