// The workflow that a step starts a run of, found by name; and which version of it.
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useDeferredValue, useState } from 'react';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { Combobox } from '@/components/Combobox';
import { FieldError } from '@/components/Field';
import { useWorkspace } from '@/lib/workspace';
import { workflowQuery, workflowsQuery } from '../api';
import { words as builderWords } from '../builder-strings';
import { kindWords as words } from '../kind-strings';
import type { DraftStep } from '../model/draft';

type ChoiceProps = {
  id: string;
  label: string;
  error?: string;
  value: string;
  onChange: (text: string) => void;
};

/** `own`: the workflow that is being changed, which starts no run of itself. */
export function ChildChoice({ id, label, error, value, onChange, own }: ChoiceProps & { own?: string }) {
  const workspace = useWorkspace();
  const [typed, setTyped] = useState('');
  const wanted = useDeferredValue(typed.trim());
  const list = useInfiniteQuery(workflowsQuery(workspace.id, wanted || undefined));
  const chosen = useQuery({ ...workflowQuery(workspace.id, value), enabled: value !== '', retry: false });
  const looking = (list.isPending || wanted !== typed.trim()) && !list.isError;
  const found = (list.data?.pages.flatMap((page) => page.data) ?? []).filter((one) => one.id !== own);
  const noteId = `${id}-note`;
  return (
    <div className="min-w-0">
      <span className="t-13 mb-1 block font-medium">{label}</span>
      <Combobox
        id={id}
        label={label}
        value={chosen.data?.name ?? ''}
        placeholder={words.childSearch}
        onTyped={setTyped}
        invalid={error !== undefined}
        describedBy={noteId}
        optionsFor={() => {
          if (looking) return [{ id: 'wait', label: words.childLooking, quiet: true }];
          if (found.length === 0) return [{ id: 'none', label: words.childNone, quiet: true }];
          return found.map((one) => ({ id: one.id, label: one.name, note: builderWords.version(one.version) }));
        }}
        onPick={(picked) => onChange(picked)}
      />
      <div id={noteId} className="t-12 mt-1 text-text-2">
        {chosen.data && (
          <Link
            to="/w/$workspace/workflows/$workflow"
            params={{ workspace: workspace.slug, workflow: value }}
            className="link"
          >
            {words.childOpen}
          </Link>
        )}
        {chosen.isError && <FieldError>{words.childGone}</FieldError>}
        {error && <FieldError>{error}</FieldError>}
      </div>
    </div>
  );
}

const SHOWN = 100;

/** That of a saved step is pinned; a newer one is offered. */
export function ChildVersion({ step, id, label, error, value, onChange }: ChoiceProps & { step: DraftStep }) {
  const workspace = useWorkspace();
  const child = step.fields.workflow ?? '';
  const query = useQuery({ ...workflowQuery(workspace.id, child), enabled: child !== '', retry: false });
  const now = query.data?.version;
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
