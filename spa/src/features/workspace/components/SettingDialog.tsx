// A variable or a secret: its name, which stays, and its value. What is in a secret is never here to be shown.
import { useState } from 'react';
import type { Secret, Variable } from '@/api/types';
import { FormDialog } from '@/components/FormDialog';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { errorAt, NO_REFUSAL, type Refusal, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { type SettingKind, useSetSetting } from '../api';
import { words } from '../strings';

const NAME = 'setting-name';
const VALUE = 'setting-value';
const SHAPE = /^[A-Za-z_][A-Za-z0-9_]{0,62}$/;
const MOST_BYTES = 65_536;
const PLACES = {
  'path.name': { fieldId: NAME, label: words.settingName },
  '/value': { fieldId: VALUE, label: words.value },
};

type SettingDialogProps = {
  kind: SettingKind;
  /** null: a new one. */
  was: Variable | Secret | null;
  taken: readonly string[];
  onClose: () => void;
};

export function SettingDialog({ kind, was, taken, onClose }: SettingDialogProps) {
  const workspace = useWorkspace();
  const set = useSetSetting(workspace.id, kind);
  const before = was && 'value' in was ? was.value : '';
  const [name, setName] = useState(was?.name ?? '');
  const [value, setValue] = useState(before);
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const secret = kind === 'secret';
  const check = (): Refusal => {
    const issues = [];
    const wanted = name.trim();
    const wrong = !SHAPE.test(wanted)
      ? words.settingNameWrong
      : !was && taken.includes(wanted)
        ? words.settingNameTaken(wanted)
        : null;
    if (wrong) issues.push({ ...PLACES['path.name'], message: wrong });
    if (secret && value === '') issues.push({ ...PLACES['/value'], message: words.valueEmpty });
    else if (new TextEncoder().encode(value).length > MOST_BYTES)
      issues.push({ ...PLACES['/value'], message: words.valueLong });
    return { issues };
  };
  const submit = () => {
    const found = check();
    if (found.issues.length > 0) return setRefusal(found);
    set.mutate(
      { name: name.trim(), value },
      { onSuccess: onClose, onError: (error) => setRefusal(refusalOf(error, words.notSaved, PLACES)) },
    );
  };
  const title = was
    ? secret
      ? words.replaceSecret(was.name)
      : words.changeVariable(was.name)
    : secret
      ? words.addSecret
      : words.addVariable;
  return (
    <FormDialog
      title={title}
      verb={was ? words.save : title}
      busyVerb={words.saving}
      busy={set.isPending}
      dirty={value !== before || name !== (was?.name ?? '')}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      {!was && (
        <TextField
          id={NAME}
          label={words.settingName}
          help={words.settingNameHelp}
          value={name}
          onChange={(text) => {
            setName(text);
            setRefusal(NO_REFUSAL);
          }}
          error={errorAt(refusal, NAME)}
          maxLength={100}
          spellCheck={false}
          autoCapitalize="none"
          mono
        />
      )}
      <TextArea
        id={VALUE}
        label={words.value}
        help={secret ? words.secretValueHelp : undefined}
        value={value}
        onChange={(text) => {
          setValue(text);
          setRefusal(NO_REFUSAL);
        }}
        error={errorAt(refusal, VALUE)}
        rows={3}
        spellCheck={false}
        autoComplete="off"
        mono
      />
    </FormDialog>
  );
}
