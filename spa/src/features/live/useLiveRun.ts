// A run as it is now: read once, then kept up to date by its events until it has ended. The query cache is the only copy. Pieces of
// output are gathered and drawn once a frame, or at once where nobody looks.
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { api, keys, unwrap } from '@/api/client';
import type { Run, RunEvent } from '@/api/types';
import { hasEnded } from '@/lib/status';
import { connectionTeller } from './connection-teller';
import { applyEvents, newerOf } from './model/apply';
import { follow } from './model/stream';

const REREAD_MS = 250;
const REREADS = 4;

/** An answer that is older than the events that came meanwhile is asked for again. */
async function readRun(client: QueryClient, workspaceId: string, runId: string, signal: AbortSignal): Promise<Run> {
  for (let tries = 0; ; tries++) {
    const read = await unwrap(
      api.GET('/workspaces/{workspace_id}/runs/{run_id}', {
        params: { path: { workspace_id: workspaceId, run_id: runId } },
        signal,
      }),
    );
    const run = newerOf(read, client.getQueryData<Run>(keys.run(workspaceId, runId)));
    if (run || tries >= REREADS) return run ?? read;
    await new Promise((done) => setTimeout(done, REREAD_MS));
  }
}

export function useRun(workspaceId: string, runId: string) {
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.run(workspaceId, runId),
    queryFn: ({ signal }) => readRun(client, workspaceId, runId, signal),
  });
}

export function useLiveRun(workspaceId: string, runId: string) {
  const query = useRun(workspaceId, runId);
  const client = useQueryClient();
  const going = query.data !== undefined && (query.data.reopening || !hasEnded(query.data.status));

  useEffect(() => {
    if (going) return watch(client, workspaceId, runId);
  }, [going, workspaceId, runId, client]);

  return query;
}

/** Follows the run's events into the query cache; what is returned ends it. */
function watch(client: QueryClient, workspaceId: string, runId: string): () => void {
  const key = keys.run(workspaceId, runId);
  const params = { path: { workspace_id: workspaceId, run_id: runId } };
  let waiting: RunEvent[] = [];
  let frame = 0;
  let reading = false;
  let readAgain = false;

  const read = async () => {
    readAgain = reading;
    if (reading) return;
    reading = true;
    await client.invalidateQueries({ queryKey: key, exact: true }, { cancelRefetch: false });
    reading = false;
    if (readAgain) void read();
  };
  const draw = () => {
    frame = 0;
    const events = waiting;
    waiting = [];
    const run = client.getQueryData<Run>(key);
    if (!run || events.length === 0) return;
    const { run: next, stale, gap } = applyEvents(run, events);
    client.setQueryData(key, next);
    if (stale || gap) void read();
  };
  const connection = connectionTeller();
  const following = follow({
    url: `/api/workspaces/${workspaceId}/runs/${runId}/live`,
    after: client.getQueryData<Run>(key)?.last_event ?? 0,
    ask: async (after) => {
      const list = await unwrap(
        api.GET('/workspaces/{workspace_id}/runs/{run_id}/events', {
          params: { ...params, query: { after, limit: 1000 } },
        }),
      );
      return { events: list.data, ended: list.ended };
    },
    onEvents: (events) => {
      connection.count(events.length);
      waiting.push(...events);
      if (document.hidden) queueMicrotask(draw);
      else frame ||= requestAnimationFrame(draw);
    },
    onState: (state, asOf) => connection.tell(state, asOf, () => following.tryNow()),
    onEnd: () => {
      connection.tell('live', Date.now());
      cancelAnimationFrame(frame);
      draw();
      void read();
    },
  });
  return () => {
    following.stop();
    cancelAnimationFrame(frame);
    connection.stop();
  };
}
