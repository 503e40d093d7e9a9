// Handing the workspace over: who becomes what.
import type { Member } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { useWorkspace } from '@/lib/workspace';
import { useRenewSession, useTransfer } from '../api';
import { words } from '../strings';

export function TransferDialog({ member, onClose }: { member: Member; onClose: () => void }) {
  const workspace = useWorkspace();
  const renew = useRenewSession();
  const transfer = useTransfer(workspace.id);
  const name = member.user.name ?? words.nobody;
  const perform = () =>
    transfer.mutate(member.user.id, {
      onSuccess: async () => {
        onClose();
        await renew();
      },
    });
  return (
    <AskDialog
      title={words.transferTitle(name)}
      verb={words.transferIt(name)}
      busyVerb={words.transferring}
      keep={words.keepOwning}
      busy={transfer.isPending}
      error={transfer.error}
      notDone={words.notTransferred}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{words.transferText(name)}</p>
    </AskDialog>
  );
}
