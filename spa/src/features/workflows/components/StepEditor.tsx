// The selected step: its model, and its prompt as it will be filled in.
import { Select } from '@/components/Choice';
import { piecesOf } from '@/features/prompts/model/variables';
import { words } from '../builder-strings';
import { DEFAULT_MODEL, type Draft, type DraftStep, MODELS } from '../model/draft';
import { sourceText } from './MappingRow';

type StepEditorProps = { draft: Draft; step: DraftStep; onModel: (model: string) => void };

export function StepEditor({ draft, step, onModel }: StepEditorProps) {
  const known = MODELS.some((model) => model === step.model);
  const models: string[] = known ? [...MODELS] : [...MODELS, step.model];
  return (
    <div className="flex flex-col gap-4">
      <Select
        id={`model-${step.id}`}
        label={words.model}
        help={words.modelFree}
        value={step.model || DEFAULT_MODEL}
        options={models.map((model) => ({ value: model, label: model }))}
        onChange={onModel}
      />
      <section aria-label={words.preview}>
        <h3 className="t-13 mb-1 font-medium">{words.preview}</h3>
        <p className="t-12 mb-1 text-text-2">{words.previewHelp}</p>
        <div className="t-13 max-h-80 overflow-y-auto rounded-card border border-line-1 bg-bg-0 px-3 py-2 wrap-break-word whitespace-pre-wrap">
          {piecesOf(step.prompt.body).map((piece, index) => (
            <Filled key={index} draft={draft} step={step} text={piece.text} variable={piece.variable} />
          ))}
        </div>
      </section>
    </div>
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
