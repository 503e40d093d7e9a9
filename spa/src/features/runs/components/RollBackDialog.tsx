// Back to a checkpoint, of this generation or an earlier one: what had completed then is reused, the rest runs again.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Checkpoint, Run } from '@/api/types';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { ErrorState } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { dateTime } from '@/lib/format';
import { useWorkspace } from '@/lib/workspace';
import { checkpointsQuery, useRollBackRun } from '../again';
import { words } from '../strings';
import { AgainDialog, type AgainDialogProps } from './AgainDialog';

/** In the list at first; a run of many steps has more than anybody scrolls through. */
const SHOWN = 200;

export default function RollBackDialog({ run, onClose }: AgainDialogProps) {
  const workspace = useWorkspace();
  const query = useQuery({ ...checkpointsQuery(workspace.id, run.id), staleTime: 0 });
  const back = useRollBackRun(workspace.id, run.id);
  const [chosen, setChosen] = useState('');
  const [shown, setShown] = useState(SHOWN);
  const checkpoints = query.data?.slice(0, shown) ?? [];
  const earlier = (query.data?.length ?? 0) - checkpoints.length;
  const value = chosen || String(checkpoints[0]?.checkpoint ?? '');
  return (
    <AgainDialog
      title={words.rollBackTo}
      verb={words.rollBackVerb}
      busy={back.isPending}
      error={back.error}
      onClose={onClose}
      onVerb={() => value && back.mutate(Number(value), { onSuccess: onClose })}
    >
      {query.isPending && (
        <Loading sentence={words.readingCheckpoints}>
          <Skeleton className="h-8" />
        </Loading>
      )}
      {query.error && (
        <ErrorState error={query.error} what={words.checkpointsFailed} onRetry={() => void query.refetch()} />
      )}
      {query.data && checkpoints.length === 0 && <p className="t-13 text-text-2">{words.noCheckpoints}</p>}
      {checkpoints.length > 0 && (
        <>
          <Select
            label={words.checkpointField}
            value={value}
            onChange={setChosen}
            options={checkpoints.map((one) => ({ value: String(one.checkpoint), label: labelOf(run, one) }))}
          />
          {earlier > 0 && (
            <Button className="self-start" onClick={() => setShown(shown + SHOWN)}>
              {words.earlierCheckpoints(earlier)}
            </Button>
          )}
          <p className="t-13 text-text-2">{words.rollBackMeans}</p>
        </>
      )}
    </AgainDialog>
  );
}

function labelOf(run: Run, { step_id, generation, timestamp }: Checkpoint): string {
  const index = run.steps.findIndex((step) => step.key === step_id);
  const step = run.steps[index];
  return words.afterStep(step ? words.numbered(index + 1, step.name) : step_id, generation, dateTime(timestamp));
}
