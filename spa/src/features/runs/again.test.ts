// All checkpoints of a run are read, however many pages there are, and the newest comes first.
import { QueryClient } from '@tanstack/react-query';
import { afterEach, expect, test, vi } from 'vitest';

afterEach(() => vi.unstubAllGlobals());

test('checkpoints are read page by page, the newest first', async () => {
  const asked: string[] = [];
  const Relative = class extends Request {
    constructor(input: string, init?: RequestInit) {
      super(new URL(input, 'http://localhost'), init);
    }
  };
  vi.stubGlobal('Request', Relative);
  vi.stubGlobal('fetch', async (request: Request) => {
    const cursor = new URL(request.url).searchParams.get('cursor');
    asked.push(String(cursor));
    const from = Number(cursor ?? 0);
    const data = Array.from({ length: 500 }, (_, i) => ({ checkpoint: from + i + 1 }));
    return Response.json({ data, next_cursor: from < 1000 ? String(from + 500) : null });
  });
  const { checkpointsQuery } = await import('./again'); // the client takes both when it is made
  const all = await new QueryClient().fetchQuery(checkpointsQuery('w', 'r'));
  expect(asked).toEqual(['null', '500', '1000']);
  expect([all.length, all[0]?.checkpoint, all.at(-1)?.checkpoint]).toEqual([1500, 1500, 1]);
});
