// Before what cannot be undone: names the thing and what follows, with the verb on the button.
import type { ReactNode } from 'react';
import { toProblem } from '@/api/problem';
import { Button } from './Button';
import { Dialog } from './Dialog';

export type AskDialogProps = {
  title: string;
  /** What follows. */
  children: ReactNode;
  /** "Remove Ada", and while it is asked "Removing…". */
  verb: string;
  busyVerb: string;
  busy: boolean;
  /** "Keep it" */
  keep: string;
  /** It was refused: "Not removed." and why. */
  error: unknown;
  notDone: string;
  /** It takes nothing away. */
  harmless?: boolean;
  onPerform: () => void;
  onClose: () => void;
};

export function AskDialog(props: AskDialogProps) {
  const { title, children, verb, busyVerb, busy, keep, error, notDone, harmless, onPerform, onClose } = props;
  const foot = (
    <>
      <Button onClick={onClose}>{keep}</Button>
      <Button
        look={harmless ? 'primary' : 'danger-filled'}
        busy={busy ? busyVerb : false}
        onClick={() => !busy && onPerform()}
      >
        {verb}
      </Button>
    </>
  );
  return (
    <Dialog open title={title} onClose={onClose} foot={foot}>
      <div className="t-14 flex flex-col gap-3">{children}</div>
      {error !== null && error !== undefined && (
        <p role="alert" className="t-13 mt-3 text-failed">
          <span className="font-medium">{notDone}</span> {toProblem(error).detail}
        </p>
      )}
    </Dialog>
  );
}
