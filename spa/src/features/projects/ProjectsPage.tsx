// The projects of the workspace: how each is doing, its last runs; those that are archived apart.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Project } from '@/api/types';
import { Button } from '@/components/Button';
import type { Column } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { LastRuns } from '@/components/LastRuns';
import { TimeAgo } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { Beside, SearchedList } from '@/components/SearchedList';
import { StatusIcon } from '@/components/StatusIcon';
import { Tabs } from '@/components/Tabs';
import { useActions } from '@/lib/actions';
import { STATUS } from '@/lib/status';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { projectsQuery } from './api';
import { words } from './strings';

const NewProjectDialog = lazy(() => import('./NewProjectDialog'));
const route = getRouteApi('/w/$workspace/projects');

export function ProjectStatus({ status }: { status: Project['status'] }) {
  if (status === 'idle') return <span className="text-text-3">{words.idle}</span>;
  return (
    <span className="inline-flex items-center gap-1.5 align-bottom">
      <StatusIcon status={status} size={14} decorative />
      {STATUS[status].word}
    </span>
  );
}

const COLUMNS: readonly Column<Project>[] = [
  {
    id: 'status',
    header: words.status,
    width: '128px',
    phone: 'end',
    cell: (project) => <ProjectStatus status={project.status} />,
  },
  {
    id: 'runs',
    header: words.lastRuns,
    width: '176px',
    cell: (project) => <LastRuns name={project.name} runs={project.last_runs} links />,
    cellOnPhone: (project) => <LastRuns name={project.name} runs={project.last_runs} links={false} />,
  },
  {
    id: 'by',
    header: words.by,
    width: '144px',
    phone: 'hidden',
    from: 'desk',
    cell: (project) => <span className="block max-w-32 truncate">{project.created_by.name ?? words.nobody}</span>,
  },
  {
    id: 'edited',
    header: words.edited,
    width: '120px',
    align: 'right',
    cell: (project) => <TimeAgo at={project.updated_at} />,
  },
];

export function ProjectsPage() {
  const workspace = useWorkspace();
  const params = { workspace: workspace.slug };
  const { q, view } = route.useSearch();
  const navigate = route.useNavigate();
  const archived = view === 'archived';
  const query = useInfiniteQuery(projectsQuery(workspace.id, { q, ...(archived ? { archived } : {}) }));
  const [making, setMaking] = useState(false);
  const may = mayEdit(workspace);
  useTitle({ title: words.projects });
  useActions([
    {
      id: 'project.new',
      name: words.newProject,
      keys: 'C',
      group: words.projects,
      when: () => may,
      perform: () => setMaking(true),
    },
  ]);
  // typing replaces the address
  const search = (text: string) => void navigate({ search: { view, q: text.trim() || undefined }, replace: true });
  const to = '/w/$workspace/projects' as const;
  return (
    <>
      <PageHeader
        title={words.projects}
        primary={
          may && (
            <Button look="primary" keys="C" onClick={() => setMaking(true)}>
              {words.newProject}
            </Button>
          )
        }
        tabs={
          <Tabs
            label={words.views}
            current={view ?? 'active'}
            tabs={[
              { id: 'active', label: words.active, to, params, search: {} },
              { id: 'archived', label: words.archived, to, params, search: { view: 'archived' } },
            ]}
          />
        }
      />
      <SearchedList
        label={words.projects}
        columns={COLUMNS}
        query={query}
        q={q}
        onSearch={search}
        rowKey={(project) => project.id}
        name={{
          header: words.name,
          text: (project) => project.name,
          link: (project) => ({
            to: '/w/$workspace/projects/$project',
            params: { ...params, project: project.id },
          }),
          after: (project) => <Beside text={project.description} />,
        }}
        empty={<EmptyState sentence={archived ? words.archivedEmpty : words.listEmpty} />}
        words={words}
      />
      <Suspense fallback={null}>{making && <NewProjectDialog onClose={() => setMaking(false)} />}</Suspense>
    </>
  );
}
