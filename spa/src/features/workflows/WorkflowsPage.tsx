// The library: what can be run here, how its last runs went, who changed it when, and ▷ to run it.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import type { WorkflowFacts } from '@/api/types';
import { buttonClass } from '@/components/Button';
import type { Column } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { icon, Play } from '@/components/Icon';
import { Kbd } from '@/components/Kbd';
import { LastRuns } from '@/components/LastRuns';
import { TimeAgo } from '@/components/Money';
import { Beside } from '@/components/SearchedList';
import { LibraryPage } from '@/features/library/components/LibraryPage';
import { useActions } from '@/lib/actions';
import { duration } from '@/lib/format';
import { medianMs } from '@/lib/marks';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { workflowsQuery } from './api';
import { words } from './strings';

const route = getRouteApi('/w/$workspace/workflows');

const COLUMNS: readonly Column<WorkflowFacts>[] = [
  { id: 'kind', header: words.kind, width: '80px', phone: 'hidden', cell: (workflow) => workflow.type },
  {
    id: 'last',
    header: words.lastRuns,
    width: '176px',
    cell: (workflow) => <LastRuns name={workflow.name} runs={workflow.last_runs ?? []} links />,
    cellOnPhone: (workflow) => (
      <span className="flex items-center gap-3">
        {workflow.type}
        <LastRuns name={workflow.name} runs={workflow.last_runs ?? []} links={false} />
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
  const search = route.useSearch();
  const query = useInfiniteQuery(workflowsQuery(workspace.id, search.q));
  const navigate = useNavigate();
  useActions([
    {
      id: 'workflow.upload',
      name: words.uploadName,
      keys: 'U',
      group: words.workflows,
      when: () => mayEdit(workspace),
      perform: () => void navigate({ to: '/w/$workspace/workflows/upload', params }),
    },
  ]);
  return (
    <LibraryPage
      noun="workflow"
      search={search}
      primary={
        mayEdit(workspace) && (
          <Link to="/w/$workspace/workflows/new" params={params} className={buttonClass('primary')}>
            {words.newWorkflow} <Kbd keys="C" onAccent />
          </Link>
        )
      }
      actions={
        mayEdit(workspace) && (
          <Link to="/w/$workspace/workflows/upload" params={params} className={buttonClass()}>
            {words.upload} <Kbd keys="U" />
          </Link>
        )
      }
      label={words.workflows}
      columns={COLUMNS}
      query={query}
      rowKey={(workflow) => workflow.id}
      name={{
        header: words.name,
        text: (workflow) => workflow.name,
        link: (workflow) => ({
          to: '/w/$workspace/workflows/$workflow',
          params: { ...params, workflow: workflow.id },
        }),
        after: (workflow) => <Beside text={workflow.description} />,
      }}
      empty={<EmptyState sentence={words.listEmpty} />}
      words={words}
    />
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
