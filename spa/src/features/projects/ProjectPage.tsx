// One project: its board, its runs as a list, and what they are made with.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import type { Project } from '@/api/types';
import { buttonClass } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { Kbd } from '@/components/Kbd';
import { TimeAgo } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { Tabs } from '@/components/Tabs';
import { ThingNotYet } from '@/components/ThingNotYet';
import { PutAway } from '@/features/library/components/Revised';
import { mayChange } from '@/features/library/model/thing';
import { useActions } from '@/lib/actions';
import { useTitle } from '@/lib/title';
import { administers, mayEdit, useWorkspace } from '@/lib/workspace';
import { projectQuery, useUpdateProject } from './api';
import { Board } from './components/Board';
import { DeleteProject } from './components/DeleteProject';
import { ProjectRuns } from './components/ProjectRuns';
import { ProjectSettings } from './components/ProjectSettings';
import { ProjectStatus } from './ProjectsPage';
import { words } from './strings';
import { useBoard } from './useBoard';

const route = getRouteApi('/w/$workspace/projects/$project');
const shell = getRouteApi('/w/$workspace');

export function ProjectPage() {
  const workspace = useWorkspace();
  const { project: id } = route.useParams();
  const query = useQuery(projectQuery(workspace.id, id));
  useTitle({ title: query.data?.name ?? words.project });
  if (query.data) return <OneProject key={query.data.id} project={query.data} />;
  return (
    <ThingNotYet
      query={query}
      list={{ label: words.projects, to: '/w/$workspace/projects', params: { workspace: workspace.slug } }}
      title={words.project}
      what={words.readFailed}
      sentence={words.reading}
    />
  );
}

function OneProject({ project }: { project: Project }) {
  const workspace = useWorkspace();
  const { session } = shell.useRouteContext();
  const { view = 'board' } = route.useSearch();
  const update = useUpdateProject(workspace.id, project.id);
  // a project is seen by everybody of its workspace
  const may =
    mayEdit(workspace) &&
    mayChange({ created_by: project.created_by, visibility: 'workspace' }, session.user.id, workspace.role);
  const to = '/w/$workspace/projects/$project' as const;
  const params = { workspace: workspace.slug, project: project.id };
  return (
    <>
      <PageHeader
        path={[{ label: words.projects, to: '/w/$workspace/projects', params: { workspace: workspace.slug } }]}
        title={project.name}
        actions={
          may && (
            <PutAway thing={project} update={update} id="project.archive" group={words.thisProject} words={words} />
          )
        }
        primary={mayEdit(workspace) && !project.archived_at && <RunIt project={project} />}
        facts={[
          <ProjectStatus key="status" status={project.status} />,
          project.created_by.name ?? words.nobody,
          <span key="at">
            {words.edited.toLowerCase()} <TimeAgo at={project.updated_at} />
          </span>,
        ]}
        tabs={
          <Tabs
            label={words.projectViews}
            current={view}
            tabs={[
              { id: 'board', label: words.board, to, params, search: {} },
              { id: 'list', label: words.list, to, params, search: { view: 'list' } },
              { id: 'settings', label: words.settings, to, params, search: { view: 'settings' } },
            ]}
          />
        }
      />
      {project.archived_at && <p className="t-13 px-(--gutter) pt-4 text-text-2">{words.isArchived}</p>}
      {view === 'board' && <ProjectBoard project={project} />}
      {view === 'list' && <ProjectRuns project={project} />}
      {view === 'settings' && (
        <>
          <ProjectSettings project={project} may={may && !project.archived_at} />
          {administers(workspace) && <DeleteProject project={project} />}
        </>
      )}
    </>
  );
}

function ProjectBoard({ project }: { project: Project }) {
  const workspace = useWorkspace();
  const { by } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useBoard(workspace.id, project.id);
  if (query.isError && !query.data)
    return (
      <ErrorState
        error={query.error}
        what={words.boardFailed}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    );
  if (!query.data) return null;
  if (query.data.data.length === 0) {
    const sentence = project.default_workflow_id ? words.boardEmpty : words.boardWithout;
    return <EmptyState sentence={project.archived_at ? words.runsEmpty : sentence} />;
  }
  const choose = (next: string) => void navigate({ search: (before) => ({ ...before, by: next }) });
  return <Board board={query.data} project={project} by={by} onBy={choose} />;
}

/** Its own workflow; without one, where that is chosen. */
function RunIt({ project }: { project: Project }) {
  const workspace = useWorkspace();
  const router = useRouter();
  const params = { workspace: workspace.slug };
  const search = { project: project.id };
  const link = project.default_workflow_id
    ? ({
        to: '/w/$workspace/workflows/$workflow',
        params: { ...params, workflow: project.default_workflow_id },
        search,
      } as const)
    : null;
  useActions([
    {
      id: 'project.run',
      name: words.runIn,
      keys: 'C',
      group: words.thisProject,
      when: () => link !== null,
      perform: () => link && void router.navigate(link),
    },
  ]);
  if (!link)
    return (
      <Link
        to="/w/$workspace/projects/$project"
        params={{ ...params, project: project.id }}
        search={{ view: 'settings' }}
        className={buttonClass('primary')}
      >
        {words.chooseWorkflow}
      </Link>
    );
  return (
    <Link {...link} className={buttonClass('primary')}>
      {words.runIn} <Kbd keys="C" onAccent />
    </Link>
  );
}
