// What others do to one's place here is seen without loading the page again: a role, an invitation accepted elsewhere, a removal, a session that
// was ended. The server tells when there is something new, in a stream that one page of the browser holds for all of them; each page then
// reads it. Pages also look when somebody comes back to them, and before a stream that broke is opened again.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { signedOut } from '@/api/client';
import { Problem } from '@/api/problem';
import type { Session } from '@/api/types';
import { sessionQuery } from '../queries';

/** `session`: as the pages have it; they get it anew when it has become another. */
export function useSessionKept(session: Session | null | undefined) {
  const router = useRouter();
  const client = useQueryClient();
  const { data, error } = useQuery({ ...sessionQuery, refetchOnWindowFocus: 'always', refetchOnReconnect: 'always' });
  const person = session?.user.id;
  useEffect(() => {
    if (!person) return;
    let over = false;
    let stop: (() => void) | undefined;
    // no part of what a page needs to be seen
    import('./listen')
      .then(({ listen }) => {
        if (!over) stop = listen(client);
      })
      .catch(() => {});
    return () => {
      over = true;
      stop?.();
    };
  }, [person, client]);
  useEffect(() => {
    if (data && data !== session) void router.invalidate();
  }, [data, session, router]);
  useEffect(() => {
    if (error instanceof Problem && error.status === 401) signedOut();
  }, [error]);
}
