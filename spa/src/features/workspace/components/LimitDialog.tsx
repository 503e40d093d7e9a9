// Sets a limit: of what, about what, how much. One that is there already keeps its kind and its scope.
import { useState } from 'react';
import type { Limit } from '@/api/types';
import { RadioGroup, Select } from '@/components/Choice';
import { FormDialog } from '@/components/FormDialog';
import { TextField } from '@/components/TextField';
import { errorAt, NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { useSetLimit } from '../api';
import { bodyOf, check, emptyForm, formOf, type LimitForm, scopeOf, scopeText } from '../model/limits';
import { type ScopeNames, useScopeNames } from '../scope-names';
import { words } from '../strings';

const ids = { of: 'limit-of', cost: 'limit-cost', count: 'limit-count', seconds: 'limit-seconds' } as const;
const LABELS = { cost: words.cost, count: words.count, seconds: words.seconds } as const;

const placesOf = (form: LimitForm) => {
  const count = { fieldId: ids.count, label: words.count };
  return {
    'query.scope': { fieldId: ids.of, label: form.kind === 'workspace' ? words.limitAbout : words[form.kind] },
    '/cost_usd': { fieldId: ids.cost, label: words.cost },
    '/limit': count,
    '/per_seconds': { fieldId: ids.seconds, label: words.seconds },
  };
};

function messageOf(form: LimitForm, field: keyof typeof ids): string {
  if (field === 'of') return form.kind === 'workflow' || form.kind === 'member' ? words.chooseWrong : words.textEmpty;
  if (field === 'cost') return words.costWrong;
  if (field === 'seconds') return words.secondsWrong;
  return form.unit === 'rate' ? words.rateWrong : words.countWrong;
}

export function LimitDialog({ was, onClose }: { was: Limit | null; onClose: () => void }) {
  const workspace = useWorkspace();
  const set = useSetLimit(workspace.id);
  const names = useScopeNames();
  const [start] = useState(() => (was ? formOf(was) : emptyForm));
  const [form, setForm] = useState(start);
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const change = (next: Partial<LimitForm>) => {
    setForm({ ...form, ...next });
    setRefusal(NO_REFUSAL);
  };
  const submit = () => {
    const wrong = check(form);
    const issues = (['of', 'cost', 'count', 'seconds'] as const)
      .filter((field) => wrong[field])
      .map((field) => ({
        fieldId: ids[field],
        label: field === 'of' ? words.limitAbout : LABELS[field],
        message: messageOf(form, field),
      }));
    if (issues.length > 0) return setRefusal({ issues });
    set.mutate(
      { place: { unit: form.unit, scope: scopeText({ kind: form.kind, of: form.of.trim() }) }, body: bodyOf(form) },
      { onSuccess: onClose, onError: (error) => setRefusal(refusalOf(error, words.notSet, placesOf(form))) },
    );
  };
  return (
    <FormDialog
      title={was ? words.changeLimitTitle : words.limitTitle}
      verb={was ? words.save : words.setLimit}
      busyVerb={words.setting}
      busy={set.isPending}
      dirty={JSON.stringify(form) !== JSON.stringify(start)}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      {was ? (
        <p className="t-13 font-medium">
          {names.of(scopeOf(was.scope))} · {words.units[was.unit]}
        </p>
      ) : (
        <About form={form} names={names} error={errorAt(refusal, ids.of)} onChange={change} />
      )}
      <HowMuch form={form} errorOf={(field) => errorAt(refusal, ids[field])} onChange={change} />
    </FormDialog>
  );
}

type PartProps = { form: LimitForm; onChange: (next: Partial<LimitForm>) => void };

function About({ form, names, error, onChange }: PartProps & { names: ScopeNames; error?: string }) {
  const options = form.kind === 'workflow' ? names.workflows : form.kind === 'member' ? names.members : null;
  return (
    <>
      <RadioGroup
        id="limit-unit"
        label={words.limitUnit}
        value={form.unit}
        options={(['money', 'concurrency', 'rate'] as const).map((value) => ({ value, label: words.units[value] }))}
        onChange={(unit) => onChange({ unit })}
      />
      <Select
        id="limit-kind"
        label={words.limitAbout}
        value={form.kind}
        options={(['workspace', 'workflow', 'member', 'model', 'key'] as const).map((value) => ({
          value,
          label: words.scopes[value],
        }))}
        onChange={(kind) => onChange({ kind, of: '' })}
      />
      {options && form.kind !== 'workspace' && (
        <Select
          id={ids.of}
          label={words[form.kind]}
          value={form.of}
          options={[{ value: '', label: words.choose }, ...options.map((one) => ({ value: one.id, label: one.name }))]}
          onChange={(of) => onChange({ of })}
          error={error}
        />
      )}
      {(form.kind === 'model' || form.kind === 'key') && (
        <TextField
          id={ids.of}
          label={words[form.kind]}
          help={form.kind === 'model' ? words.modelHelp : words.keyHelp}
          value={form.of}
          onChange={(of) => onChange({ of })}
          error={error}
          maxLength={250}
          spellCheck={false}
          autoCapitalize="none"
          mono
        />
      )}
    </>
  );
}

type HowMuchProps = PartProps & { errorOf: (field: 'cost' | 'count' | 'seconds') => string | undefined };

function HowMuch({ form, errorOf, onChange }: HowMuchProps) {
  if (form.unit === 'money')
    return (
      <div className="grid grid-cols-2 items-start gap-4">
        <TextField
          id={ids.cost}
          label={words.cost}
          inputMode="decimal"
          value={form.cost}
          onChange={(cost) => onChange({ cost })}
          error={errorOf('cost')}
        />
        <Select
          id="limit-period"
          label={words.period}
          value={form.period}
          options={(['month', 'day', 'none'] as const).map((value) => ({ value, label: words.periods[value] }))}
          onChange={(period) => onChange({ period })}
        />
      </div>
    );
  return (
    <div className="grid grid-cols-2 items-start gap-4">
      <TextField
        id={ids.count}
        label={form.unit === 'rate' ? words.count : words.units.concurrency}
        inputMode="numeric"
        value={form.count}
        onChange={(count) => onChange({ count })}
        error={errorOf('count')}
      />
      {form.unit === 'rate' && (
        <TextField
          id={ids.seconds}
          label={words.seconds}
          inputMode="decimal"
          value={form.seconds}
          onChange={(seconds) => onChange({ seconds })}
          error={errorOf('seconds')}
        />
      )}
    </div>
  );
}
