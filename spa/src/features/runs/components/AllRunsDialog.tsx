// Something for all runs that fit the filter of the list: how many before, how far while it is done.
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import { Button } from '@/components/Button';
import { RadioGroup } from '@/components/Choice';
import { Dialog } from '@/components/Dialog';
import { TextField } from '@/components/TextField';
import { toast } from '@/components/Toast';
import { number } from '@/lib/format';
import { useWorkspace } from '@/lib/workspace';
import { useAllRuns, useCount } from '../all';
import { allWords as words } from '../all-strings';
import { DEEDS, type Deed, mustBeWritten, type Shown } from '../model/all';

export default function AllRunsDialog({ shown, what, onClose }: { shown: Shown; what: string; onClose: () => void }) {
  const workspace = useWorkspace();
  // what comes while somebody thinks is not meant
  const [until] = useState(() => new Date().toISOString());
  const counts = {
    cancel: useCount(workspace.id, 'cancel', shown, until),
    retry: useCount(workspace.id, 'retry', shown, until),
    delete: useCount(workspace.id, 'delete', shown, until),
  };
  const all = useAllRuns(workspace.id);
  const [chosen, setChosen] = useState<Deed | null>(null);
  const [typed, setTyped] = useState('');
  const [missing, setMissing] = useState<string | undefined>();
  const possible = DEEDS.filter((deed) => (counts[deed].data?.count ?? 0) > 0);
  const deed = chosen ?? possible[0] ?? null;
  const failed = DEEDS.map((one) => counts[one].error).find((error) => error !== null);
  const counted = DEEDS.every((one) => counts[one].data !== undefined);
  const count = deed ? (counts[deed].data?.count ?? 0) : 0;
  const more = deed ? (counts[deed].data?.more ?? false) : false;
  const busy = all.progress !== null;
  const close = () => (busy ? all.stop() : onClose());
  const perform = async () => {
    if (!deed || busy) return;
    if (mustBeWritten(deed, count) && typed.trim().replace(/\D/g, '') !== String(count))
      return setMissing(words.numberWrong(number(count)));
    const done = await all.perform(deed, shown, until);
    if (!done) return;
    void toast({ text: words.done[deed](done.done, done.looked - done.done) });
    onClose();
  };
  return (
    <Dialog
      open
      title={words.title(what)}
      onClose={close}
      foot={
        <>
          <Button onClick={close}>{busy ? words.stop : words.keep}</Button>
          {deed && (
            <Button
              look={deed === 'retry' ? 'primary' : 'danger-filled'}
              busy={busy && words.busy[deed]}
              onClick={perform}
            >
              {words.verb[deed](count, more)}
            </Button>
          )}
        </>
      }
    >
      <div className="t-14 flex flex-col gap-4">
        {!counted && !failed && <p role="status">{words.counting}</p>}
        {counted && !deed && <p>{words.none}</p>}
        {counted && deed && (
          <RadioGroup
            label={words.choose}
            value={deed}
            disabled={busy}
            options={possible.map((one) => ({
              value: one,
              label: words.verb[one](counts[one].data?.count ?? 0, counts[one].data?.more ?? false),
              help: words.follows[one],
            }))}
            onChange={setChosen}
          />
        )}
        {deed && mustBeWritten(deed, count) && (
          <TextField
            id="all-count"
            label={words.number(number(count))}
            value={typed}
            onChange={(value) => {
              setTyped(value);
              setMissing(undefined);
            }}
            error={missing}
          />
        )}
        {all.progress && (
          <p role="status" className="t-13">
            {words.progress(all.progress.looked, count, more)}
          </p>
        )}
        {(all.error ?? failed) != null && (
          <p role="alert" className="t-13 text-failed">
            <span className="font-medium">{words.notAll}</span> {toProblem(all.error ?? failed).detail}
          </p>
        )}
      </div>
    </Dialog>
  );
}
