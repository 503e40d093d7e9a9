// Who belongs here, as what; and the invitations that are open.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Member, Role } from '@/api/types';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { ChevronDown, Ellipsis, icon, smallIcon } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { LazyMenu } from '@/components/LazyMenu';
import { TimeAgo } from '@/components/Money';
import { SectionHead } from '@/components/Sections';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { announce } from '@/lib/announce';
import { useWorkspace } from '@/lib/workspace';
import { invitationsQuery, membersQuery, useChangeRole, useRenewSession } from '../api';
import { Invitations } from '../components/Invitations';
import { InviteDialog } from '../components/InviteDialog';
import { RemoveDialog } from '../components/RemoveDialog';
import { TransferDialog } from '../components/TransferDialog';
import { atLeast, type Hold, holdOn, rolesToGive } from '../model/roles';
import { words } from '../strings';

const route = getRouteApi('/w/$workspace');

type Asked = { deed: 'remove' | 'transfer'; member: Member } | { deed: 'invite' } | null;

export default function Members() {
  const workspace = useWorkspace();
  const { session } = route.useRouteContext();
  const query = useQuery(membersQuery(workspace.id));
  const [asked, setAsked] = useState<Asked>(null);
  const manages = atLeast(workspace.role, 'admin');
  // asked for at once, shown below
  useQuery({ ...invitationsQuery(workspace.id), enabled: manages });
  const members = query.data;
  const close = () => setAsked(null);
  useActions([
    {
      id: 'member.invite',
      name: words.inviteMore,
      keys: 'C',
      group: words.settings,
      when: () => manages,
      perform: () => setAsked({ deed: 'invite' }),
    },
  ]);
  const columns: readonly Column<Member>[] = [
    {
      id: 'role',
      header: words.roleHeader,
      width: '144px',
      phone: 'end',
      cell: (member) => <RoleOf member={member} all={members ?? []} />,
    },
    ...(manages ? TOLD : []),
    {
      id: 'joined',
      header: words.joined,
      width: '128px',
      align: 'right',
      phone: 'hidden',
      from: manages ? 'desk' : undefined,
      cell: (member) => <TimeAgo at={member.since} />,
    },
    ...(manages
      ? [
          {
            id: 'actions',
            header: words.actions,
            quietHeader: true,
            width: '52px',
            align: 'right' as const,
            phone: 'end' as const,
            cell: (member: Member) => (
              <MemberMenu
                member={member}
                all={members ?? []}
                own={workspace.role}
                me={session.user.id}
                onAsk={setAsked}
              />
            ),
          },
        ]
      : []),
  ];
  return (
    <>
      <SectionHead
        count={members?.length}
        primary={
          manages && (
            <Button look="primary" keys="C" onClick={() => setAsked({ deed: 'invite' })}>
              {words.invite}
            </Button>
          )
        }
      />
      <DataTable
        label={words.members}
        columns={columns}
        rows={members}
        rowKey={(member) => member.user.id}
        skeletonRows={4}
        name={{
          header: words.person,
          text: (member) => member.user.name ?? words.nobody,
          after: (member) => (
            <span className="t-12 min-w-0 flex-1 truncate text-text-2">
              {member.user.id === session.user.id && <span className="mr-2 text-text-3">{words.you}</span>}
              <span className="@max-tablet:hidden">{member.email}</span>
            </span>
          ),
        }}
        instead={
          query.isError && !members ? (
            <ErrorState
              error={query.error}
              what={words.membersFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : undefined
        }
      />
      {/* after what stands above it, so that it is not pushed down */}
      {manages && !query.isPending && <Invitations />}
      {asked?.deed === 'invite' && <InviteDialog onClose={close} />}
      {asked?.deed === 'remove' && <RemoveDialog member={asked.member} all={members ?? []} onClose={close} />}
      {asked?.deed === 'transfer' && <TransferDialog member={asked.member} onClose={close} />}
    </>
  );
}

/** What those are told who manage members. */
const TOLD: readonly Column<Member>[] = [
  {
    id: 'factor',
    header: words.factor,
    width: '96px',
    cell: (member) => (member.second_factor ? words.factorOn : <span className="text-text-3">{words.factorOff}</span>),
    cellOnPhone: (member) => (member.second_factor ? words.withFactor : words.withoutFactor),
  },
  {
    id: 'seen',
    header: words.seen,
    width: '128px',
    align: 'right',
    cell: (member) => (member.last_seen_at ? <TimeAgo at={member.last_seen_at} /> : words.neverSeen),
    cellOnPhone: (member) =>
      member.last_seen_at ? (
        <>
          {words.seenAt} <TimeAgo at={member.last_seen_at} />
        </>
      ) : (
        words.notSeen
      ),
  },
];

const HOLDS: Record<NonNullable<Hold>, string | undefined> = {
  'not-admin': undefined,
  owner: words.ownersOnly,
  'last-owner': words.lastOwner,
};

/** The role, as a menu where it can be changed; what each may do stands beside it. */
function RoleOf({ member, all }: { member: Member; all: readonly Member[] }) {
  const workspace = useWorkspace();
  const { session } = route.useRouteContext();
  const renew = useRenewSession();
  const change = useChangeRole(workspace.id, member.user.id);
  const hold = holdOn(member, all, workspace.role);
  const name = member.user.name ?? words.nobody;
  if (hold) return <span title={HOLDS[hold]}>{words.role(member.role)}</span>;
  const choose = (role: Role) => {
    if (role === member.role || change.isPending) return;
    change.mutate(role, {
      onSuccess: async () => {
        announce(words.roleOf(name, role));
        if (member.user.id === session.user.id) await renew();
      },
      onError: (error) => void toast({ text: `${words.roleNotChanged(name)} ${toProblem(error).detail}` }),
    });
  };
  return (
    <LazyMenu
      label={words.chooseRole(name)}
      trigger={
        <button
          type="button"
          aria-label={words.roleOf(name, member.role)}
          aria-busy={change.isPending || undefined}
          className="t-13 -ml-2 inline-flex h-(--control) items-center gap-1 rounded-control px-2 hover:bg-bg-3"
        >
          {change.isPending ? words.changingRole : words.role(member.role)}
          <ChevronDown {...smallIcon} />
        </button>
      }
      sections={[
        {
          items: rolesToGive(workspace.role).map((role) => ({
            id: role,
            name: words.role(role),
            note: words.roleMay(role),
            checked: role === member.role,
            onSelect: () => choose(role),
          })),
        },
      ]}
    />
  );
}

type MemberMenuProps = {
  member: Member;
  all: readonly Member[];
  own: Role;
  me: string;
  onAsk: (asked: Asked) => void;
};

function MemberMenu({ member, all, own, me, onAsk }: MemberMenuProps) {
  const name = member.user.name ?? words.nobody;
  const itself = member.user.id === me;
  const items = [
    ...(own === 'owner' && !itself
      ? [{ id: 'transfer', name: words.makeOwner, onSelect: () => onAsk({ deed: 'transfer', member }) }]
      : []),
    // oneself one leaves, in General
    ...(!itself && holdOn(member, all, own) === null
      ? [{ id: 'remove', name: words.remove, danger: true, onSelect: () => onAsk({ deed: 'remove', member }) }]
      : []),
  ];
  if (items.length === 0) return null;
  return (
    <LazyMenu
      label={words.actionsOf(name)}
      align="end"
      trigger={
        <IconButton label={words.actionsOf(name)}>
          <Ellipsis {...icon} />
        </IconButton>
      }
      sections={[{ items }]}
    />
  );
}
