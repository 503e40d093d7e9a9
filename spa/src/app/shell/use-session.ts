// What others do to one's place here is seen without loading the page again: a role, an invitation accepted elsewhere, a removal, a session that was ended.
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Session } from '@/api/types';
import { sessionQuery } from '../queries';

const EVERY_MS = 10_000;

/** `session`: as the pages have it; they get it anew when it has become another. Nobody asks while the page is hidden. */
export function useSessionKept(session: Session | null | undefined) {
  const router = useRouter();
  const { data } = useQuery({ ...sessionQuery, refetchInterval: EVERY_MS, refetchOnWindowFocus: 'always' });
  useEffect(() => {
    if (data && data !== session) void router.invalidate();
  }, [data, session, router]);
}
