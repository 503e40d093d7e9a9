// What is changed in place and has revisions, such as an agent or a project: its settings as a form, and putting it away.
import type { UseMutationResult } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { toProblem } from '@/api/problem';
import { Button } from '@/components/Button';
import { SaveForm, useRefusal } from '@/components/SaveForm';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { type Refusal, refusalOf } from '@/lib/refusal';

type Thing = { name: string; revision: number; archived_at: string | null };
type Update<T extends Thing, Changes> = UseMutationResult<T, Error, { revision: number; changes: Changes }>;

type FormWords = { save: string; saving: string; saved: string; notSaved: string; faster: string; mayNot: string };

type RevisedFormProps<T extends Thing, Form extends object, Changes> = {
  thing: T;
  update: Update<T, Changes>;
  may: boolean;
  /** Of the action in the palette, and its group there. */
  id: string;
  group: string;
  words: FormWords;
  formOf: (thing: T) => Form;
  issuesOf: (form: Form) => Refusal['issues'];
  /** null: nothing differs. */
  changesOf: (thing: T, form: Form) => Changes | null;
  places: Parameters<typeof refusalOf>[2];
  children: (form: Form, refusal: Refusal, change: (next: Partial<Form>) => void) => ReactNode;
};

export function RevisedForm<T extends Thing, Form extends object, Changes>(props: RevisedFormProps<T, Form, Changes>) {
  const { thing, update, may, id, group, words, formOf, issuesOf, changesOf, places, children } = props;
  // only what was typed here: the rest stays what the server says
  const [typed, setTyped] = useState<Partial<Form>>({});
  const refused = useRefusal();
  const { refuse } = refused;
  const form = { ...formOf(thing), ...typed };
  const save = () => {
    const issues = issuesOf(form);
    if (issues.length > 0) return refuse({ issues });
    const changes = changesOf(thing, form);
    if (!changes) return setTyped({});
    update.mutate(
      { revision: thing.revision, changes },
      {
        onSuccess: () => {
          setTyped({});
          refused.forget();
          void toast({ text: words.saved });
        },
        onError: (error) =>
          refuse(
            toProblem(error).status === 412
              ? { issues: [], general: words.faster }
              : refusalOf(error, words.notSaved, places),
          ),
      },
    );
  };
  return (
    <SaveForm
      refused={refused}
      id={id}
      group={group}
      verb={words.save}
      busyVerb={words.saving}
      busy={update.isPending}
      may={may}
      listsIssues
      onSave={save}
      className="flex max-w-160 flex-col gap-4 px-(--gutter) py-4"
    >
      {!may && !thing.archived_at && <p className="t-13 text-text-2">{words.mayNot}</p>}
      {children(form, refused.refusal, (next) => {
        setTyped((was) => ({ ...was, ...next }));
        refused.forget();
      })}
    </SaveForm>
  );
}

type PutAwayProps<T extends Thing, Changes> = {
  thing: T;
  update: Update<T, Changes | { archived: boolean }>;
  id: string;
  group: string;
  words: {
    archive: string;
    archiving: string;
    restore: string;
    restoring: string;
    undo: string;
    notSaved: string;
    archivedToast: (name: string) => string;
  };
};

/** Out of the lists, and back. */
export function PutAway<T extends Thing, Changes>({ thing, update, id, group, words }: PutAwayProps<T, Changes>) {
  const away = thing.archived_at !== null;
  const put = (archived: boolean, revision: number) =>
    update.mutate(
      { revision, changes: { archived } },
      {
        onSuccess: (now) => {
          if (archived)
            void toast({
              text: words.archivedToast(thing.name),
              action: { label: words.undo, perform: () => put(false, now.revision) },
            });
        },
        onError: (error) => void toast({ text: `${words.notSaved} ${toProblem(error).detail}` }),
      },
    );
  const perform = () => put(!away, thing.revision);
  const name = away ? words.restore : words.archive;
  useActions([{ id, name, group, perform }]);
  return (
    <Button busy={update.isPending ? (away ? words.restoring : words.archiving) : false} onClick={perform}>
      {name}
    </Button>
  );
}
