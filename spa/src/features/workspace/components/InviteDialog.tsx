// Makes an invitation, then shows its link: once.
import { useState } from 'react';
import type { Role } from '@/api/types';
import { Button } from '@/components/Button';
import { RadioGroup } from '@/components/Choice';
import { CopyButton } from '@/components/CopyButton';
import { Dialog } from '@/components/Dialog';
import { FormDialog } from '@/components/FormDialog';
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
    return <LinkDialog link={`${window.location.origin}/invitations/${invite.data.token}`} onClose={onClose} />;
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

function LinkDialog({ link, onClose }: { link: string; onClose: () => void }) {
  const [copied, setCopied] = useState(false);
  const [leaving, setLeaving] = useState(false);
  const close = () => (copied || leaving ? onClose() : setLeaving(true));
  const foot = leaving ? (
    <>
      <span className="t-13 mr-auto self-center">{words.linkNotCopied}</span>
      <Button onClick={() => setLeaving(false)}>{words.backToLink}</Button>
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
    <Dialog open title={words.linkTitle} onClose={close} foot={foot}>
      <div className="flex flex-col gap-3">
        <p className="t-13">{words.linkOnce}</p>
        <TextField
          label={words.link}
          value={link}
          readOnly
          mono
          onChange={() => {}}
          onFocus={(event) => event.target.select()}
          onCopy={() => setCopied(true)}
          aside={<CopyButton text={link} what={words.linkWhat} withWord onCopied={() => setCopied(true)} />}
        />
      </div>
    </Dialog>
  );
}
