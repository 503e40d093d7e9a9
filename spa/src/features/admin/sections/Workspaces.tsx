// All workspaces of the installation: who owns them and what they use. What is in them is not shown: an administrator is a stranger there.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import type { WorkspaceUse } from '@/api/types';
import type { Column } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { TimeAgo } from '@/components/Money';
import { SearchedList } from '@/components/SearchedList';
import { money } from '@/lib/format';
import { allWorkspacesQuery } from '../api';
import { words as common, spaceWords as words } from '../strings';

const route = getRouteApi('/admin/$section');

const COLUMNS: readonly Column<WorkspaceUse>[] = [
  {
    id: 'owners',
    header: words.owners,
    width: '24%',
    from: 'desk',
    cell: ({ owners }) => {
      const names = owners.map((one) => one.name ?? words.nobody).join(', ');
      return (
        <span className="block max-w-[22cqi] truncate" title={names}>
          {names}
        </span>
      );
    },
  },
  {
    id: 'state',
    header: words.state,
    width: '96px',
    phone: 'end',
    cell: ({ archived_at }) => (archived_at ? <span className="text-text-2">{words.archived}</span> : words.active),
  },
  {
    id: 'members',
    header: words.members,
    width: '96px',
    align: 'right',
    phone: 'hidden',
    cell: ({ members }) => members,
  },
  {
    id: 'runs',
    header: words.runs,
    width: '96px',
    align: 'right',
    cell: ({ runs }) => words.runsShort(runs),
    cellOnPhone: ({ runs }) => words.runsOf(runs),
  },
  {
    id: 'cost',
    header: words.cost,
    width: '112px',
    align: 'right',
    cell: ({ month_cost_usd }) => money(month_cost_usd),
  },
  {
    id: 'made',
    header: words.made,
    width: '128px',
    align: 'right',
    phone: 'hidden',
    cell: ({ created_at }) => <TimeAgo at={created_at} />,
  },
];

export default function Workspaces() {
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(allWorkspacesQuery(q));
  return (
    <SearchedList
      label={common.workspaces}
      columns={COLUMNS}
      query={query}
      q={q}
      // typing replaces the address
      onSearch={(text) => void navigate({ search: { q: text.trim() || undefined }, replace: true })}
      rowKey={(space) => space.id}
      name={{
        header: words.name,
        text: (space) => space.name,
        after: (space) => <span className="mono-12 min-w-0 flex-1 truncate text-text-3">{space.slug}</span>,
      }}
      empty={<EmptyState sentence={words.listEmpty} />}
      words={words}
    />
  );
}
