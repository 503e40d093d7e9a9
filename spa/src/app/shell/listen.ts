// Holds the stream that tells when there is something new about who is signed in, in one page of the browser for all of them.
import type { QueryClient } from '@tanstack/react-query';
import { keys } from '@/api/client';
import { growing, holdStream } from '@/lib/held-stream';
import { inOnePage } from '@/lib/one-page';

const NAME = 'stepmill.session';
const LONGEST_WAIT_MS = 60_000;

export function listen(client: QueryClient): () => void {
  const pages = new BroadcastChannel(NAME);
  const look = () => client.invalidateQueries({ queryKey: keys.session, exact: true });
  pages.onmessage = () => void look();
  const tell = () => {
    pages.postMessage(null);
    return look();
  };
  const end = inOnePage(NAME, () => {
    const held = holdStream({
      url: '/api/session/live',
      heard: { session: () => void tell() },
      onBroken: (breaks) => growing(breaks, LONGEST_WAIT_MS),
      beforeAgain: tell,
    });
    return held.stop;
  });
  return () => {
    end();
    pages.close();
  };
}
