// The invitations that are open, and those that ran out lately: for whom, as what, by whom, until when; Revoke.
import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { toProblem } from '@/api/problem';
import type { Invitation } from '@/api/types';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { toast } from '@/components/Toast';
import { useNow } from '@/lib/clock';
import { dateTime, timeUntil } from '@/lib/format';
import { useWorkspace } from '@/lib/workspace';
import { invitationsQuery, useRevokeInvitation } from '../api';
import { words } from '../strings';

const whom = (invitation: Invitation) => invitation.note || words.unnamed;

const COLUMNS: readonly Column<Invitation>[] = [
  { id: 'role', header: words.invitedAs, width: '112px', cell: (one) => words.role(one.role) },
  {
    id: 'by',
    header: words.invitedBy,
    width: '160px',
    phone: 'hidden',
    from: 'desk',
    cell: (one) => <span className="block max-w-36 truncate">{one.created_by.name ?? words.nobody}</span>,
  },
  {
    id: 'expires',
    header: words.expires,
    width: '144px',
    align: 'right',
    cell: (one) => <Expires at={one.expires_at} />,
  },
  {
    id: 'revoke',
    header: words.actions,
    quietHeader: true,
    width: '96px',
    align: 'right',
    phone: 'end',
    cell: (one) => <Revoke invitation={one} />,
  },
];

export function Invitations() {
  const workspace = useWorkspace();
  const query = useQuery(invitationsQuery(workspace.id));
  return (
    <section aria-labelledby="invitations-heading" className="mt-6">
      <h2 id="invitations-heading" tabIndex={-1} className="t-16 px-(--gutter)">
        {words.invitations} {query.data && <span className="t-13 text-text-3">{query.data.length}</span>}
      </h2>
      <DataTable
        label={words.invitations}
        columns={COLUMNS}
        rows={query.data}
        rowKey={(one) => one.id}
        skeletonRows={1}
        name={{ header: words.inviteNote, text: whom }}
        dimmed={(one) => Date.parse(one.expires_at) <= Date.now()}
        instead={
          query.isError && !query.data ? (
            <ErrorState
              error={query.error}
              what={words.invitationsFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : query.data?.length === 0 ? (
            <p className="t-13 px-(--gutter) py-2 text-text-2">{words.invitationsEmpty}</p>
          ) : undefined
        }
      />
    </section>
  );
}

function Expires({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={dateTime(at)}>
      {Date.parse(at) <= now ? words.ranOut : timeUntil(at, now)}
    </time>
  );
}

function Revoke({ invitation }: { invitation: Invitation }) {
  const workspace = useWorkspace();
  const revoke = useRevokeInvitation(workspace.id);
  const button = useRef<HTMLButtonElement>(null);
  const perform = () => {
    // the row goes, and the focus with it
    const next = button.current?.closest('tr, li')?.nextElementSibling?.querySelector('button');
    revoke.mutate(invitation.id, {
      onSuccess: () => (next instanceof HTMLElement ? next : document.getElementById('invitations-heading'))?.focus(),
      onError: (error) => void toast({ text: `${words.notRevoked} ${toProblem(error).detail}` }),
    });
  };
  return (
    <Button
      ref={button}
      look="quiet"
      aria-label={words.revokeOf(whom(invitation))}
      busy={revoke.isPending ? words.revoking : false}
      onClick={perform}
    >
      {words.revoke}
    </Button>
  );
}
