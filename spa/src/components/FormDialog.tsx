// A dialog with up to five fields and one verb. What is wrong appears at its field, and the focus goes there; closing asks when something
// was typed. Mod+Enter sends.
import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { Refusal } from '@/lib/refusal';
import { Button } from './Button';
import { Dialog } from './Dialog';
import { ErrorSummary, focusField } from './ErrorSummary';

export type FormDialogProps = {
  title: string;
  /** On the button: "Invite". */
  verb: string;
  /** While it is asked: "Inviting…". */
  busyVerb: string;
  busy: boolean;
  /** Something was typed that closing would lose. */
  dirty: boolean;
  refusal: Refusal;
  onSubmit: () => void;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  /** It takes something away. */
  danger?: boolean;
};

const words = {
  cancel: 'Cancel',
  discard: 'Discard what you typed?',
  keep: 'Keep it',
  discardIt: 'Discard it',
};

export function FormDialog(props: FormDialogProps) {
  const { title, verb, busyVerb, busy, dirty, refusal, onSubmit, onClose, children, wide, danger } = props;
  const [leaving, setLeaving] = useState(false);
  const form = useId();
  const summary = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const first = refusal.issues[0];
    if (first) focusField(first.fieldId);
    else if (refusal.general) summary.current?.focus();
  }, [refusal]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!busy) onSubmit();
  };
  const close = () => (dirty && !leaving ? setLeaving(true) : onClose());
  const foot = leaving ? (
    <>
      <span className="t-13 mr-auto self-center">{words.discard}</span>
      {/* keyed: a button that becomes the submitting one while it is pressed would submit */}
      <Button key="stay" onClick={() => setLeaving(false)}>
        {words.keep}
      </Button>
      <Button key="leave" look="danger-filled" onClick={onClose}>
        {words.discardIt}
      </Button>
    </>
  ) : (
    <>
      <Button onClick={close}>{words.cancel}</Button>
      <Button
        key="submit"
        look={danger ? 'danger-filled' : 'primary'}
        type="submit"
        form={form}
        busy={busy ? busyVerb : false}
      >
        {verb}
      </Button>
    </>
  );
  return (
    <Dialog open title={title} onClose={close} foot={foot} wide={wide}>
      <form
        id={form}
        noValidate
        onSubmit={submit}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
        }}
        className="flex flex-col gap-4"
      >
        <ErrorSummary issues={[]} general={refusal.general} requestId={refusal.requestId} ref={summary} />
        {children}
      </form>
    </Dialog>
  );
}
