// API tokens: what each may do, where, when it was used last and until when it is good; New token, Revoke.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { Session, Token } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { TimeAgo } from '@/components/Money';
import { SectionHead } from '@/components/Sections';
import { useActions } from '@/lib/actions';
import { useNow } from '@/lib/clock';
import { dateTime, timeUntil } from '@/lib/format';
import { tokensQuery, useRevokeToken } from '../api';
import { TokenDialog } from '../components/TokenDialog';
import { tokenState } from '../model/tokens';
import { words as common, tokenWords as words } from '../strings';

const route = getRouteApi('/account');

type Asked = 'new' | Token | null;

const columnsOf = (session: Session, onRevoke: (token: Token) => void): readonly Column<Token>[] => [
  {
    id: 'scopes',
    header: words.scopes,
    width: '30%',
    cell: (token) => (
      <span className="block max-w-80 truncate">{token.scopes.map((scope) => words.scope(scope)).join(' · ')}</span>
    ),
  },
  {
    id: 'workspace',
    header: words.workspace,
    width: '144px',
    phone: 'hidden',
    from: 'desk',
    cell: (token) => <span className="block max-w-36 truncate">{workspaceName(session, token)}</span>,
  },
  {
    id: 'used',
    header: words.lastUsed,
    width: '128px',
    align: 'right',
    phone: 'hidden',
    cell: (token) => (token.last_used_at ? <TimeAgo at={token.last_used_at} /> : words.neverUsed),
  },
  {
    id: 'expires',
    header: words.expires,
    width: '112px',
    align: 'right',
    cell: (token) => <Expires token={token} />,
  },
  {
    id: 'revoke',
    header: words.actions,
    quietHeader: true,
    width: '96px',
    align: 'right',
    phone: 'end',
    cell: (token) => (
      <Button look="quiet" aria-label={words.revokeOf(token.name)} onClick={() => onRevoke(token)}>
        {words.revoke}
      </Button>
    ),
  },
];

function workspaceName(session: Session, token: Token): string {
  if (token.workspace_id === null) return words.allWorkspaces;
  return session.workspaces.find((one) => one.id === token.workspace_id)?.name ?? words.goneWorkspace;
}

export default function Tokens() {
  const { session } = route.useRouteContext();
  const query = useQuery(tokensQuery);
  const [asked, setAsked] = useState<Asked>(null);
  const create = () => setAsked('new');
  const close = () => setAsked(null);
  useActions([{ id: 'token.new', name: words.createMore, keys: 'C', group: common.account, perform: create }]);
  const button = (
    <Button look="primary" keys="C" onClick={create}>
      {words.create}
    </Button>
  );
  const none = query.data?.length === 0;
  return (
    <>
      <SectionHead count={query.data?.length} primary={!none && button} />
      <DataTable
        label={common.tokens}
        columns={columnsOf(session, setAsked)}
        rows={query.data}
        rowKey={(token) => token.id}
        skeletonRows={3}
        name={{ header: words.name, text: (token) => token.name }}
        instead={
          query.isError && !query.data ? (
            <ErrorState
              error={query.error}
              what={words.failed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : none ? (
            <EmptyState sentence={words.empty} action={button} />
          ) : undefined
        }
      />
      {asked === 'new' && <TokenDialog session={session} onClose={close} />}
      {asked !== null && asked !== 'new' && <RevokeDialog token={asked} onClose={close} />}
    </>
  );
}

const INK = { good: '', soon: 'text-waiting', expired: 'text-text-2' };

function Expires({ token }: { token: Token }) {
  const now = useNow();
  if (token.expires_at === null) return words.noEnd;
  const state = tokenState(token, now);
  return (
    <time dateTime={token.expires_at} title={dateTime(token.expires_at)} className={INK[state]}>
      {state === 'expired' ? words.expired : timeUntil(token.expires_at, now)}
    </time>
  );
}

function RevokeDialog({ token, onClose }: { token: Token; onClose: () => void }) {
  const revoke = useRevokeToken();
  const perform = () =>
    revoke.mutate(token.id, {
      onSuccess: () => {
        onClose();
        // the button that opened this is gone with its row
        setTimeout(() => document.querySelector<HTMLElement>('main h1')?.focus());
      },
    });
  return (
    <AskDialog
      title={words.revokeTitle(token.name)}
      verb={words.revoke}
      busyVerb={words.revoking}
      keep={words.keep}
      busy={revoke.isPending}
      error={revoke.error}
      notDone={words.notRevoked}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{words.revokeText}</p>
    </AskDialog>
  );
}
