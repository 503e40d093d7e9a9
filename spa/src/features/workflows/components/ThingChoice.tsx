// A workflow or a prompt that a step uses, found by name; and which version of it.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { Combobox, type ComboOption } from '@/components/Combobox';
import { FieldError } from '@/components/Field';
import { promptQuery, promptsQuery } from '@/features/prompts/api';
import { useWorkspace } from '@/lib/workspace';
import { workflowQuery, workflowsQuery } from '../api';
import { words as builderWords } from '../builder-strings';
import { kindWords as words } from '../kind-strings';
import type { Fields } from '../model/fields';

type ChoiceProps = {
  id: string;
  label: string;
  error?: string;
  value: string;
  onChange: (text: string) => void;
};

/** `own`: the workflow that is being changed, which starts no run of itself. */
export function WorkflowChoice({ own, ...field }: ChoiceProps & { own?: string }) {
  const workspace = useWorkspace();
  const [typed, setTyped] = useState('');
  const wanted = useDeferredValue(typed.trim());
  const list = useInfiniteQuery(workflowsQuery(workspace.id, wanted || undefined));
  const chosen = useQuery({ ...workflowQuery(workspace.id, field.value), enabled: field.value !== '', retry: false });
  const found = (list.data?.pages.flatMap((page) => page.data) ?? []).filter((one) => one.id !== own);
  return (
    <ThingChoice
      {...field}
      name={chosen.data?.name}
      gone={chosen.isError}
      looking={(list.isPending || wanted !== typed.trim()) && !list.isError}
      found={found}
      onTyped={setTyped}
      words={{ search: words.childSearch, looking: words.childLooking, none: words.childNone }}
      to={{
        to: '/w/$workspace/workflows/$workflow',
        params: { workspace: workspace.slug, workflow: field.value },
      }}
    />
  );
}

export function PromptChoice(field: ChoiceProps) {
  const workspace = useWorkspace();
  const [typed, setTyped] = useState('');
  const wanted = useDeferredValue(typed.trim());
  const list = useQuery(promptsQuery(workspace.id, wanted));
  const chosen = useQuery({ ...promptQuery(workspace.id, field.value), enabled: field.value !== '', retry: false });
  return (
    <ThingChoice
      {...field}
      name={chosen.data?.name}
      gone={chosen.isError}
      looking={(list.isPending || list.isPlaceholderData || wanted !== typed.trim()) && !list.isError}
      found={list.data?.data ?? []}
      onTyped={setTyped}
      words={{ search: words.promptSearch, looking: words.promptLooking, none: words.promptNone }}
      to={{ to: '/w/$workspace/prompts/$prompt', params: { workspace: workspace.slug, prompt: field.value } }}
    />
  );
}

type ThingProps = ChoiceProps & {
  /** Of what is chosen, when it is known. */
  name: string | undefined;
  gone: boolean;
  looking: boolean;
  found: readonly { id: string; name: string; version: number }[];
  onTyped: (typed: string) => void;
  words: { search: string; looking: string; none: string };
  to: Pick<LinkProps, 'to' | 'params'>;
};

function ThingChoice({ id, label, error, onChange, ...thing }: ThingProps) {
  const noteId = `${id}-note`;
  const options = (): ComboOption[] => {
    if (thing.looking) return [{ id: 'wait', label: thing.words.looking, quiet: true }];
    if (thing.found.length === 0) return [{ id: 'none', label: thing.words.none, quiet: true }];
    return thing.found.map((one) => ({ id: one.id, label: one.name, note: builderWords.version(one.version) }));
  };
  return (
    <div className="min-w-0">
      <span className="t-13 mb-1 block font-medium">{label}</span>
      <Combobox
        id={id}
        label={label}
        value={thing.name ?? ''}
        placeholder={thing.words.search}
        onTyped={thing.onTyped}
        invalid={error !== undefined}
        describedBy={noteId}
        optionsFor={options}
        onPick={(picked) => onChange(picked)}
      />
      <div id={noteId} className="t-12 mt-1 text-text-2">
        {thing.name !== undefined && (
          <Link {...thing.to} className="link">
            {words.childOpen}
          </Link>
        )}
        {thing.gone && <FieldError>{words.childGone}</FieldError>}
        {error && <FieldError>{error}</FieldError>}
      </div>
    </div>
  );
}

const SHOWN = 100;

/** That of a saved step is pinned; a newer one is offered. `of`: what has the thing among its fields. */
export function PinnedVersion({ of, id, label, error, value, onChange }: ChoiceProps & { of: { fields: Fields } }) {
  const workspace = useWorkspace();
  const { workflow = '', prompt = '' } = of.fields;
  const ofWorkflow = useQuery({ ...workflowQuery(workspace.id, workflow), enabled: workflow !== '', retry: false });
  const ofPrompt = useQuery({ ...promptQuery(workspace.id, prompt), enabled: prompt !== '', retry: false });
  const now = (ofWorkflow.data ?? ofPrompt.data)?.version;
  const chosen = Number(value);
  const newest = now === undefined ? [] : Array.from({ length: Math.min(now, SHOWN) }, (_, index) => now - index);
  const versions = value !== '' && !newest.includes(chosen) ? [...newest, chosen] : newest;
  return (
    <div className="flex flex-col gap-1">
      <Select
        id={id}
        label={label}
        error={error}
        value={value}
        options={[
          { value: '', label: now === undefined ? '…' : words.childNow(now) },
          ...versions.map((version) => ({ value: String(version), label: builderWords.version(version) })),
        ]}
        onChange={onChange}
      />
      {now !== undefined && value !== '' && chosen < now && (
        <p className="t-12 flex flex-wrap items-center gap-2 text-text-2">
          {words.promptVersion(chosen, now)}
          <Button onClick={() => onChange(String(now))}>{words.takePromptVersion(now)}</Button>
        </p>
      )}
    </div>
  );
}
