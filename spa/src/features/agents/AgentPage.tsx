// One agent: what it is, and which workflows ask it.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { Agent, WorkflowFacts } from '@/api/types';
import { type Column, DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { TimeAgo } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { ThingNotYet } from '@/components/ThingNotYet';
import { PutAway, RevisedForm } from '@/features/library/components/Revised';
import { mayChange } from '@/features/library/model/thing';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { AgentFields, issuesOf, PLACES } from './AgentFields';
import { agentQuery, agentUsersQuery, useUpdateAgent } from './api';
import { changesOf, formOf } from './model/form';
import { words } from './strings';

const route = getRouteApi('/w/$workspace/agents/$agent');
const shell = getRouteApi('/w/$workspace');

export function AgentPage() {
  const workspace = useWorkspace();
  const { agent: id } = route.useParams();
  const query = useQuery(agentQuery(workspace.id, id));
  useTitle({ title: query.data?.name ?? words.agent });
  if (query.data) return <OneAgent key={query.data.id} agent={query.data} />;
  return (
    <ThingNotYet
      query={query}
      list={{ label: words.agents, to: '/w/$workspace/agents', params: { workspace: workspace.slug } }}
      title={words.agent}
      what={words.readFailed}
      sentence={words.reading}
    />
  );
}

function OneAgent({ agent }: { agent: Agent }) {
  const workspace = useWorkspace();
  const { session } = shell.useRouteContext();
  const update = useUpdateAgent(workspace.id, agent.id);
  // an agent is seen by everybody of its workspace
  const may =
    mayEdit(workspace) &&
    mayChange({ created_by: agent.created_by, visibility: 'workspace' }, session.user.id, workspace.role);
  return (
    <>
      <PageHeader
        path={[{ label: words.agents, to: '/w/$workspace/agents', params: { workspace: workspace.slug } }]}
        title={agent.name}
        actions={
          may && <PutAway thing={agent} update={update} id="agent.archive" group={words.thisAgent} words={words} />
        }
        facts={[
          agent.kind === 'prompt' ? words.prompt : words.http,
          words.revision(agent.revision),
          agent.created_by.name ?? words.nobody,
          <span key="at">
            {words.edited.toLowerCase()} <TimeAgo at={agent.updated_at} />
          </span>,
        ]}
      />
      {agent.archived_at && <p className="t-13 px-(--gutter) pt-4 text-text-2">{words.isArchived}</p>}
      <Settings agent={agent} may={may && !agent.archived_at} />
      <Users agent={agent} />
    </>
  );
}

function Settings({ agent, may }: { agent: Agent; may: boolean }) {
  const workspace = useWorkspace();
  return (
    <RevisedForm
      thing={agent}
      update={useUpdateAgent(workspace.id, agent.id)}
      may={may}
      id="agent.save"
      group={words.thisAgent}
      words={words}
      formOf={formOf}
      issuesOf={issuesOf}
      changesOf={changesOf}
      places={PLACES}
    >
      {(form, refusal, change) => <AgentFields form={form} refusal={refusal} readOnly={!may} made onChange={change} />}
    </RevisedForm>
  );
}

const COLUMNS: readonly Column<WorkflowFacts>[] = [
  { id: 'version', header: words.versionHeader, width: '80px', cell: (one) => words.version(one.version) },
  {
    id: 'edited',
    header: words.edited,
    width: '120px',
    align: 'right',
    phone: 'end',
    cell: (one) => <TimeAgo at={one.updated_at} />,
  },
];

function Users({ agent }: { agent: Agent }) {
  const workspace = useWorkspace();
  const query = useQuery(agentUsersQuery(workspace.id, agent.id));
  const rows = query.data?.data;
  return (
    <section aria-labelledby="agent-users" className="border-t border-line-1 pt-4">
      <h2 id="agent-users" className="t-16 px-(--gutter)">
        {words.users}{' '}
        {rows && rows.length > 0 && (
          <span className="t-13 text-text-3">{words.usersCount(rows.length, query.data?.next_cursor !== null)}</span>
        )}
      </h2>
      <DataTable
        label={words.users}
        columns={COLUMNS}
        rows={rows}
        rowKey={(one) => one.id}
        skeletonRows={2}
        name={{
          header: words.workflow,
          text: (one) => one.name,
          link: (one) => ({
            to: '/w/$workspace/workflows/$workflow/edit',
            params: { workspace: workspace.slug, workflow: one.id },
          }),
        }}
        instead={
          query.isError && !rows ? (
            <ErrorState
              error={query.error}
              what={words.usersFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : rows?.length === 0 ? (
            <p className="t-13 px-(--gutter) py-2 text-text-2">{words.usersEmpty}</p>
          ) : undefined
        }
      />
    </section>
  );
}
