// What is asked before an administrator does something to a person; and the link for a new password, shown once.
import { useRouter } from '@tanstack/react-router';
import type { User } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { OnceDialog } from '@/components/OnceDialog';
import { useChangePerson, useMakeResetLink, useRemoveFactor } from '../api';
import { type Change, words } from '../people-strings';

type PersonDialogProps = { person: User; onClose: () => void };

export function ChangeDialog({ person, change, onClose }: PersonDialogProps & { change: Change }) {
  const router = useRouter();
  const alter = useChangePerson(person.id);
  const perform = () =>
    alter.mutate(change.body, {
      onSuccess: () => {
        onClose();
        // whoever administers no more has no business here
        void router.invalidate();
      },
    });
  return (
    <AskDialog
      title={change.title(person.name)}
      verb={change.verb}
      busyVerb={change.busyVerb}
      keep={words.keep}
      busy={alter.isPending}
      error={alter.error}
      notDone={words.notDone}
      harmless={!change.danger}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{change.text}</p>
    </AskDialog>
  );
}

export function FactorDialog({ person, onClose }: PersonDialogProps) {
  const remove = useRemoveFactor(person.id);
  return (
    <AskDialog
      title={words.factorTitle(person.name)}
      verb={words.factorDo}
      busyVerb={words.factorDoing}
      keep={words.keep}
      busy={remove.isPending}
      error={remove.error}
      notDone={words.notDone}
      onPerform={() => remove.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <p>{words.factorText}</p>
    </AskDialog>
  );
}

export function LinkDialog({ person, onClose }: PersonDialogProps) {
  const make = useMakeResetLink(person.id);
  if (make.data)
    return (
      <OnceDialog
        title={words.linkTitle(person.name)}
        text={words.linkReady(person.name)}
        label={words.link}
        // behind the #: browsers send it nowhere
        value={`${window.location.origin}/reset-password#${make.data.token}`}
        what={words.linkWhat}
        onClose={onClose}
      />
    );
  return (
    <AskDialog
      title={words.linkTitle(person.name)}
      verb={words.linkMake}
      busyVerb={words.linkMaking}
      keep={words.keep}
      busy={make.isPending}
      error={make.error}
      notDone={words.notDone}
      harmless
      onPerform={() => make.mutate()}
      onClose={onClose}
    >
      <p>{words.linkText}</p>
    </AskDialog>
  );
}
