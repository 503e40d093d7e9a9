// What may be spent, done at once, and done in a time: how much of each is used, and how many runs wait for it.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Limit } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { Ellipsis, icon } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { LazyMenu } from '@/components/LazyMenu';
import { SectionHead } from '@/components/Sections';
import { StatusIcon } from '@/components/StatusIcon';
import { useActions } from '@/lib/actions';
import { money } from '@/lib/format';
import { usePhone } from '@/lib/phone';
import { useWorkspace } from '@/lib/workspace';
import { limitsQuery, useDeleteLimit } from '../api';
import { LimitDialog } from '../components/LimitDialog';
import { LimitMeter } from '../components/LimitMeter';
import { scopeOf, sorted, stateOf, useOf } from '../model/limits';
import { type ScopeNames, useScopeNames } from '../scope-names';
import { words } from '../strings';

type Asked = { deed: 'set'; limit: Limit | null } | { deed: 'delete'; limit: Limit } | null;

const keyOf = (limit: Limit) => `${limit.unit} ${limit.scope}`;

function limitWords(limit: Limit): string {
  if (limit.unit === 'money')
    return words.perPeriod(
      money(limit.cost_usd),
      limit.period === 'day' || limit.period === 'month' ? limit.period : 'none',
    );
  if (limit.unit === 'concurrency') return words.atOnce(limit.limit ?? 0);
  return words.inTime(limit.limit ?? 0, limit.per_seconds ?? 1);
}

const aboutWords = (limit: Limit, names: ScopeNames) => names.of(scopeOf(limit.scope));

export default function Limits() {
  const workspace = useWorkspace();
  const query = useQuery(limitsQuery(workspace.id));
  const names = useScopeNames();
  // its column has no place there
  const phone = usePhone();
  const [asked, setAsked] = useState<Asked>(null);
  const rows = query.data && sorted(query.data);
  const bad = rows?.filter((limit) => stateOf(limit) !== 'free').length ?? 0;
  const add = () => setAsked({ deed: 'set', limit: null });
  useActions([{ id: 'limit.add', name: words.addLimit, keys: 'C', group: words.settings, perform: add }]);
  const columns: readonly Column<Limit>[] = [
    { id: 'limit', header: words.limit, width: '168px', cell: limitWords },
    {
      id: 'used',
      header: words.used,
      width: '280px',
      cell: (limit) => <Used limit={limit} name={aboutWords(limit, names)} />,
    },
    {
      id: 'waiting',
      header: words.waitingRuns,
      width: '136px',
      align: 'right',
      phone: 'hidden',
      cell: (limit) => <Waiting limit={limit} />,
    },
    {
      id: 'actions',
      header: words.actions,
      quietHeader: true,
      width: '52px',
      align: 'right',
      phone: 'end',
      cell: (limit) => <LimitMenu limit={limit} name={aboutWords(limit, names)} onAsk={setAsked} />,
    },
  ];
  return (
    <>
      <SectionHead
        count={rows?.length}
        facts={
          bad > 0
            ? [
                <span key="bad" className="text-waiting">
                  {words.limitsNeedLooking(bad)}
                </span>,
              ]
            : undefined
        }
        primary={
          <Button look="primary" keys="C" onClick={add}>
            {words.addLimit}
          </Button>
        }
      />
      <DataTable
        label={words.limits}
        columns={columns}
        rows={rows}
        rowKey={keyOf}
        skeletonRows={4}
        name={{ header: words.about, text: (limit) => aboutWords(limit, names) }}
        secondLine={(limit) => (phone && limit.waiting > 0 ? <Waiting limit={limit} /> : null)}
        instead={
          query.isError && !rows ? (
            <ErrorState
              error={query.error}
              what={words.limitsFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : rows?.length === 0 ? (
            <EmptyState sentence={words.limitsEmpty} />
          ) : undefined
        }
      />
      {asked?.deed === 'set' && <LimitDialog was={asked.limit} onClose={() => setAsked(null)} />}
      {asked?.deed === 'delete' && <DeleteLimit limit={asked.limit} onClose={() => setAsked(null)} />}
    </>
  );
}

function Used({ limit, name }: { limit: Limit; name: string }) {
  const use = useOf(limit);
  const state = stateOf(limit);
  if (!use) return <span className="text-text-3">{words.notCounted}</span>;
  const text = limit.unit === 'money' ? money(limit.spent_usd) : words.inUse(limit.in_use ?? 0);
  return (
    <span className="flex min-w-0 items-center gap-3">
      <span className="w-20 shrink-0 @max-tablet:hidden">
        <LimitMeter use={use} state={state} name={name} />
      </span>
      <span className="min-w-0 truncate">
        {text}
        {limit.unit === 'money' && (limit.reserved_usd ?? 0) > 0 && (
          <span className="text-text-2"> + {words.reservedWord(money(limit.reserved_usd))}</span>
        )}
      </span>
      {state !== 'free' && (
        <span
          className={state === 'near' ? 'flex items-center gap-1 text-waiting' : 'flex items-center gap-1 text-failed'}
        >
          <StatusIcon status={state === 'near' ? 'waiting' : 'failed'} size={14} decorative />
          {state === 'near' ? words.limitNear : words.limitReached}
        </span>
      )}
    </span>
  );
}

function Waiting({ limit }: { limit: Limit }) {
  return limit.waiting > 0 ? (
    <span className="text-waiting">{words.runsWait(limit.waiting)}</span>
  ) : (
    <span className="text-text-3">—</span>
  );
}

function LimitMenu({ limit, name, onAsk }: { limit: Limit; name: string; onAsk: (asked: Asked) => void }) {
  const label = words.actionsOf(`${name}, ${words.units[limit.unit]}`);
  return (
    <LazyMenu
      label={label}
      align="end"
      trigger={
        <IconButton label={label}>
          <Ellipsis {...icon} />
        </IconButton>
      }
      sections={[
        { items: [{ id: 'change', name: words.change, onSelect: () => onAsk({ deed: 'set', limit }) }] },
        {
          items: [
            { id: 'delete', name: words.deleteMore, danger: true, onSelect: () => onAsk({ deed: 'delete', limit }) },
          ],
        },
      ]}
    />
  );
}

function DeleteLimit({ limit, onClose }: { limit: Limit; onClose: () => void }) {
  const workspace = useWorkspace();
  const remove = useDeleteLimit(workspace.id);
  const names = useScopeNames();
  return (
    <AskDialog
      title={words.deleteLimitTitle}
      verb={words.deleteLimitIt}
      busyVerb={words.deleting}
      keep={words.keepLimit}
      busy={remove.isPending}
      error={remove.error}
      notDone={words.notDeleted}
      onPerform={() => remove.mutate({ unit: limit.unit, scope: limit.scope }, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p className="font-medium">
        {aboutWords(limit, names)}: {limitWords(limit)}
      </p>
      <p>{words.deleteLimitText(limit.waiting)}</p>
    </AskDialog>
  );
}
