// One field of a step, of what is within one, or of the workflow: by what is put in there.
import { Select } from '@/components/Choice';
import { FillableText } from '@/components/FillableText';
import Markdown from '@/components/Markdown';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { kindWords as words } from '../kind-strings';
import type { Draft, DraftStep } from '../model/draft';
import type { FieldSpec, Fields } from '../model/fields';
import { type FillPlace, fillsAt } from '../model/fills';
import type { Item } from '../model/inner';
import { fillWords, useEnvironment } from '../useFills';
import { AgentChoice, ToolChoice } from './AgentChoice';
import { InnerForms } from './InnerForms';
import { ModelChoice } from './ModelChoice';
import { Pairs } from './Pairs';
import { Cases, EarlierSteps, LaterStep } from './StepChoices';
import { PinnedVersion, PromptChoice, WorkflowChoice } from './ThingChoice';

export type OneFieldProps = {
  draft: Draft;
  /** None: it is of the workflow itself. */
  step: DraftStep | null;
  /** What it is a field of, within the step; the step itself when left out. */
  within?: Within;
  spec: FieldSpec;
  id: string;
  value: string;
  errors: ReadonlyMap<string, string>;
  /** `typed`: where; what is typed there in a row is one for undo. */
  onFields: (changed: Fields, typed?: string) => void;
};

export type Within = Item & { place: FillPlace };

const CODE_ROWS = 6;
const LONG_ROWS = 3;

export function OneField(props: OneFieldProps) {
  const { draft, step, spec, id, value, errors, onFields } = props;
  const of = props.within ?? step;
  const common = {
    id,
    label: spec.label,
    help: spec.help,
    optional: spec.optional,
    error: errors.get(id),
    value,
    onChange: (text: string) => onFields({ [spec.name]: text }, spec.name),
  };
  if (spec.input === 'none') return null;
  if (spec.input === 'choice') return <Select {...common} options={spec.options ?? []} />;
  if (spec.input === 'model') return <ModelChoice {...common} />;
  if (spec.input === 'workflow') return <WorkflowChoice {...common} own={draft.saved?.id} />;
  if (spec.input === 'prompt') return <PromptChoice {...common} />;
  if (step && of) {
    if (spec.input === 'later') return <LaterStep draft={draft} step={step} {...common} />;
    if (spec.input === 'earlier') return <EarlierSteps draft={draft} step={step} {...common} />;
    if (spec.input === 'cases') return <Cases draft={draft} step={step} {...common} />;
    if (spec.input === 'agent') return <AgentChoice step={step} onFields={onFields} {...common} />;
    if (spec.input === 'tool') return <ToolChoice step={step} {...common} />;
    if (spec.input === 'version') return <PinnedVersion of={of} {...common} />;
    if (spec.input === 'pairs') return <Pairs draft={draft} step={step} of={of} {...common} />;
    if (spec.input === 'inner' && spec.inner)
      return <InnerForms {...props} {...common} step={step} inner={spec.inner} FieldOf={OneField} />;
  }
  if (spec.input === 'words') return <TextArea {...common} rows={LONG_ROWS} />;
  if (spec.input === 'markdown')
    return (
      <>
        <TextArea {...common} rows={CODE_ROWS} />
        {value.trim() !== '' && (
          <section aria-label={words.notePreview} className="mt-2 rounded-card border border-line-1 px-3 py-2">
            <Markdown text={value} />
          </section>
        )}
      </>
    );
  if (spec.fills) return <Fillable {...props} common={common} />;
  if (spec.input === 'text') return <TextField {...common} spellCheck={false} autoCapitalize="none" />;
  return <TextArea {...common} rows={rowsOf(spec)} mono spellCheck={false} />;
}

const rowsOf = (spec: FieldSpec) => (spec.input === 'code' && !spec.optional ? CODE_ROWS : LONG_ROWS);

type Common = Omit<React.ComponentProps<typeof FillableText>, 'fills' | 'words'>;

function Fillable({ draft, step, spec, within, common }: OneFieldProps & { common: Common }) {
  const environment = useEnvironment();
  const place = within?.place ?? { field: spec.name };
  return (
    <FillableText
      {...common}
      rows={spec.input === 'text' ? undefined : rowsOf(spec)}
      mono={spec.input !== 'text'}
      fills={fillsAt(draft, step, environment, spec.fills === 'env' ? { only: 'env' } : place)}
      words={fillWords(spec.label)}
    />
  );
}
