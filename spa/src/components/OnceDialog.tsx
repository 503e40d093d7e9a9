// What is shown this once: a token, a link. Copy; Done asks once if it was not copied.
import { type ReactNode, useState } from 'react';
import { Button } from './Button';
import { CopyButton } from './CopyButton';
import { Dialog } from './Dialog';
import { TextField } from './TextField';

export type OnceDialogProps = {
  title: string;
  /** What it is for; that it cannot be shown again is said already. */
  text: ReactNode;
  label: string;
  value: string;
  /** "token": what is copied, for the voice and the questions. */
  what: string;
  children?: ReactNode;
  onClose: () => void;
};

const words = {
  once: 'It cannot be shown again.',
  notCopied: (what: string) => `The ${what} was not copied, and cannot be shown again.`,
  back: (what: string) => `Back to the ${what}`,
  closeAnyway: 'Close anyway',
  done: 'Done',
};

export function OnceDialog({ title, text, label, value, what, children, onClose }: OnceDialogProps) {
  const [copied, setCopied] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const close = () => (copied || leaving ? onClose() : setLeaving(true));
  const foot = leaving ? (
    <>
      <span className="t-13 mr-auto self-center">{words.notCopied(what)}</span>
      <Button onClick={() => setLeaving(false)}>{words.back(what)}</Button>
      <Button look="danger-filled" onClick={onClose}>
        {words.closeAnyway}
      </Button>
    </>
  ) : (
    <Button look="primary" onClick={close}>
      {words.done}
    </Button>
  );
  return (
    <Dialog open title={title} onClose={close} foot={foot}>
      <div className="flex flex-col gap-3">
        <p className="t-13">
          {text} {words.once}
        </p>
        <TextField
          label={label}
          value={value}
          readOnly
          mono
          onChange={() => {}}
          onFocus={(event) => event.target.select()}
          onCopy={() => setCopied(true)}
          aside={<CopyButton text={value} what={what} withWord onCopied={() => setCopied(true)} />}
        />
        {children}
      </div>
    </Dialog>
  );
}
