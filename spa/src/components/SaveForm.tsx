// A form of settings: what it was refused for at its top, its fields, Save (also by key). Focus goes to the first field that is wrong.
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useActions } from '@/lib/actions';
import { NO_REFUSAL, type Refusal } from '@/lib/refusal';
import { Button } from './Button';
import { ErrorSummary, focusField } from './ErrorSummary';

export type Refused = {
  refusal: Refusal;
  /** Tells it, and leads to it. */
  refuse: (next: Refusal) => void;
  /** What is being mended is not blamed on. */
  forget: () => void;
  summaryId: string;
};

export function useRefusal(): Refused {
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const summaryId = useId();
  return {
    refusal,
    refuse: (next) => {
      setRefusal(next);
      // after the messages are drawn
      setTimeout(() => focusField(next.issues[0]?.fieldId ?? summaryId));
    },
    forget: () => setRefusal(NO_REFUSAL),
    summaryId,
  };
}

export type SaveFormProps = {
  refused: Refused;
  /** Of the action in the palette. */
  id: string;
  group: string;
  verb: string;
  busyVerb: string;
  busy: boolean;
  /** Who may not sees what is set, without Save. */
  may?: boolean;
  /** Several fields can be wrong: they are listed at the top as well. */
  listsIssues?: boolean;
  onSave: () => void;
  className?: string;
  children: ReactNode;
};

export function SaveForm(props: SaveFormProps) {
  const { refused, id, group, verb, busyVerb, busy, may = true, listsIssues, onSave, className, children } = props;
  const { refusal, summaryId } = refused;
  const save = (event?: FormEvent) => {
    event?.preventDefault();
    if (!busy && may) onSave();
  };
  useActions([{ id, name: verb, keys: 'Mod+S', group, inFields: true, when: () => may, perform: () => save() }]);
  const listed = refusal.general || (listsIssues && refusal.issues.length > 1) ? refusal.issues : [];
  return (
    <form noValidate onSubmit={save} className={className ?? 'flex flex-col gap-5'}>
      <ErrorSummary id={summaryId} issues={listed} general={refusal.general} requestId={refusal.requestId} />
      {children}
      {may && (
        <div>
          <Button look="primary" type="submit" keys="Mod+S" busy={busy ? busyVerb : false}>
            {verb}
          </Button>
        </div>
      )}
    </form>
  );
}
