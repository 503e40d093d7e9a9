// The selected step: of a prompt its model, and its text as it will be filled in; then the fields of its kind.
import { useQuery } from '@tanstack/react-query';
import { Button } from '@/components/Button';
import { promptQuery } from '@/features/prompts/api';
import { piecesOf } from '@/features/prompts/model/variables';
import { useWorkspace } from '@/lib/workspace';
import { words } from '../builder-strings';
import { kindWords } from '../kind-strings';
import type { Draft, DraftPrompt, DraftStep } from '../model/draft';
import { sourceText } from './MappingRow';
import { ModelChoice } from './ModelChoice';
import { StepFields, type StepFieldsProps } from './StepFields';

type StepEditorProps = StepFieldsProps & { onModel: (model: string) => void; onPrompt: (prompt: DraftPrompt) => void };

export default function StepEditor({ onModel, onPrompt, ...rest }: StepEditorProps) {
  const { draft, step } = rest;
  return (
    <div className="flex flex-col gap-4">
      {step.prompt && (
        <PromptPart draft={draft} step={step} prompt={step.prompt} onModel={onModel} onPrompt={onPrompt} />
      )}
      <StepFields {...rest} />
    </div>
  );
}

type PromptPartProps = Pick<StepEditorProps, 'draft' | 'step' | 'onModel' | 'onPrompt'> & { prompt: DraftPrompt };

function PromptPart({ draft, step, prompt, onModel, onPrompt }: PromptPartProps) {
  return (
    <div className="flex flex-col gap-4">
      {draft.saved && <NewerPrompt prompt={prompt} onPrompt={onPrompt} />}
      <ModelChoice id={`model-${step.id}`} value={step.model} onChange={onModel} />
      <section aria-label={words.preview}>
        <h3 className="t-13 mb-1 font-medium">{words.preview}</h3>
        <p className="t-12 mb-1 text-text-2">{words.previewHelp}</p>
        <div className="t-13 max-h-80 overflow-y-auto rounded-card border border-line-1 bg-bg-0 px-3 py-2 wrap-break-word whitespace-pre-wrap">
          {piecesOf(prompt.body).map((piece, index) => (
            <Filled key={index} draft={draft} step={step} text={piece.text} variable={piece.variable} />
          ))}
        </div>
      </section>
    </div>
  );
}

/** The version a step uses is pinned; a newer one is offered. */
function NewerPrompt({ prompt, onPrompt }: { prompt: DraftPrompt; onPrompt: (prompt: DraftPrompt) => void }) {
  const workspace = useWorkspace();
  const now = useQuery({ ...promptQuery(workspace.id, prompt.id), retry: false }).data;
  if (!now || now.version <= prompt.version) return null;
  return (
    <p className="t-13 flex flex-wrap items-center gap-2">
      {kindWords.promptVersion(prompt.version, now.version)}
      <Button onClick={() => onPrompt(now)}>{kindWords.takePromptVersion(now.version)}</Button>
    </p>
  );
}

type FilledProps = { draft: Draft; step: DraftStep; text: string; variable?: string };

function Filled({ draft, step, text, variable }: FilledProps) {
  if (!variable) return text;
  const mapping = step.mappings[variable];
  if (!mapping?.source) return <mark className="bg-transparent text-failed underline">{text}</mark>;
  if (mapping.source.kind === 'text') return mapping.source.text;
  return (
    <span className="rounded-bar border border-line-2 bg-bg-2 px-1 text-(color:--var)">
      {sourceText(mapping.source, draft)}
      {mapping.suggested && <span className="grain-block ml-1" aria-hidden="true" />}
    </span>
  );
}
