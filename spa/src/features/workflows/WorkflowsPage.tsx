// The library: what can be run here, how its last runs went, who changed it when, and ▷ to run it.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense, useCallback } from 'react';
import type { WorkflowFacts } from '@/api/types';
import { Button, buttonClass } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { FilterBar } from '@/components/FilterBar';
import { icon, Play } from '@/components/Icon';
import { Kbd } from '@/components/Kbd';
import { TimeAgo } from '@/components/Money';
import { MoreRows } from '@/components/MoreRows';
import { PageHeader } from '@/components/PageHeader';
import { Tabs } from '@/components/Tabs';
import { words as shared } from '@/features/library/strings';
import { duration } from '@/lib/format';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { workflowsQuery } from './api';
import { LastRuns } from './components/LastRuns';
import { medianMs } from './model/marks';
import { words } from './strings';

const PublicList = lazy(() => import('@/features/library/components/PublicList'));
const route = getRouteApi('/w/$workspace/workflows');

const COLUMNS: readonly Column<WorkflowFacts>[] = [
  { id: 'kind', header: words.kind, width: '80px', phone: 'hidden', cell: (workflow) => workflow.type },
  {
    id: 'last',
    header: words.lastRuns,
    width: '176px',
    cell: (workflow) => <LastRuns workflow={workflow} links />,
    cellOnPhone: (workflow) => (
      <span className="flex items-center gap-3">
        {workflow.type}
        <LastRuns workflow={workflow} links={false} />
      </span>
    ),
  },
  {
    id: 'median',
    header: words.median,
    width: '96px',
    align: 'right',
    cell: (workflow) => duration(medianMs(workflow.last_runs ?? [])),
  },
  {
    id: 'by',
    header: words.editedBy,
    width: '144px',
    phone: 'hidden',
    from: 'desk',
    cell: (workflow) => <span className="block max-w-32 truncate">{words.by(workflow.created_by.name)}</span>,
  },
  {
    id: 'edited',
    header: words.edited,
    width: '120px',
    align: 'right',
    phone: 'hidden',
    cell: (workflow) => <TimeAgo at={workflow.updated_at} />,
  },
  {
    id: 'run',
    header: words.actions,
    quietHeader: true,
    width: '52px',
    align: 'right',
    phone: 'end',
    cell: (workflow) => <RunIt workflow={workflow} />,
  },
];

export function WorkflowsPage() {
  const workspace = useWorkspace();
  const params = { workspace: workspace.slug };
  const { q, from, show } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(workflowsQuery(workspace.id, q));
  const rows = query.data?.pages.flatMap((page) => page.data);
  const edits = mayEdit(workspace);
  useTitle({ title: words.workflows });
  // typing replaces the address
  const search = useCallback(
    (text: string) => void navigate({ search: { from, q: text.trim() || undefined }, replace: true }),
    [navigate, from],
  );

  const create = edits && (
    <Link to="/w/$workspace/workflows/new" params={params} className={buttonClass('primary')}>
      {words.newWorkflow} <Kbd keys="C" onAccent />
    </Link>
  );
  const failed = query.isError && !rows;
  const none = rows?.length === 0;
  const empty = q ? (
    <EmptyState
      sentence={words.filteredEmpty(q)}
      action={<Button onClick={() => search('')}>{words.clearFilters}</Button>}
    />
  ) : (
    <EmptyState sentence={words.listEmpty} />
  );
  const instead = failed ? (
    <ErrorState
      error={query.error}
      what={words.listFailed}
      onRetry={() => void query.refetch()}
      retrying={query.isFetching}
    />
  ) : none ? (
    empty
  ) : undefined;

  return (
    <>
      <PageHeader
        title={words.workflows}
        primary={create}
        tabs={
          <Tabs
            label={shared.views}
            current={from ?? 'ours'}
            tabs={[
              { id: 'ours', label: shared.ours, to: '/w/$workspace/workflows', params, search: {} },
              {
                id: 'public',
                label: shared.publicTab,
                to: '/w/$workspace/workflows',
                params,
                search: { from: 'public' },
              },
            ]}
          />
        }
      />
      {from === 'public' ? (
        <Suspense fallback={null}>
          <PublicList
            noun="workflow"
            q={q}
            shown={show}
            linkTo={(id) => ({ to: '/w/$workspace/workflows', params, search: { from, q, show: id } })}
            onSearch={search}
          />
        </Suspense>
      ) : (
        <>
          {(!none || q) && <FilterBar search={{ value: q ?? '', label: words.search, onChange: search }} />}
          <DataTable
            label={words.workflows}
            columns={COLUMNS}
            rows={rows}
            rowKey={(workflow) => workflow.id}
            name={{
              header: words.name,
              text: (workflow) => workflow.name,
              link: (workflow) => ({
                to: '/w/$workspace/workflows/$workflow',
                params: { ...params, workflow: workflow.id },
              }),
              // beside the name, so that many rows fit; the phone has no place for it
              after: (workflow) => (
                <span
                  className="t-12 min-w-0 flex-1 truncate text-text-2 @max-tablet:hidden"
                  title={workflow.description}
                >
                  {workflow.description}
                </span>
              ),
            }}
            instead={instead}
            footer={
              rows && <MoreRows shown={words.shown(rows.length, query.hasNextPage)} query={query} words={words} />
            }
          />
        </>
      )}
    </>
  );
}

function RunIt({ workflow }: { workflow: WorkflowFacts }) {
  const workspace = useWorkspace();
  if (!mayEdit(workspace)) return null;
  return (
    <Link
      to="/w/$workspace/workflows/$workflow"
      params={{ workspace: workspace.slug, workflow: workflow.id }}
      aria-label={words.runOf(workflow.name)}
      title={words.run}
      className="relative inline-flex size-(--control) items-center justify-center rounded-control text-text-2 hover:bg-bg-3 hover:text-text-1"
    >
      <Play {...icon} />
    </Link>
  );
}
