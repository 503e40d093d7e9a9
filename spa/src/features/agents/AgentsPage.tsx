// The agents of the workspace; those that are archived apart.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import type { Agent } from '@/api/types';
import { buttonClass } from '@/components/Button';
import type { Column } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { Kbd } from '@/components/Kbd';
import { TimeAgo } from '@/components/Money';
import { PageHeader } from '@/components/PageHeader';
import { Beside, SearchedList } from '@/components/SearchedList';
import { Tabs } from '@/components/Tabs';
import { useActions } from '@/lib/actions';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { agentsQuery } from './api';
import { words } from './strings';

const route = getRouteApi('/w/$workspace/agents');

const COLUMNS: readonly Column<Agent>[] = [
  {
    id: 'kind',
    header: words.kind,
    width: '176px',
    cell: (agent) => (agent.kind === 'prompt' ? words.prompt : words.http),
  },
  {
    id: 'by',
    header: words.by,
    width: '144px',
    phone: 'hidden',
    from: 'desk',
    cell: (agent) => <span className="block max-w-32 truncate">{agent.created_by.name ?? words.nobody}</span>,
  },
  {
    id: 'edited',
    header: words.edited,
    width: '120px',
    align: 'right',
    phone: 'end',
    cell: (agent) => <TimeAgo at={agent.updated_at} />,
  },
];

export function AgentsPage() {
  const workspace = useWorkspace();
  const router = useRouter();
  const params = { workspace: workspace.slug };
  const { q, view } = route.useSearch();
  const navigate = route.useNavigate();
  const archived = view === 'archived';
  const query = useInfiniteQuery(agentsQuery(workspace.id, { q, ...(archived ? { archived } : {}) }));
  const may = mayEdit(workspace);
  useTitle({ title: words.agents });
  useActions([
    {
      id: 'agent.new',
      name: words.newAgent,
      keys: 'C',
      group: words.agents,
      when: () => may,
      perform: () => void router.navigate({ to: '/w/$workspace/agents/new', params }),
    },
  ]);
  const to = '/w/$workspace/agents' as const;
  return (
    <>
      <PageHeader
        title={words.agents}
        primary={
          may && (
            <Link to="/w/$workspace/agents/new" params={params} className={buttonClass('primary')}>
              {words.newAgent} <Kbd keys="C" onAccent />
            </Link>
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
        label={words.agents}
        columns={COLUMNS}
        query={query}
        q={q}
        // typing replaces the address
        onSearch={(text) => void navigate({ search: { view, q: text.trim() || undefined }, replace: true })}
        rowKey={(agent) => agent.id}
        name={{
          header: words.name,
          text: (agent) => agent.name,
          link: (agent) => ({ to: '/w/$workspace/agents/$agent', params: { ...params, agent: agent.id } }),
          after: (agent) => <Beside text={agent.description} />,
        }}
        empty={<EmptyState sentence={archived ? words.archivedEmpty : words.listEmpty} />}
        words={words}
      />
    </>
  );
}
