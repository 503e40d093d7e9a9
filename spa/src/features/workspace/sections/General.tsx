// Name, address, how long runs are kept; and at the foot what ends one's being here: archive, leave.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { WorkspaceSettings } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { Button } from '@/components/Button';
import { RadioGroup } from '@/components/Choice';
import { Ending } from '@/components/Ending';
import { FieldOutlines, NotLoaded } from '@/components/NotLoaded';
import { SaveForm, useRefusal } from '@/components/SaveForm';
import { TextField } from '@/components/TextField';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { announce } from '@/lib/announce';
import { dateTime } from '@/lib/format';
import { errorAt, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import {
  membersQuery,
  settingsQuery,
  useArchiveWorkspace,
  useLeave,
  useRenewSession,
  useUpdateWorkspace,
} from '../api';
import { atLeast, mayLeave } from '../model/roles';
import { changesOf, checkSettings, fieldIds, formOf, type SettingsForm } from '../model/settings';
import { words } from '../strings';

const route = getRouteApi('/w/$workspace');

export default function General() {
  const workspace = useWorkspace();
  const query = useQuery(settingsQuery(workspace.id));
  const settings = query.data;
  if (!settings)
    return (
      <NotLoaded query={query} what={words.generalFailed} sentence={words.generalLoading}>
        <FieldOutlines fields={3} />
      </NotLoaded>
    );
  return (
    <div className="flex max-w-160 flex-col gap-8 px-(--gutter) py-4">
      {settings.archived_at && <Archived settings={settings} at={settings.archived_at} />}
      <Form settings={settings} />
      <Endings settings={settings} />
    </div>
  );
}

const PLACES = {
  '/name': { fieldId: fieldIds.name, label: words.name },
  '/slug': { fieldId: fieldIds.slug, label: words.slug },
  '/retention_days': { fieldId: fieldIds.days, label: words.days },
};

function Form({ settings }: { settings: WorkspaceSettings }) {
  const workspace = useWorkspace();
  const router = useRouter();
  const renew = useRenewSession();
  const update = useUpdateWorkspace(workspace.id);
  // only what was typed here: the rest stays what the server says
  const [typed, setTyped] = useState<Partial<SettingsForm>>({});
  const form = { ...formOf(settings), ...typed };
  const refused = useRefusal();
  const { refusal, refuse } = refused;
  const may = atLeast(workspace.role, 'admin') && !settings.archived_at;
  const change = (next: Partial<SettingsForm>) => {
    setTyped({ ...typed, ...next });
    refused.forget();
  };
  const save = () => {
    const issues = checkSettings(form);
    if (issues.length > 0) return refuse({ issues });
    const changes = changesOf(settings, form);
    if (!changes) return announce(words.saved);
    update.mutate(changes, {
      onError: (error) => refuse(refusalOf(error, words.notSaved, PLACES)),
      onSuccess: async (now) => {
        setTyped({});
        void toast({ text: words.saved });
        if (now.slug !== workspace.slug) {
          await renew();
          await router.navigate({
            to: '/w/$workspace/settings/$section',
            params: { workspace: now.slug, section: 'general' },
            replace: true,
          });
        } else if (now.name !== workspace.name) await renew();
      },
    });
  };
  return (
    <SaveForm
      refused={refused}
      id="settings.save"
      group={words.settings}
      verb={words.save}
      busyVerb={words.saving}
      busy={update.isPending}
      may={may}
      onSave={save}
    >
      {!may && !settings.archived_at && <p className="t-13 text-text-2">{words.mayNotChange}</p>}
      <TextField
        id={fieldIds.name}
        label={words.name}
        value={form.name}
        onChange={(name) => change({ name })}
        error={errorAt(refusal, fieldIds.name)}
        readOnly={!may}
        maxLength={200}
      />
      <TextField
        id={fieldIds.slug}
        label={words.slug}
        help={words.slugHelp}
        value={form.slug}
        onChange={(slug) => change({ slug })}
        error={errorAt(refusal, fieldIds.slug)}
        readOnly={!may}
        maxLength={100}
        spellCheck={false}
        autoCapitalize="none"
        mono
      />
      <RadioGroup
        id={fieldIds.keep}
        label={words.retention}
        value={form.keep}
        disabled={!may}
        options={[
          { value: 'forever', label: words.retentionForever },
          { value: 'days', label: words.retentionDays },
        ]}
        onChange={(keep) => change({ keep })}
      />
      {form.keep === 'days' && (
        <TextField
          id={fieldIds.days}
          label={words.days}
          help={words.daysHelp}
          inputMode="numeric"
          value={form.days}
          onChange={(days) => change({ days })}
          error={errorAt(refusal, fieldIds.days)}
          readOnly={!may}
          maxLength={10}
        />
      )}
    </SaveForm>
  );
}

function Archived({ settings, at }: { settings: WorkspaceSettings; at: string }) {
  const workspace = useWorkspace();
  const renew = useRenewSession();
  const restore = useArchiveWorkspace(workspace.id);
  return (
    <div className="flex flex-col items-start gap-3 rounded-card border border-line-2 bg-bg-2 p-3">
      <p className="t-13">{words.archivedSince(dateTime(at))}</p>
      {workspace.role === 'owner' && (
        <Button
          busy={restore.isPending ? words.restoring : false}
          onClick={() =>
            restore.mutate(false, {
              onSuccess: async () => {
                await renew();
                void toast({ text: words.restored(settings.name) });
              },
            })
          }
        >
          {words.restore}
        </Button>
      )}
      {restore.isError && (
        <p role="alert" className="t-13 text-failed">
          {words.notRestored} {toProblem(restore.error).detail}
        </p>
      )}
    </div>
  );
}

/** Each with its sentence and its button. */
function Endings({ settings }: { settings: WorkspaceSettings }) {
  const workspace = useWorkspace();
  const { session } = route.useRouteContext();
  const members = useQuery(membersQuery(workspace.id));
  const [asked, setAsked] = useState<'archive' | 'leave' | null>(null);
  const me = members.data?.find((one) => one.user.id === session.user.id);
  const stays = me !== undefined && members.data !== undefined && !mayLeave(me, members.data);
  const archives = workspace.role === 'owner' && !settings.archived_at;
  useActions([
    {
      id: 'workspace.leave',
      name: words.leaveMore,
      group: words.settings,
      danger: true,
      when: () => !stays,
      perform: () => setAsked('leave'),
    },
    {
      id: 'workspace.archive',
      name: words.archiveMore,
      group: words.settings,
      danger: true,
      when: () => archives,
      perform: () => setAsked('archive'),
    },
  ]);
  return (
    <div className="flex flex-col border-t border-line-1">
      <Ending
        text={stays ? words.lastOwnerStays : words.leaveHelp}
        verb={words.leaveMore}
        disabled={stays}
        onAsk={() => setAsked('leave')}
      />
      {archives && <Ending text={words.archiveHelp} verb={words.archiveMore} onAsk={() => setAsked('archive')} />}
      {asked === 'leave' && <LeaveDialog onClose={() => setAsked(null)} />}
      {asked === 'archive' && <ArchiveDialog onClose={() => setAsked(null)} />}
    </div>
  );
}

function LeaveDialog({ onClose }: { onClose: () => void }) {
  const { name, id } = useWorkspace();
  const router = useRouter();
  const renew = useRenewSession();
  const leave = useLeave(id);
  const perform = () =>
    leave.mutate(undefined, {
      onSuccess: async () => {
        // away first: this page is nothing to look at any more
        await router.navigate({ to: '/' });
        await renew();
        await router.navigate({ to: '/' });
        void toast({ text: words.left(name) });
      },
    });
  return (
    <AskDialog
      title={words.leaveTitle(name)}
      verb={words.leave}
      busyVerb={words.leaving}
      keep={words.stay}
      busy={leave.isPending}
      error={leave.error}
      notDone={words.notLeft}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{words.leaveText}</p>
      <p>{words.leaveHelp}</p>
    </AskDialog>
  );
}

function ArchiveDialog({ onClose }: { onClose: () => void }) {
  const { name, id } = useWorkspace();
  const router = useRouter();
  const renew = useRenewSession();
  const archive = useArchiveWorkspace(id);
  const bringBack = () =>
    archive.mutate(false, {
      onSuccess: async (now) => {
        await renew();
        await router.navigate({
          to: '/w/$workspace/settings/$section',
          params: { workspace: now.slug, section: 'general' },
        });
      },
      onError: (error) => void toast({ text: `${words.notRestored} ${toProblem(error).detail}` }),
    });
  const perform = () =>
    archive.mutate(true, {
      onSuccess: async () => {
        onClose();
        const session = await renew();
        if (!session.workspaces.some((one) => one.id === id)) await router.navigate({ to: '/' });
        void toast({ text: words.archived(name), action: { label: words.undo, perform: bringBack } });
      },
    });
  return (
    <AskDialog
      title={words.archiveTitle(name)}
      verb={words.archive}
      busyVerb={words.archiving}
      keep={words.keepWorkspace}
      busy={archive.isPending}
      error={archive.error}
      notDone={words.notArchived}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{words.archiveText}</p>
    </AskDialog>
  );
}
