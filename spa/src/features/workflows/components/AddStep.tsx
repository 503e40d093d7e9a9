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
import { fieldIds } from '../model/issues';
import { OTHER_KINDS, type OtherKind } from '../model/kinds';

/** By its name, its note, or what the definition calls it. */
const kindsCalled = (text: string): OtherKind[] =>
  OTHER_KINDS.filter((kind) =>
    `${kind} ${kindWords.names[kind]} ${kindWords.notes[kind]}`.toLowerCase().includes(text),
  );

type AddStepProps = {
  error?: string;
  onAdd: (prompt: Prompt) => void;
  onNew: (name: string) => void;
  onKind: (kind: OtherKind) => void;
};

export function AddStep({ error, onAdd, onNew, onKind }: AddStepProps) {
  const workspace = useWorkspace();
  const [typed, setTyped] = useState('');
  const wanted = useDeferredValue(typed.trim());
  const query = useQuery(promptsQuery(workspace.id, wanted));
  // until the answer is there, nobody is led to a new prompt of a name that exists
  const looking = (query.isPending || query.isPlaceholderData || wanted !== typed.trim()) && !query.isError;
  const prompts = query.data?.data ?? [];
  const note = query.isError ? words.promptsFailed(toProblem(query.error).detail) : undefined;
  return (
    <div className="py-2 pr-2 pl-1">
      <Combobox
        id={fieldIds.add}
        label={words.addStep}
        value=""
        placeholder={words.addPlaceholder}
        onTyped={setTyped}
        invalid={error !== undefined}
        describedBy={`${fieldIds.add}-note`}
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
          if (prompt) onAdd(prompt);
          else if (kind) onKind(kind);
          else onNew(text.trim());
        }}
        className="max-w-[480px]"
      />
      <div id={`${fieldIds.add}-note`}>
        {error && <FieldError>{error}</FieldError>}
        {note && <FieldError>{note}</FieldError>}
      </div>
    </div>
  );
}
