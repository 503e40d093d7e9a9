// The providers by which one can sign in besides the password: connected ones, and those that could be.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Identity } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { Button, buttonClass } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { TimeAgo } from '@/components/Money';
import { providerStart, waysQuery } from '@/lib/sign-in-ways';
import { identitiesQuery, useRemoveIdentity } from '../api';
import { identityWords as words } from '../strings';

/** Nothing where no provider is configured and none was connected. */
export function Identities() {
  const ways = useQuery(waysQuery);
  const query = useQuery(identitiesQuery);
  const [asked, setAsked] = useState<Identity | null>(null);
  const connected = query.data ?? [];
  const others = (ways.data ?? []).filter((way) => !connected.some((one) => one.provider.id === way.id));
  if (query.isError && !query.data)
    return (
      <ErrorState
        error={query.error}
        what={words.failed}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    );
  if (!query.data || connected.length + others.length === 0) return null;
  return (
    <section aria-labelledby="identities-heading" className="border-t border-line-1 pt-6">
      <h2 id="identities-heading" tabIndex={-1} className="t-16 mb-2">
        {words.heading}
      </h2>
      <ul className="border-t border-line-1">
        {connected.map((one) => (
          <li
            key={one.provider.id}
            className="t-13 flex min-h-(--row-table) flex-wrap items-center gap-3 border-b border-line-1 py-1"
          >
            <span className="font-medium">{one.provider.name}</span>
            <span className="t-12 flex-1 text-text-2">
              {words.lastUsed} <TimeAgo at={one.last_used_at} />
            </span>
            <Button look="quiet" aria-label={words.disconnectOf(one.provider.name)} onClick={() => setAsked(one)}>
              {words.disconnect}
            </Button>
          </li>
        ))}
        {others.map((way) => (
          <li
            key={way.id}
            className="t-13 flex min-h-(--row-table) flex-wrap items-center gap-3 border-b border-line-1 py-1"
          >
            <span className="font-medium">{way.name}</span>
            <span className="t-12 flex-1 text-text-2">{words.notConnected}</span>
            <a
              href={providerStart(way.id, '/account/profile', true)}
              aria-label={words.connectOf(way.name)}
              className={buttonClass()}
            >
              {words.connect}
            </a>
          </li>
        ))}
      </ul>
      {asked && <Disconnect identity={asked} onClose={() => setAsked(null)} />}
    </section>
  );
}

function Disconnect({ identity, onClose }: { identity: Identity; onClose: () => void }) {
  const remove = useRemoveIdentity();
  const { id, name } = identity.provider;
  const perform = () =>
    remove.mutate(id, {
      onSuccess: () => {
        onClose();
        // the button that opened this is gone with its row
        setTimeout(() => document.getElementById('identities-heading')?.focus());
      },
    });
  return (
    <AskDialog
      title={words.disconnectTitle(name)}
      verb={words.disconnect}
      busyVerb={words.disconnecting}
      keep={words.keep}
      busy={remove.isPending}
      error={remove.error}
      notDone={words.notDisconnected}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{words.disconnectText(name)}</p>
    </AskDialog>
  );
}
