// Removing a member: what it means, and to whom what they kept private goes.
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Member } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { Select } from '@/components/Choice';
import { toast } from '@/components/Toast';
import { useWorkspace } from '@/lib/workspace';
import { useRemoveMember } from '../api';
import { words } from '../strings';

const route = getRouteApi('/w/$workspace');

type RemoveDialogProps = { member: Member; all: readonly Member[]; onClose: () => void };

export function RemoveDialog({ member, all, onClose }: RemoveDialogProps) {
  const workspace = useWorkspace();
  const { session } = route.useRouteContext();
  const remove = useRemoveMember(workspace.id);
  const [giveTo, setGiveTo] = useState('');
  const name = member.user.name ?? words.nobody;
  // oneself first, then the others
  const takers = all
    .filter((one) => one.user.id !== member.user.id)
    .toSorted((a, b) => Number(b.user.id === session.user.id) - Number(a.user.id === session.user.id));
  const perform = () =>
    remove.mutate(
      { userId: member.user.id, giveTo: giveTo || null },
      {
        onSuccess: ({ given, notGiven }) => {
          onClose();
          const to = takers.find((one) => one.user.id === giveTo)?.user.name ?? words.nobody;
          void toast({
            text: notGiven
              ? words.removedNotGiven(name, toProblem(notGiven).detail)
              : given
                ? words.removedGiven(name, to)
                : words.removed(name),
          });
        },
      },
    );
  return (
    <AskDialog
      title={words.removeTitle(name)}
      verb={words.removeIt(name)}
      busyVerb={words.removing}
      keep={words.keepMember}
      busy={remove.isPending}
      error={remove.error}
      notDone={words.notRemoved}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{words.removeText(name)}</p>
      {workspace.role === 'owner' && (
        <Select
          label={words.giveTo}
          help={words.giveToHelp}
          optional
          value={giveTo}
          options={[
            { value: '', label: words.giveNobody },
            ...takers.map((one) => ({
              value: one.user.id,
              label: `${one.user.name ?? words.nobody}${one.user.id === session.user.id ? ` (${words.you})` : ''}`,
            })),
          ]}
          onChange={setGiveTo}
        />
      )}
    </AskDialog>
  );
}
