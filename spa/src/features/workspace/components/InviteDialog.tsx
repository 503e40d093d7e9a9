// Makes an invitation, then shows its link: once.
import { useState } from 'react';
import type { Role } from '@/api/types';
import { RadioGroup } from '@/components/Choice';
import { FormDialog } from '@/components/FormDialog';
import { OnceDialog } from '@/components/OnceDialog';
import { TextField } from '@/components/TextField';
import { errorAt, NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { useInvite } from '../api';
import { rolesToGive } from '../model/roles';
import { words } from '../strings';

const NOTE = 'invitation-note';
const ROLE = 'invitation-role';
const NOTE_MOST = 254;
const PLACES = {
  '/note': { fieldId: NOTE, label: words.inviteNote },
  '/role': { fieldId: ROLE, label: words.inviteRole },
};

export function InviteDialog({ onClose }: { onClose: () => void }) {
  const workspace = useWorkspace();
  const invite = useInvite(workspace.id);
  const [role, setRole] = useState<Role>('member');
  const [note, setNote] = useState('');
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  if (invite.data)
    return (
      <OnceDialog
        title={words.linkTitle}
        text={words.linkOnce}
        label={words.link}
        value={`${window.location.origin}/invitations/${invite.data.token}`}
        what={words.linkWhat}
        onClose={onClose}
      />
    );
  const submit = () => {
    if ([...note.trim()].length > NOTE_MOST)
      return setRefusal({ issues: [{ ...PLACES['/note'], message: words.noteLong }] });
    invite.mutate(
      { role, note: note.trim() },
      { onError: (error) => setRefusal(refusalOf(error, words.notInvited, PLACES)) },
    );
  };
  return (
    <FormDialog
      title={words.inviteTitle}
      verb={words.makeLink}
      busyVerb={words.makingLink}
      busy={invite.isPending}
      dirty={note.trim() !== ''}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="t-13 text-text-2">{words.inviteText}</p>
      <TextField
        id={NOTE}
        label={words.inviteNote}
        help={words.inviteNoteHelp}
        optional
        value={note}
        onChange={(text) => {
          setNote(text);
          setRefusal(NO_REFUSAL);
        }}
        error={errorAt(refusal, NOTE)}
      />
      <RadioGroup
        id={ROLE}
        label={words.inviteRole}
        value={role}
        options={rolesToGive(workspace.role).map((one) => ({
          value: one,
          label: words.role(one),
          help: words.roleMay(one),
        }))}
        onChange={setRole}
        error={errorAt(refusal, ROLE)}
      />
    </FormDialog>
  );
}
