// Where one is signed in: from which program and address, since when; End one, or all but this.
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { toProblem } from '@/api/problem';
import type { SessionFacts } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { TimeAgo } from '@/components/Money';
import { SectionHead } from '@/components/Sections';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { announce } from '@/lib/announce';
import { useNow } from '@/lib/clock';
import { dateTime, timeUntil } from '@/lib/format';
import { sessionsQuery, useEndOtherSessions, useEndSession } from '../api';
import { agentName } from '../model/agent';
import { words as common, sessionWords as words } from '../strings';

const COLUMNS: readonly Column<SessionFacts>[] = [
  { id: 'address', header: words.address, width: '160px', cell: (one) => one.address },
  {
    id: 'since',
    header: words.since,
    width: '128px',
    align: 'right',
    phone: 'hidden',
    from: 'desk',
    cell: (one) => <TimeAgo at={one.created_at} />,
  },
  { id: 'seen', header: words.seen, width: '128px', align: 'right', cell: (one) => <TimeAgo at={one.last_seen_at} /> },
  {
    id: 'ends',
    header: words.ends,
    width: '112px',
    align: 'right',
    phone: 'hidden',
    cell: (one) => <Ends at={one.expires_at} />,
  },
  {
    id: 'end',
    header: words.actions,
    quietHeader: true,
    width: '96px',
    align: 'right',
    phone: 'end',
    cell: (one) => (one.current ? null : <End session={one} />),
  },
];

export default function Sessions() {
  const query = useQuery(sessionsQuery);
  const [asked, setAsked] = useState(false);
  const others = query.data?.filter((one) => !one.current).length ?? 0;
  useActions([
    {
      id: 'session.endOthers',
      name: words.endOthersMore,
      group: common.account,
      danger: true,
      when: () => others > 0,
      perform: () => setAsked(true),
    },
  ]);
  return (
    <>
      <SectionHead
        count={query.data?.length}
        actions={
          others > 0 && (
            <Button look="danger" onClick={() => setAsked(true)}>
              {words.endOthers}
            </Button>
          )
        }
      />
      <DataTable
        label={common.sessions}
        columns={COLUMNS}
        rows={query.data}
        rowKey={(one) => one.id}
        skeletonRows={3}
        name={{
          header: words.program,
          text: (one) => agentName(one.agent),
          after: (one) => one.current && <span className="t-12 shrink-0 text-text-3">{words.here}</span>,
        }}
        instead={
          query.isError && !query.data ? (
            <ErrorState
              error={query.error}
              what={words.failed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : undefined
        }
      />
      {asked && <EndOthers count={others} onClose={() => setAsked(false)} />}
    </>
  );
}

function Ends({ at }: { at: string }) {
  const now = useNow();
  return (
    <time dateTime={at} title={dateTime(at)}>
      {timeUntil(at, now)}
    </time>
  );
}

function End({ session }: { session: SessionFacts }) {
  const end = useEndSession();
  const button = useRef<HTMLButtonElement>(null);
  const name = agentName(session.agent);
  const perform = () => {
    // the row goes, and the focus with it
    const row = button.current?.closest('tr, li');
    const next = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector('button');
    end.mutate(session.id, {
      onSuccess: () => {
        announce(words.ended(name));
        (next ?? document.querySelector<HTMLElement>('main h1'))?.focus();
      },
      onError: (error) => void toast({ text: `${words.notEnded} ${toProblem(error).detail}` }),
    });
  };
  return (
    <Button
      ref={button}
      look="quiet"
      aria-label={words.endOf(name, session.address)}
      busy={end.isPending ? words.ending : false}
      onClick={perform}
    >
      {words.end}
    </Button>
  );
}

function EndOthers({ count, onClose }: { count: number; onClose: () => void }) {
  const end = useEndOtherSessions();
  return (
    <AskDialog
      title={words.endOthersTitle}
      verb={words.endThem}
      busyVerb={words.ending}
      keep={words.keep}
      busy={end.isPending}
      error={end.error}
      notDone={words.notAllEnded}
      onPerform={() => end.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{words.endOthersText(count)}</p>
      <p className="text-text-2">{words.tokensGoOn}</p>
    </AskDialog>
  );
}
