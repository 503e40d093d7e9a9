// History: all runs of the workspace, newest first. The address holds the filter; rows that run renew themselves in place, and new runs wait
// behind "3 new runs" unless nobody could be disturbed by them.
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { api, keys, unwrap } from '@/api/client';
import type { RunFacts, RunStatus } from '@/api/types';
import { Button, buttonClass } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { FilterBar } from '@/components/FilterBar';
import { Flight } from '@/components/Flight';
import { Duration, TimeAgo } from '@/components/Money';
import { MoreRows } from '@/components/MoreRows';
import { PageHeader } from '@/components/PageHeader';
import { StatusIcon } from '@/components/StatusIcon';
import { projectChoicesQuery } from '@/features/projects/api';
import { usePhone } from '@/lib/phone';
import { hasEnded, STATUS } from '@/lib/status';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { allWords } from './all-strings';
import { newestRunsQuery, type RunsFilter, runsQuery } from './api';
import { RunCost } from './components/RunCost';
import { deedWords } from './deed-strings';
import { marksOf } from './model/facts';
import { fits, listed, newRuns, STATUSES, statusesOf, withNewRuns } from './model/list';
import { words } from './strings';
import { useSelection } from './useSelection';

const BulkBar = lazy(() => import('./components/BulkBar'));
const AllRunsDialog = lazy(() => import('./components/AllRunsDialog'));

const route = getRouteApi('/w/$workspace/runs');
const GOING_MS = 3_000;
const QUIET_MS = 20_000;

const COLUMNS: readonly Column<RunFacts>[] = [
  {
    id: 'flight',
    header: words.steps,
    width: '200px',
    cell: (run) => <Flight marks={marksOf(run)} total={run.step_count} size="row" count="short" className="w-40" />,
    cellOnPhone: (run) => (
      <Flight marks={marksOf(run)} total={run.step_count} size="card" count="short" className="w-24" />
    ),
  },
  {
    id: 'time',
    header: words.time,
    width: '88px',
    align: 'right',
    cell: (run) => <Duration ms={run.duration_ms} since={hasEnded(run.status) ? null : run.created_at} />,
  },
  { id: 'cost', header: words.cost, width: '96px', align: 'right', cell: (run) => <RunCost run={run} /> },
  {
    id: 'by',
    header: words.by,
    width: '144px',
    phone: 'hidden',
    from: 'desk',
    cell: (run) => <span className="block max-w-32 truncate">{run.created_by.name ?? words.unknownPerson}</span>,
  },
  {
    id: 'when',
    header: words.when,
    width: '120px',
    align: 'right',
    phone: 'end',
    cell: (run) => <TimeAgo at={run.created_at} />,
    cellOnPhone: (run) => <TimeAgo at={run.created_at} className="t-12 text-text-2" />,
  },
];

export function RunsPage() {
  const workspace = useWorkspace();
  const params = { workspace: workspace.slug };
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const statuses = statusesOf(search.status);
  const filter = { status: statuses.join(',') || undefined, workflow: search.workflow, project: search.project };
  const filtered = Object.values(filter).some((one) => one !== undefined);
  const box = useRef<HTMLDivElement>(null);
  const may = mayEdit(workspace);
  const selection = useSelection(may);
  const [all, setAll] = useState(false);
  useTitle({ title: words.runs });

  const { query, rows, fresh, takeNew } = useRuns(workspace.id, filter);
  const disturbs = () => {
    const scroller = box.current?.closest('[data-scroller]');
    return filtered || (scroller?.scrollTop ?? 0) > 0 || box.current?.matches(':hover, :focus-within');
  };
  const waiting = fresh.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: looked at when runs arrive, not when the reader moves
  useEffect(() => {
    if (waiting > 0 && !disturbs()) takeNew();
  }, [waiting]);

  const choose = (next: RunsFilter) => void navigate({ search: (before) => ({ ...before, ...next }) });
  const instead =
    query.isError && !rows ? (
      <ErrorState
        error={query.error}
        what={words.listFailed}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    ) : rows?.length === 0 ? (
      filtered ? (
        <EmptyState
          sentence={words.filteredEmpty(whatOf(statuses, filter))}
          action={<Button onClick={() => void navigate({ search: {} })}>{words.clearFilters}</Button>}
        />
      ) : (
        <EmptyState
          sentence={words.listEmpty}
          action={
            <Link to="/w/$workspace/workflows" params={params} className={buttonClass('primary')}>
              {words.listEmptyAction}
            </Link>
          }
        />
      )
    ) : undefined;

  const selected = rows?.filter((run) => selection.ids.has(run.id)) ?? [];
  return (
    <>
      <PageHeader title={words.runs} />
      <Filters
        statuses={statuses}
        workflow={search.workflow}
        project={search.project}
        onChange={choose}
        end={
          <>
            {waiting > 0 && (
              <Button look="quiet" onClick={takeNew}>
                {words.newRuns(waiting)}
              </Button>
            )}
            {/* there from the start, so that nothing moves when the rows come */}
            {may && (
              <Button look="quiet" disabled={!rows?.length} onClick={() => setAll(true)}>
                {allWords.open}
              </Button>
            )}
          </>
        }
      />
      <Suspense fallback={null}>
        {all && <AllRunsDialog shown={filter} what={whatOf(statuses, filter)} onClose={() => setAll(false)} />}
      </Suspense>
      <div ref={box}>
        <DataTable
          label={words.runs}
          columns={COLUMNS}
          rows={rows}
          rowKey={(run) => run.id}
          name={{
            header: words.name,
            text: (run) => run.name,
            before: (run) => (
              <>
                {may && <SelectBox run={run} on={selection.ids.has(run.id)} onToggle={selection.toggle} />}
                <StatusIcon status={run.status} />
              </>
            ),
            link: (run) => ({ to: '/w/$workspace/runs/$run', params: { ...params, run: run.id } }),
          }}
          secondLine={(run) => (run.status === 'failed' ? run.error?.message : null)}
          dimmed={(run) => !fits(run, statuses)}
          instead={instead}
          selectedKeys={selection.ids}
          footer={
            selected.length > 0 ? (
              <Suspense fallback={deedWords.selected(selected.length)}>
                <BulkBar runs={selected} onClear={selection.clear} />
              </Suspense>
            ) : (
              rows && <MoreRows shown={words.shown(rows.length, query.hasNextPage)} query={query} words={words} />
            )
          }
        />
      </div>
    </>
  );
}

