// What happened, newest first: of one's own account, or of all of them. One kind can be picked; the address keeps it.
import type { AccountEvent, Activity } from '@/api/types';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { FilterBar } from '@/components/FilterBar';
import { TimeAgo } from '@/components/Money';
import { MoreRows } from '@/components/MoreRows';
import { EVENT_NAMES, activityWords as words } from '../activity-strings';
import { noteOf } from '../model/activity';

const who = (person: Activity['actor']): string => (person ? (person.name ?? words.gone) : words.nobody);

const by = (one: Activity): string => {
  // nobody is signed in before that
  if (one.event === 'session.began' && !one.actor) return who(one.user);
  if (!one.operation && !one.actor) return one.event === 'sign_in.failed' ? words.nobody : words.onServer;
  return one.token_id ? `${who(one.actor)}, ${words.byToken}` : who(one.actor);
};

const WHOSE: Column<Activity> = {
  id: 'whose',
  header: words.whose,
  width: '160px',
  cell: (one) => (
    <span className="block max-w-40 truncate">{one.user ? (one.user.name ?? words.gone) : words.installation}</span>
  ),
};
const REST: readonly Column<Activity>[] = [
  {
    id: 'by',
    header: words.by,
    width: '192px',
    phone: 'hidden',
    cell: (one) => <span className="block max-w-48 truncate">{by(one)}</span>,
  },
  { id: 'from', header: words.from, width: '160px', from: 'desk', cell: (one) => one.address },
  {
    id: 'when',
    header: words.when,
    width: '120px',
    align: 'right',
    phone: 'end',
    cell: (one) => <TimeAgo at={one.at} />,
  },
];
const OWN = REST;
const ALL = [WHOSE, ...REST];

export type ActivityTableProps = {
  query: {
    data?: { pages: readonly { data: readonly Activity[] }[] };
    isError: boolean;
    error: unknown;
    isFetching: boolean;
    refetch: () => unknown;
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
  };
  /** Of everybody: whose account it is stands beside it. */
  all?: boolean;
  event: AccountEvent | undefined;
  onEvent: (event: AccountEvent | undefined) => void;
};

export function ActivityTable({ query, all, event, onEvent }: ActivityTableProps) {
  const rows = query.data?.pages.flatMap((page) => page.data);
  const filter = {
    id: 'event',
    label: words.what,
    choices: EVENT_NAMES.map((one) => ({ value: one, label: words.event(one) })),
    chosen: event ? [event] : [],
    onChange: ([chosen]: readonly string[]) => onEvent(EVENT_NAMES.find((one) => one === chosen)),
  };
  return (
    <>
      <FilterBar filters={[filter]} />
      <DataTable
        label={words.title}
        columns={all ? ALL : OWN}
        rows={rows}
        rowKey={(one) => one.id}
        name={{
          header: words.what,
          text: (one) => words.event(one.event),
          after: (one) => <span className="t-12 min-w-0 flex-1 truncate text-text-2">{noteOf(one)}</span>,
        }}
        instead={
          query.isError && !rows ? (
            <ErrorState
              error={query.error}
              what={words.failed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : rows?.length === 0 ? (
            <EmptyState
              sentence={event ? words.noneFit : words.empty}
              action={event && <Button onClick={() => onEvent(undefined)}>{words.clear}</Button>}
            />
          ) : undefined
        }
        footer={rows && <MoreRows shown={words.shown(rows.length, query.hasNextPage)} query={query} words={words} />}
      />
    </>
  );
}
