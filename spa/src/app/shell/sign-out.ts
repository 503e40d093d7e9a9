// Ends the session at the server, then forgets everything that was read with it.
import type { QueryClient } from '@tanstack/react-query';
import type { AnyRouter } from '@tanstack/react-router';
import { api, unwrap } from '@/api/client';
import { toProblem } from '@/api/problem';
import { toast } from '@/components/Toast';

export async function signOut(client: QueryClient, router: AnyRouter) {
  try {
    await unwrap(api.DELETE('/session'));
  } catch (error) {
    const problem = toProblem(error);
    // already signed out is as good
    if (problem.status !== 401) {
      void toast({ text: `Not signed out. ${problem.detail}` });
      return;
    }
  }
  try {
    sessionStorage.clear();
  } catch {
    // nothing was kept
  }
  client.clear();
  await router.navigate({ to: '/sign-in' });
}
