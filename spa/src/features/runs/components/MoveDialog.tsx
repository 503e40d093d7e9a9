// Which version a run that waits is to go on with. Whether what it has begun fits that, the server says.
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { versionsQuery } from '@/features/library/api';
import { useWorkspace } from '@/lib/workspace';
import { deedWords } from '../deed-strings';
import { useMoveRun } from '../deeds';
import { AgainDialog, type AgainDialogProps } from './AgainDialog';

export default function MoveDialog({ run, onClose }: AgainDialogProps) {
  const workspace = useWorkspace();
  const query = useInfiniteQuery(versionsQuery(workspace.id, { noun: 'workflow', id: run.workflow_id }));
  const move = useMoveRun(workspace.id, run.id);
  const [chosen, setChosen] = useState('');
  const others = (query.data?.pages ?? [])
    .flatMap((page): readonly { version: number; message: string }[] => page.data)
    .filter((one) => one.version !== run.workflow_version);
  const value = chosen || String(others[0]?.version ?? '');
  return (
    <AgainDialog
      title={deedWords.move}
      verb={deedWords.moveVerb}
      busy={move.isPending}
      error={move.error}
      onClose={onClose}
      onVerb={() => value && move.mutate(Number(value), { onSuccess: onClose })}
    >
      {query.isPending && (
        <Loading sentence={deedWords.readingVersions}>
          <Skeleton className="h-8" />
        </Loading>
      )}
      {query.error && (
        <ErrorState error={query.error} what={deedWords.versionsFailed} onRetry={() => void query.refetch()} />
      )}
      {query.data && others.length === 0 && !query.hasNextPage && (
        <p className="t-13 text-text-2">{deedWords.noOtherVersion}</p>
      )}
      {others.length > 0 && (
        <Select
          label={deedWords.versionField}
          value={value}
          onChange={setChosen}
          options={others.map((one) => ({ value: String(one.version), label: deedWords.versionOf(one) }))}
        />
      )}
      {query.hasNextPage && (
        <Button
          className="self-start"
          busy={query.isFetchingNextPage ? deedWords.readingVersions : false}
          onClick={() => void query.fetchNextPage()}
        >
          {deedWords.earlierVersions}
        </Button>
      )}
      <p className="t-13 text-text-2">{deedWords.moveMeans(run.workflow_version)}</p>
    </AgainDialog>
  );
}
