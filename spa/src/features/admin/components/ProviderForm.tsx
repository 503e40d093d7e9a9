// A provider: how it is called and reached, whom it lets in, and into which workspaces.
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import type { SignInProvider } from '@/api/types';
import { AskDialog } from '@/components/AskDialog';
import { Button } from '@/components/Button';
import { Switch } from '@/components/Choice';
import { CopyButton } from '@/components/CopyButton';
import { PasswordField } from '@/components/PasswordField';
import { SaveForm, useRefusal } from '@/components/SaveForm';
import { SectionHead } from '@/components/Sections';
import { TextField } from '@/components/TextField';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { asSentence } from '@/lib/credentials';
import { errorAt, refusalOf } from '@/lib/refusal';
import { useDeleteProvider, useSaveProvider } from '../api';
import { checkProvider, EMPTY_PROVIDER, type ProviderForm as Form, fieldIds, formOf } from '../model/providers';
import { words } from '../provider-strings';
import { words as common } from '../strings';
import { Rules } from './Rules';

const LIST = { to: '/admin/$section', params: { section: 'providers' } } as const;
const PLACES = {
  '/name': { fieldId: fieldIds.name, label: words.name },
  '/issuer': { fieldId: fieldIds.issuer, label: words.issuer },
  '/client_id': { fieldId: fieldIds.clientId, label: words.clientId },
  '/client_secret': { fieldId: fieldIds.secret, label: words.secret },
};

export function ProviderForm({ provider }: { provider?: SignInProvider }) {
  const router = useRouter();
  const save = useSaveProvider(provider?.id);
  // only what was typed: the rest stays what the server says
  const [typed, setTyped] = useState<Partial<Form>>({});
  const [stored, setStored] = useState(() => (provider ? formOf(provider) : EMPTY_PROVIDER));
  const refused = useRefusal();
  const { refusal, refuse } = refused;
  const [deleting, setDeleting] = useState(false);
  const form = { ...stored, ...typed };
  const change = (next: Partial<Form>) => {
    setTyped({ ...typed, ...next });
    refused.forget();
  };
  const submit = () => {
    const issues = checkProvider(form, !provider);
    if (issues.length > 0) return refuse({ issues });
    save.mutate(form, {
      onError: (error) => refuse(refusalOf(error, words.notSaved, PLACES)),
      onSuccess: (now) => {
        setTyped({});
        setStored(formOf(now));
        void toast({ text: words.saved });
        if (!provider) void router.navigate({ ...LIST, search: { provider: now.id }, replace: true });
      },
    });
  };
  useActions([
    {
      id: 'provider.delete',
      name: words.removeMore,
      group: common.admin,
      danger: true,
      when: () => provider !== undefined,
      perform: () => setDeleting(true),
    },
  ]);
  const at = (fieldId: string, label: string) => asSentence(label, errorAt(refusal, fieldId));
  return (
    <>
      <SectionHead
        title={provider?.name ?? words.newTitle}
        actions={
          provider && (
            <Button look="danger" onClick={() => setDeleting(true)}>
              {words.removeMore}
            </Button>
          )
        }
      />
      <SaveForm
        refused={refused}
        id="provider.save"
        group={common.admin}
        verb={words.save}
        busyVerb={words.saving}
        busy={save.isPending}
        listsIssues
        onSave={submit}
        className="flex max-w-160 flex-col gap-5 px-(--gutter) py-4"
      >
        <TextField
          id={fieldIds.name}
          label={words.name}
          help={words.nameHelp}
          maxLength={100}
          value={form.name}
          onChange={(name) => change({ name })}
          error={at(fieldIds.name, words.name)}
        />
        <TextField
          id={fieldIds.issuer}
          label={words.issuer}
          help={words.issuerHelp}
          inputMode="url"
          spellCheck={false}
          autoCapitalize="none"
          mono
          maxLength={500}
          value={form.issuer}
          onChange={(issuer) => change({ issuer })}
          error={at(fieldIds.issuer, words.issuer)}
        />
        <TextField
          id={fieldIds.clientId}
          label={words.clientId}
          spellCheck={false}
          autoCapitalize="none"
          autoComplete="off"
          mono
          maxLength={500}
          value={form.clientId}
          onChange={(clientId) => change({ clientId })}
          error={at(fieldIds.clientId, words.clientId)}
        />
        <PasswordField
          id={fieldIds.secret}
          kind="secret"
          label={words.secret}
          help={provider ? words.secretKept : words.secretHelp}
          optional={provider !== undefined}
          value={form.secret}
          onChange={(secret) => change({ secret })}
          error={at(fieldIds.secret, words.secret)}
        />
        {provider ? (
          <TextField
            label={words.callback}
            help={words.callbackHelp}
            readOnly
            mono
            value={`${window.location.origin}${provider.callback}`}
            onChange={() => {}}
            aside={
              <CopyButton text={`${window.location.origin}${provider.callback}`} what={words.callbackWhat} withWord />
            }
          />
        ) : (
          <p className="t-13 text-text-2">{words.callbackLater}</p>
        )}
        <Switch
          label={words.enabled}
          help={words.enabledHelp}
          checked={form.enabled}
          onChange={(enabled) => change({ enabled })}
        />
        <Switch
          label={words.createAccounts}
          help={words.createAccountsHelp}
          checked={form.createAccounts}
          onChange={(createAccounts) => change({ createAccounts })}
        />
        <Switch
          label={words.linkAccounts}
          help={words.linkAccountsHelp}
          checked={form.linkAccounts}
          onChange={(linkAccounts) => change({ linkAccounts })}
        />
        <Rules rules={form.rules} refusal={refusal} onChange={(rules) => change({ rules })} />
      </SaveForm>
      {deleting && provider && <DeleteDialog provider={provider} onClose={() => setDeleting(false)} />}
    </>
  );
}

function DeleteDialog({ provider, onClose }: { provider: SignInProvider; onClose: () => void }) {
  const router = useRouter();
  const remove = useDeleteProvider();
  const perform = () =>
    remove.mutate(provider.id, { onSuccess: () => void router.navigate({ ...LIST, search: {}, replace: true }) });
  return (
    <AskDialog
      title={words.removeTitle(provider.name)}
      verb={words.remove}
      busyVerb={words.removing}
      keep={words.keep}
      busy={remove.isPending}
      error={remove.error}
      notDone={words.notRemoved}
      onPerform={perform}
      onClose={onClose}
    >
      <p>{words.removeText(provider.people)}</p>
    </AskDialog>
  );
}
