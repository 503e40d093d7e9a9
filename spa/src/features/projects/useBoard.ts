// The board of a project as it is now: read once, then card by card as the stream tells that runs have moved. The query cache is the only copy.
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { connectionTeller } from '@/features/live/connection-teller';
import { boardQuery, projectQuery, readBoard } from './api';
import { followBoard } from './board-stream';
import { behind, type Moved, withCards } from './model/board';

const READ_AT_ONCE = 100;

export function useBoard(workspaceId: string, projectId: string) {
  const client = useQueryClient();
  const query = useQuery(boardQuery(workspaceId, projectId));
  const known = query.data !== undefined;
  useEffect(() => {
    if (known) return watch(client, workspaceId, projectId);
  }, [known, client, workspaceId, projectId]);
  return query;
}

function watch(client: QueryClient, workspaceId: string, projectId: string): () => void {
  const { queryKey } = boardQuery(workspaceId, projectId);
  const connection = connectionTeller();
  const take = async (moved: readonly Moved[]) => {
    const board = client.getQueryData(queryKey);
    if (!board) return;
    const { read, gone } = behind(board, moved);
    if (read.length === 0 && gone.length === 0) return;
    connection.count(read.length);
    // the project's own state is made of its runs
    void client.invalidateQueries({ queryKey: projectQuery(workspaceId, projectId).queryKey });
    if (read.length > READ_AT_ONCE) return void client.invalidateQueries({ queryKey });
    const cards = read.length > 0 ? await readBoard(workspaceId, projectId, read) : { data: [], workflows: [] };
    client.setQueryData(queryKey, (now) => now && withCards(now, cards, gone));
  };
  const following = followBoard({
    url: `/api/workspaces/${workspaceId}/projects/${projectId}/live`,
    // what could not be read is told again when the stream comes back
    onMoved: (moved) => void take(moved).catch(() => following.tryNow()),
    onState: (state, asOf) => connection.tell(state, asOf, () => following.tryNow()),
    onAsk: () => void client.invalidateQueries({ queryKey }),
  });
  return () => {
    following.stop();
    connection.stop();
  };
}
