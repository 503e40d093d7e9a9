// Everybody who has an account: found by name or e-mail, and what an administrator can do for or against them.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { User } from '@/api/types';
import type { Column } from '@/components/DataTable';
import { Ellipsis, icon } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { LazyMenu } from '@/components/LazyMenu';
import { TimeAgo } from '@/components/Money';
import { SearchedList } from '@/components/SearchedList';
import { peopleQuery } from '../api';
import { ChangeDialog, FactorDialog, LinkDialog } from '../components/PersonDialogs';
import { CHANGES, type Change, words } from '../people-strings';
import { words as common } from '../strings';

const route = getRouteApi('/admin/$section');

const STATES = ['active', 'disabled', 'admin'] as const;

type Asked = { person: User; deed: Change | 'link' | 'factor' } | null;

const columnsOf = (me: string, onAsk: (asked: Asked) => void): readonly Column<User>[] => [
  {
    id: 'state',
    header: words.state,
    width: '128px',
    phone: 'end',
    cell: (person) => <State person={person} />,
  },
  {
    id: 'factor',
    header: words.factor,
    width: '96px',
    phone: 'hidden',
    cell: (person) => (person.second_factor ? words.factorOn : <span className="text-text-3">{words.factorOff}</span>),
  },
  {
    id: 'workspaces',
    header: words.workspaces,
    width: '112px',
    align: 'right',
    from: 'desk',
    cell: (person) => person.workspaces,
    cellOnPhone: (person) => words.workspacesOf(person.workspaces),
  },
  {
    id: 'seen',
    header: words.seen,
    width: '128px',
    align: 'right',
    cell: (person) => (person.last_seen_at ? <TimeAgo at={person.last_seen_at} /> : words.never),
  },
  {
    id: 'made',
    header: words.made,
    width: '128px',
    align: 'right',
    phone: 'hidden',
    from: 'wide',
    cell: (person) => <TimeAgo at={person.created_at} />,
  },
  {
    id: 'actions',
    header: words.actions,
    quietHeader: true,
    width: '52px',
    align: 'right',
    phone: 'end',
    cell: (person) => <PersonMenu person={person} me={me} onAsk={onAsk} />,
  },
];

function State({ person }: { person: User }) {
  if (person.disabled_at) return <span className="text-text-2">{words.disabled}</span>;
  return person.admin ? words.administrator : words.active;
}

export default function People() {
  const { session } = route.useRouteContext();
  const { q, state: named } = route.useSearch();
  const state = STATES.find((one) => one === named);
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(peopleQuery(q, state));
  const [asked, setAsked] = useState<Asked>(null);
  const close = () => setAsked(null);
  // typing replaces the address
  const search = (text: string) =>
    void navigate({ search: (before) => ({ ...before, q: text.trim() || undefined }), replace: true });
  const filter = {
    id: 'state',
    label: words.state,
    choices: [
      { value: 'active', label: words.active },
      { value: 'disabled', label: words.disabled },
      { value: 'admin', label: words.administrators },
    ],
    chosen: state ? [state] : [],
    onChange: ([chosen]: readonly string[]) =>
      void navigate({
        search: (before) => ({ ...before, state: STATES.find((one) => one === chosen) }),
      }),
  };
  return (
    <>
      <SearchedList
        label={common.people}
        columns={columnsOf(session.user.id, setAsked)}
        query={query}
        q={q}
        onSearch={search}
        filters={[filter]}
        rowKey={(person) => person.id}
        name={{
          header: words.person,
          text: (person) => person.name,
          after: (person) => (
            <span className="t-12 min-w-0 flex-1 truncate text-text-2">
              {person.id === session.user.id && <span className="mr-2 text-text-3">{words.you}</span>}
              {person.email}
            </span>
          ),
        }}
        words={words}
      />
      {asked?.deed === 'link' && <LinkDialog person={asked.person} onClose={close} />}
      {asked?.deed === 'factor' && <FactorDialog person={asked.person} onClose={close} />}
      {asked && typeof asked.deed === 'object' && (
        <ChangeDialog person={asked.person} change={asked.deed} onClose={close} />
      )}
    </>
  );
}

type PersonMenuProps = { person: User; me: string; onAsk: (asked: Asked) => void };

function PersonMenu({ person, me, onAsk }: PersonMenuProps) {
  const item = (id: string, name: string, deed: NonNullable<Asked>['deed'], danger?: boolean) => ({
    id,
    name,
    danger,
    onSelect: () => onAsk({ person, deed }),
  });
  const change = (one: Change) => item(one.id, one.name, one, one.danger);
  const on = person.disabled_at === null;
  const helps = [
    ...(on ? [item('link', words.linkMore, 'link')] : []),
    ...(person.second_factor ? [item('factor', words.factorMore, 'factor', true)] : []),
  ];
  const changes = [
    ...(on && !person.admin ? [change(CHANGES.make)] : []),
    ...(person.admin ? [change(CHANGES.unmake)] : []),
    // one's own account one does not lock oneself out of
    ...(person.id === me ? [] : [change(on ? CHANGES.disable : CHANGES.enable)]),
  ];
  return (
    <LazyMenu
      label={words.actionsOf(person.name)}
      align="end"
      trigger={
        <IconButton label={words.actionsOf(person.name)}>
          <Ellipsis {...icon} />
        </IconButton>
      }
      sections={[{ items: helps }, { items: changes }].filter((section) => section.items.length > 0)}
    />
  );
}
