// Finds a prompt by name and adds it as the last step, begins a new prompt, or adds a step of another kind.
import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Prompt } from '@/api/types';
import { Combobox } from '@/components/Combobox';
import { FieldError } from '@/components/Field';
import { promptsQuery } from '@/features/prompts/api';
import { useWorkspace } from '@/lib/workspace';
import { words } from '../builder-strings';
import { kindWords } from '../kind-strings';
import type { DraftStep } from '../model/draft';
import { fieldIds } from '../model/issues';
import { OTHER_KINDS, type OtherKind } from '../model/kinds';

/** By its name, its note, or what the definition calls it. */
const kindsCalled = (text: string): OtherKind[] =>
  OTHER_KINDS.filter((kind) =>
    `${kind} ${kindWords.names[kind]} ${kindWords.notes[kind]}`.toLowerCase().includes(text),
  );

type AddStepProps = {
  /** The group that it goes into; at the end of the whole when left out. */
  into?: DraftStep;
  error?: string;
  onAdd: (prompt: Prompt, parent?: string) => void;
  onNew: (name: string, parent?: string) => void;
  onKind: (kind: OtherKind, parent?: string) => void;
};

export function AddStep({ into, error, onAdd, onNew, onKind }: AddStepProps) {
  const id = into ? fieldIds.addTo(into.id) : fieldIds.add;
  const workspace = useWorkspace();
  const [typed, setTyped] = useState('');
  const wanted = useDeferredValue(typed.trim());
  const query = useQuery(promptsQuery(workspace.id, wanted));
  // until the answer is there, nobody is led to a new prompt of a name that exists
  const looking = (query.isPending || query.isPlaceholderData || wanted !== typed.trim()) && !query.isError;
  const prompts = query.data?.data ?? [];
  const note = query.isError ? words.promptsFailed(toProblem(query.error).detail) : undefined;
  return (
    <div className={into ? 'py-1 pr-2' : 'py-2 pr-2 pl-1'}>
      <Combobox
        id={id}
        label={into ? words.addTo(into.name) : words.addStep}
        value=""
        placeholder={into ? words.addToPlaceholder(into.name) : words.addPlaceholder}
        onTyped={setTyped}
        invalid={error !== undefined}
        describedBy={`${id}-note`}
        optionsFor={(text) => [
          ...prompts
            .filter((prompt) =>
              `${prompt.name} ${prompt.description}`.toLowerCase().includes(text.trim().toLowerCase()),
            )
            .map((prompt) => ({
              id: prompt.id,
              label: prompt.name,
              note: prompt.variables.join(', '),
              group: words.prompts,
            })),
          looking
            ? { id: 'wait', label: words.promptsLoading, quiet: true }
            : { id: 'new', label: text.trim() === '' ? words.newPrompt : words.newPromptCalled(text.trim()) },
          ...kindsCalled(text.trim().toLowerCase()).map((kind) => ({
            id: kind,
            label: kindWords.names[kind],
            note: kindWords.notes[kind],
            group: kindWords.kinds,
          })),
        ]}
        onPick={(id, text) => {
          const prompt = prompts.find((one) => one.id === id);
          const kind = OTHER_KINDS.find((one) => one === id);
          if (prompt) onAdd(prompt, into?.id);
          else if (kind) onKind(kind, into?.id);
          else onNew(text.trim(), into?.id);
        }}
        className="max-w-[480px]"
      />
      <div id={`${id}-note`}>
        {error && <FieldError>{error}</FieldError>}
        {note && <FieldError>{note}</FieldError>}
      </div>
    </div>
  );
}