/** Above the link that is stretched over the row; its label makes it large enough for a pointer, or a thumb. */
function SelectBox({ run, on, onToggle }: { run: RunFacts; on: boolean; onToggle: (id: string) => void }) {
  const room = usePhone() ? '-m-3.5 p-3.5' : '-m-2 p-2';
  return (
    <label className={`relative z-(--z-sticky) flex shrink-0 ${room}`}>
      <input
        type="checkbox"
        aria-label={deedWords.select(run.name)}
        checked={on}
        onChange={() => onToggle(run.id)}
        className="size-4 accent-accent"
      />
    </label>
  );
}

const whatOf = (statuses: readonly RunStatus[], { workflow, project }: RunsFilter) => {
  const named = statuses.map((status) => `${STATUS[status].word.toLowerCase()} `).join('or ');
  const of = [workflow && 'of this workflow', project && 'in this project'].filter(Boolean).join(' ');
  return `${named}runs ${of || 'here'}`;
};

/** The rows of the address, renewed in place by what the newest runs say. */
function useRuns(workspaceId: string, filter: RunsFilter) {
  const client = useQueryClient();
  const options = runsQuery(workspaceId, filter);
  const query = useInfiniteQuery(options);
  const read = query.data?.pages.flatMap((page) => page.data);
  const newest = useQuery({
    ...newestRunsQuery(workspaceId, filter),
    refetchInterval: (own) => {
      const now = listed(read ?? [], own.state.data?.data ?? []);
      return now.some((run) => !hasEnded(run.status)) ? GOING_MS : QUIET_MS;
    },
  });
  const rows = read && listed(read, newest.data?.data ?? []);
  const fresh = read ? newRuns(read, newest.data?.data ?? [], statusesOf(filter.status)) : [];
  const takeNew = () => client.setQueryData(options.queryKey, (data) => data && withNewRuns(data, fresh));
  return { query, rows, fresh, takeNew };
}

type FiltersProps = {
  statuses: readonly RunStatus[];
  workflow: string | undefined;
  project: string | undefined;
  onChange: (next: RunsFilter) => void;
  end: React.ReactNode;
};

function Filters({ statuses, workflow, project, onChange, end }: FiltersProps) {
  const workspace = useWorkspace();
  const workflows = useQuery({
    queryKey: keys.workflows(workspace.id, { names: true }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows', {
          params: { path: { workspace_id: workspace.id }, query: { limit: 100 } },
          signal,
        }),
      ),
  });
  const projects = useQuery(projectChoicesQuery(workspace.id));
  return (
    <FilterBar
      filters={[
        {
          id: 'status',
          label: words.status,
          several: true,
          choices: STATUSES.map((status) => ({ value: status, label: STATUS[status].word })),
          chosen: statuses,
          onChange: (chosen) => onChange({ status: chosen.join(',') || undefined }),
        },
        {
          id: 'workflow',
          label: words.workflow,
          choices: choicesOf(workflows.data?.data, workflow),
          chosen: workflow ? [workflow] : [],
          onChange: (chosen) => onChange({ workflow: chosen[0] }),
        },
        ...(project !== undefined || (projects.data?.data.length ?? 0) > 0
          ? [
              {
                id: 'project',
                label: words.project,
                choices: choicesOf(projects.data?.data, project),
                chosen: project ? [project] : [],
                onChange: (chosen: readonly string[]) => onChange({ project: chosen[0] }),
              },
            ]
          : []),
      ]}
      end={end}
    />
  );
}

/** By name; one that is not among the first hundred is called by the end of its id. */
function choicesOf(things: readonly { id: string; name: string }[] | undefined, chosen: string | undefined) {
  const choices = (things ?? []).map((one) => ({ value: one.id, label: one.name }));
  const known = chosen === undefined || choices.some((choice) => choice.value === chosen);
  return known ? choices : [...choices, { value: chosen, label: chosen.slice(-6) }];
}
