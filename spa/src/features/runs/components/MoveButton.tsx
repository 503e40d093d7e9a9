// A run that waits goes on with another version of its workflow: the dialog is fetched when it is asked for.
import { lazy, Suspense, useState } from 'react';
import type { Run } from '@/api/types';
import { Button } from '@/components/Button';
import { useActions } from '@/lib/actions';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { deedWords } from '../deed-strings';
import { rests } from '../model/facts';
import { words } from '../strings';

const MoveDialog = lazy(() => import('./MoveDialog'));

export function MoveButton({ run }: { run: Run }) {
  const workspace = useWorkspace();
  const [open, setOpen] = useState(false);
  const may = mayEdit(workspace) && rests(run);
  useActions([
    { id: 'run.move', name: deedWords.move, group: words.thisRun, when: () => may, perform: () => setOpen(true) },
  ]);
  return (
    <>
      {may && <Button onClick={() => setOpen(true)}>{deedWords.move}</Button>}
      {open && (
        <Suspense fallback={null}>
          <MoveDialog run={run} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
