// One project: its newest runs, and what they are made with.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Project, RunFacts } from '@/api/types';
import { Button, buttonClass } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { Kbd } from '@/components/Kbd';
import { Duration, TimeAgo } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { SaveForm, useRefusal } from '@/components/SaveForm';
import { StatusIcon } from '@/components/StatusIcon';
import { ThingNotYet } from '@/components/ThingNotYet';
import { toast } from '@/components/Toast';
import { mayChange } from '@/features/library/model/thing';
import { useActions } from '@/lib/actions';
import { money } from '@/lib/format';
import { refusalOf } from '@/lib/refusal';
import { hasEnded } from '@/lib/status';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { projectQuery, projectRunsQuery, useUpdateProject } from './api';
import { changesOf, formOf, type ProjectForm } from './model/form';
import { issuesOf, PLACES, ProjectFields } from './ProjectFields';
import { ProjectStatus } from './ProjectsPage';
import { words } from './strings';

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
  const runs = useQuery(projectRunsQuery(workspace.id, project.id));
  // a project is seen by everybody of its workspace
  const may =
    mayEdit(workspace) &&
    mayChange({ created_by: project.created_by, visibility: 'workspace' }, session.user.id, workspace.role);
  return (
    <>
      <PageHeader
        path={[{ label: words.projects, to: '/w/$workspace/projects', params: { workspace: workspace.slug } }]}
        title={project.name}
        actions={may && <PutAway project={project} />}
        primary={mayEdit(workspace) && !project.archived_at && <RunIt project={project} />}
        facts={[
          <ProjectStatus key="status" status={project.status} />,
          project.created_by.name ?? words.nobody,
          <span key="at">
            {words.edited.toLowerCase()} <TimeAgo at={project.updated_at} />
          </span>,
        ]}
      />
      {project.archived_at && <p className="t-13 px-(--gutter) pt-4 text-text-2">{words.isArchived}</p>}
      <ProjectRuns project={project} />
      {/* after the runs, so that it is not pushed down */}
      {!runs.isPending && <Settings project={project} may={may && !project.archived_at} />}
    </>
  );
}

/** Its own workflow, or any of them. */
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
  if (!link) return null;
  return (
    <Link {...link} className={buttonClass('primary')}>
      {words.runIn} <Kbd keys="C" onAccent />
    </Link>
  );
}

function PutAway({ project }: { project: Project }) {
  const workspace = useWorkspace();
  const update = useUpdateProject(workspace.id, project.id);
  const away = project.archived_at !== null;
  const put = (archived: boolean, revision: number) =>
    update.mutate(
      { revision, changes: { archived } },
      {
        onSuccess: (now) => {
          if (archived)
            void toast({
              text: words.archivedToast(project.name),
              action: { label: words.undo, perform: () => put(false, now.revision) },
            });
        },
        onError: (error) => void toast({ text: `${words.notSaved} ${toProblem(error).detail}` }),
      },
    );
  const perform = () => put(!away, project.revision);
  const name = away ? words.restore : words.archive;
  useActions([{ id: 'project.archive', name, group: words.thisProject, perform }]);
  return (
    <Button busy={update.isPending ? (away ? words.restoring : words.archiving) : false} onClick={perform}>
      {name}
    </Button>
  );
}

const COLUMNS: readonly Column<RunFacts>[] = [
  {
    id: 'time',
    header: words.time,
    width: '96px',
    align: 'right',
    cell: (run) => <Duration ms={run.duration_ms} since={hasEnded(run.status) ? null : run.created_at} />,
  },
  {
    id: 'cost',
    header: words.cost,
    width: '96px',
    align: 'right',
    cell: (run) => (run.cost_settled ? money(run.cost_usd) : '—'),
  },
  {
    id: 'when',
    header: words.when,
    width: '128px',
    align: 'right',
    phone: 'end',
    cell: (run) => <TimeAgo at={run.created_at} />,
  },
];

function ProjectRuns({ project }: { project: Project }) {
  const workspace = useWorkspace();
  const query = useQuery(projectRunsQuery(workspace.id, project.id));
  const rows = query.data?.data;
  return (
    <section aria-labelledby="project-runs" className="pt-4">
      <div className="flex items-baseline justify-between px-(--gutter)">
        <h2 id="project-runs" className="t-16">
          {words.runs}
        </h2>
        {rows && rows.length > 0 && (
          <Link
            to="/w/$workspace/runs"
            params={{ workspace: workspace.slug }}
            search={{ project: project.id }}
            className="link t-12"
          >
            {words.allRuns}
          </Link>
        )}
      </div>
      <DataTable
        label={words.runs}
        columns={COLUMNS}
        rows={rows}
        rowKey={(run) => run.id}
        skeletonRows={3}
        name={{
          header: words.run,
          text: (run) => run.name,
          before: (run) => <StatusIcon status={run.status} />,
          link: (run) => ({ to: '/w/$workspace/runs/$run', params: { workspace: workspace.slug, run: run.id } }),
        }}
        instead={
          query.isError && !rows ? (
            <ErrorState
              error={query.error}
              what={words.runsFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : rows?.length === 0 ? (
            <p className="t-13 px-(--gutter) py-2 text-text-2">{words.runsEmpty}</p>
          ) : undefined
        }
      />
    </section>
  );
}

function Settings({ project, may }: { project: Project; may: boolean }) {
  const workspace = useWorkspace();
  const update = useUpdateProject(workspace.id, project.id);
  // only what was typed here: the rest stays what the server says
  const [typed, setTyped] = useState<Partial<ProjectForm>>({});
  const refused = useRefusal();
  const { refuse } = refused;
  const form = { ...formOf(project), ...typed };
  const save = () => {
    const issues = issuesOf(form);
    if (issues.length > 0) return refuse({ issues });
    const changes = changesOf(project, form);
    if (!changes) return setTyped({});
    update.mutate(
      { revision: project.revision, changes },
      {
        onSuccess: () => {
          setTyped({});
          refused.forget();
          void toast({ text: words.saved });
        },
        onError: (error) =>
          refuse(
            toProblem(error).status === 412
              ? { issues: [], general: words.faster }
              : refusalOf(error, words.notSaved, PLACES),
          ),
      },
    );
  };
  return (
    <SaveForm
      refused={refused}
      id="project.save"
      group={words.thisProject}
      verb={words.save}
      busyVerb={words.saving}
      busy={update.isPending}
      may={may}
      onSave={save}
      className="mt-4 flex max-w-160 flex-col gap-4 border-t border-line-1 px-(--gutter) py-4"
    >
      <h2 className="t-16">{words.settings}</h2>
      {!may && !project.archived_at && <p className="t-13 text-text-2">{words.mayNot}</p>}
      <ProjectFields
        form={form}
        refusal={refused.refusal}
        readOnly={!may}
        onChange={(next) => {
          setTyped({ ...typed, ...next });
          refused.forget();
        }}
      />
    </SaveForm>
  );
}
