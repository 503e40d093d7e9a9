// Makes a token, then shows it: once.
import { useState } from 'react';
import type { Session } from '@/api/types';
import { CheckGroup, Select } from '@/components/Choice';
import { FormDialog } from '@/components/FormDialog';
import { OnceDialog } from '@/components/OnceDialog';
import { TextField } from '@/components/TextField';
import { asSentence } from '@/lib/credentials';
import { errorAt, NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useCreateToken } from '../api';
import {
  ALL_WORKSPACES,
  checkToken,
  EMPTY_FORM,
  fieldIds,
  SCOPES,
  TERMS,
  type TokenForm,
  toCreate,
} from '../model/tokens';
import { tokenWords as words } from '../strings';

const PLACES = {
  '/name': { fieldId: fieldIds.name, label: words.name },
  '/scopes': { fieldId: fieldIds.scopes, label: words.scopes },
  '/expires_in_days': { fieldId: fieldIds.term, label: words.term },
  '/workspace_id': { fieldId: fieldIds.workspace, label: words.workspace },
};

export function TokenDialog({ session, onClose }: { session: Session; onClose: () => void }) {
  const create = useCreateToken();
  const [form, setForm] = useState<TokenForm>(EMPTY_FORM);
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  if (create.data)
    return (
      <OnceDialog
        title={words.madeTitle(create.data.name)}
        text={words.madeText}
        label={words.token}
        value={create.data.token}
        what={words.what}
        onClose={onClose}
      >
        <div className="t-12 text-text-2">
          {words.asHeader}
          <code className="mono-12 mt-1 block rounded-control bg-bg-0 p-2 break-all text-text-1">
            {`Authorization: Bearer ${create.data.token}`}
          </code>
        </div>
      </OnceDialog>
    );
  const change = (next: Partial<TokenForm>) => {
    setForm({ ...form, ...next });
    setRefusal(NO_REFUSAL);
  };
  const submit = () => {
    const issues = checkToken(form);
    if (issues.length > 0) return setRefusal({ issues });
    create.mutate(toCreate(form), { onError: (error) => setRefusal(refusalOf(error, words.notMade, PLACES)) });
  };
  return (
    <FormDialog
      title={words.createTitle}
      verb={words.make}
      busyVerb={words.making}
      busy={create.isPending}
      dirty={form.name.trim() !== ''}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        id={fieldIds.name}
        label={words.name}
        help={words.nameHelp}
        maxLength={100}
        value={form.name}
        onChange={(name) => change({ name })}
        error={asSentence(words.name, errorAt(refusal, fieldIds.name))}
      />
      <CheckGroup
        id={fieldIds.scopes}
        label={words.scopes}
        values={form.scopes}
        options={SCOPES.map((scope) => ({ value: scope, label: words.scope(scope), help: words.scopeHelp(scope) }))}
        onChange={(scopes) => change({ scopes })}
        error={errorAt(refusal, fieldIds.scopes)}
      />
      <Select
        id={fieldIds.workspace}
        label={words.workspace}
        help={words.workspaceHelp}
        value={form.workspace}
        options={[
          { value: ALL_WORKSPACES, label: words.allWorkspaces },
          ...session.workspaces.map((one) => ({ value: one.id, label: one.name })),
        ]}
        onChange={(workspace) => change({ workspace })}
        error={errorAt(refusal, fieldIds.workspace)}
      />
      <Select
        id={fieldIds.term}
        label={words.term}
        help={words.termHelp}
        value={form.term}
        options={TERMS.map((term) => ({ value: term, label: words.termName(term) }))}
        onChange={(term) => change({ term })}
        error={errorAt(refusal, fieldIds.term)}
      />
    </FormDialog>
  );
}
