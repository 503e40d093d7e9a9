// Two changed one thing: who the other was, both texts beside each other, and the choice. Nothing is overwritten before it is made.
import { type Ref, useId } from 'react';
import { Button } from '@/components/Button';
import { ScrollText } from '@/components/ScrollText';
import { words } from '../strings';

export type ConflictFacts = {
  /** null: somebody who left. */
  who: string | null;
  theirs: { version: number; text: string };
  mine: { version: number; text: string };
};

type ConflictProps = ConflictFacts & {
  busy: boolean;
  onTakeTheirs: () => void;
  onSaveMine: () => void;
  ref?: Ref<HTMLDivElement>;
};

export function Conflict({ who, theirs, mine, busy, onTakeTheirs, onSaveMine, ref }: ConflictProps) {
  const heading = useId();
  const name = who ?? words.nobody;
  return (
    <div
      ref={ref}
      role="alert"
      tabIndex={-1}
      aria-labelledby={heading}
      className="flex flex-col gap-3 rounded-card border border-waiting p-3"
    >
      <div>
        <p id={heading} className="t-13 font-medium">
          {words.conflict(name, theirs.version, mine.version)}
        </p>
        <p className="t-13 text-text-2">{words.conflictText}</p>
      </div>
      <div className="grid gap-3 @tablet:grid-cols-2">
        <Side title={words.theirs(name, theirs.version)} text={theirs.text} />
        <Side title={words.mine} text={mine.text} unsettled />
      </div>
      <div className="flex flex-wrap gap-2">
        <Button onClick={onTakeTheirs}>{words.takeTheirs}</Button>
        <Button busy={busy ? words.savingMine : false} onClick={onSaveMine}>
          {words.saveMine(theirs.version + 1)}
        </Button>
      </div>
    </div>
  );
}

function Side({ title, text, unsettled }: { title: string; text: string; unsettled?: boolean }) {
  return (
    <div className="min-w-0">
      <h3 className="t-12 mb-1 font-medium">
        {title}
        {unsettled && <span className="grain-block ml-1" aria-hidden="true" />}
      </h3>
      <ScrollText label={title} text={text} />
    </div>
  );
}
