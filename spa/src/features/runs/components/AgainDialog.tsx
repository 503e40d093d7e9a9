// What the dialogs of running again have in common: a question, why it was refused, and the verb.
import type { ReactNode } from 'react';
import { toProblem } from '@/api/problem';
import type { Run } from '@/api/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { FieldError } from '@/components/Field';
import { words } from '../strings';

export type AgainDialogProps = { run: Run; onClose: () => void };

type Props = {
  title: string;
  verb: string;
  busy: boolean;
  error: Error | null;
  wide?: boolean;
  onVerb: () => void;
  onClose: () => void;
  children: ReactNode;
};

export function AgainDialog({ title, verb, busy, error, wide, onVerb, onClose, children }: Props) {
  const problem = error && toProblem(error);
  return (
    <Dialog
      open
      wide={wide}
      title={title}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>{words.close}</Button>
          <Button look="primary" busy={busy} onClick={onVerb}>
            {verb}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-4">
        {children}
        {problem && (
          <div role="alert">
            <FieldError>
              {[problem.detail, ...problem.errors.map((one) => one.message)].join(' ')}{' '}
              <span className="mono-12">{problem.code}</span>
            </FieldError>
          </div>
        )}
      </div>
    </Dialog>
  );
}
