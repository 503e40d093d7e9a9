// Who changed what, when and from where, newest first. The address holds the filters.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { AuditEntry } from '@/api/types';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { controlClass } from '@/components/Field';
import { FilterBar } from '@/components/FilterBar';
import { TimeAgo } from '@/components/Money';
import { MoreRows } from '@/components/MoreRows';
import { classes } from '@/lib/classes';
import { usePhone } from '@/lib/phone';
import { useWorkspace } from '@/lib/workspace';
import { auditQuery, membersQuery } from '../api';
import { type AuditSearch, detailsText, filterOf, KINDS, nameOfId, operationWords } from '../model/audit';
import { words } from '../strings';

const route = getRouteApi('/w/$workspace/settings/$section');

type People = ReadonlyMap<string, string>;

const columnsFor = (people: People): readonly Column<AuditEntry>[] => [
  {
    id: 'thing',
    header: words.thing,
    width: '38%',
    cell: (entry) => <Thing entry={entry} people={people} details />,
    cellOnPhone: (entry) => <Thing entry={entry} people={people} />,
  },
  {
    id: 'who',
    header: words.who,
    width: '160px',
    cell: (entry) => (
      <span className="block max-w-36 truncate" title={entry.token_id ? words.byToken : undefined}>
        {entry.person.name ?? words.nobody}
        {entry.token_id && <span className="t-12 text-text-3"> {words.byToken}</span>}
      </span>
    ),
  },
  {
    id: 'from',
    header: words.from,
    width: '136px',
    phone: 'hidden',
    from: 'desk',
    cell: (entry) => <span className="mono-12 text-text-2">{entry.address || '—'}</span>,
  },
  {
    id: 'when',
    header: words.when,
    width: '128px',
    align: 'right',
    phone: 'end',
    cell: (entry) => <TimeAgo at={entry.at} />,
    cellOnPhone: (entry) => <TimeAgo at={entry.at} className="t-12 text-text-2" />,
  },
];

/** What it was done to; beside it, where there is room, what changed. */
function Thing({ entry, people, details }: { entry: AuditEntry; people: People; details?: boolean }) {
  const kind = <span className="text-text-2">{entry.kind} </span>;
  const more = details ? detailsText(entry.details, people) : '';
  if (entry.private && !entry.subject) return <span className="text-text-2">{`${entry.kind}, ${words.private}`}</span>;
  const called = entry.name || (entry.subject && nameOfId(entry.subject, people));
  return (
    <span className="flex max-w-[min(24rem,38cqi)] min-w-0 gap-3">
      <span className="min-w-0 shrink truncate" title={called || undefined}>
        {kind}
        {called || words.several}
      </span>
      {more && (
        <span className="t-12 min-w-16 flex-1 truncate self-center text-text-2" title={more}>
          {more}
        </span>
      )}
    </span>
  );
}

export default function Audit() {
  const workspace = useWorkspace();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const members = useQuery(membersQuery(workspace.id)).data ?? [];
  const phone = usePhone();
  const people: People = new Map(members.map((one) => [one.user.id, one.user.name ?? words.nobody]));
  const query = useInfiniteQuery(auditQuery(workspace.id, filterOf(search)));
  const rows = query.data?.pages.flatMap((page) => page.data);
  const filtered = Object.values(search).some(Boolean);
  const choose = (next: AuditSearch) => void navigate({ search: { ...search, ...next } });
  // acts are offered as they occur: there are as many as there are routes
  const acts = [
    ...new Set([...(search.act ? [search.act] : []), ...(rows ?? []).map((entry) => entry.operation)]),
  ].toSorted();
  const filters = [
    {
      id: 'who',
      label: words.who,
      choices: members.map((one) => ({ value: one.user.id, label: one.user.name ?? words.nobody })),
      chosen: search.who ? [search.who] : [],
      onChange: ([who]: readonly string[]) => choose({ who }),
    },
    {
      id: 'kind',
      label: words.kind,
      choices: KINDS.map((kind) => ({ value: kind, label: kind })),
      chosen: search.kind ? [search.kind] : [],
      onChange: ([kind]: readonly string[]) => choose({ kind }),
    },
    {
      id: 'act',
      label: words.act,
      choices: acts.map((act) => ({ value: act, label: operationWords(act) })),
      chosen: search.act ? [search.act] : [],
      onChange: ([act]: readonly string[]) => choose({ act }),
    },
  ];
  return (
    <>
      <FilterBar
        filters={filters}
        end={
          <>
            <Day
              label={words.sinceDay}
              value={search.since}
              most={search.until}
              onChange={(since) => choose({ since })}
            />
            <Day
              label={words.untilDay}
              value={search.until}
              least={search.since}
              onChange={(until) => choose({ until })}
            />
          </>
        }
      />
      <DataTable
        label={words.audit}
        columns={columnsFor(people)}
        rows={rows}
        rowKey={(entry) => entry.id}
        name={{ header: words.what, text: (entry) => operationWords(entry.operation) }}
        secondLine={(entry) => (phone && detailsText(entry.details, people)) || null}
        instead={
          query.isError && !rows ? (
            <ErrorState
              error={query.error}
              what={words.auditFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : rows?.length === 0 ? (
            filtered ? (
              <EmptyState
                sentence={words.auditFilteredEmpty}
                action={<Button onClick={() => void navigate({ search: {} })}>{words.clearFilters}</Button>}
              />
            ) : (
              <EmptyState sentence={words.auditEmpty} />
            )
          ) : undefined
        }
        footer={rows && <MoreRows shown={words.shown(rows.length, query.hasNextPage)} query={query} words={words} />}
      />
    </>
  );
}

type DayProps = {
  label: string;
  value: string | undefined;
  least?: string;
  most?: string;
  onChange: (day: string | undefined) => void;
};

function Day({ label, value, least, most, onChange }: DayProps) {
  return (
    <label className="t-13 flex items-center gap-2 text-text-2">
      {label}
      <input
        type="date"
        value={value ?? ''}
        min={least}
        max={most}
        onChange={(event) => onChange(event.target.value || undefined)}
        className={classes(controlClass, 'h-(--control) max-w-40')}
      />
    </label>
  );
}
