// One field of a step, or of the workflow: by what is put in there.
import { Select } from '@/components/Choice';
import { FillableText } from '@/components/FillableText';
import Markdown from '@/components/Markdown';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { kindWords as words } from '../kind-strings';
import type { Draft, DraftStep } from '../model/draft';
import type { FieldSpec } from '../model/fields';
import { fillsAt } from '../model/fills';
import { fillWords, useEnvironment } from '../useFills';
import { AgentChoice } from './AgentChoice';
import { ChildChoice, ChildVersion } from './ChildChoice';
import { Pairs } from './Pairs';
import { Cases, EarlierSteps, LaterStep } from './StepChoices';

export type OneFieldProps = {
  draft: Draft;
  /** None: it is of the workflow itself. */
  step: DraftStep | null;
  spec: FieldSpec;
  id: string;
  value: string;
  error?: string;
  onField: (name: string, text: string) => void;
};

const CODE_ROWS = 6;
const LONG_ROWS = 3;

export function OneField(props: OneFieldProps) {
  const { draft, step, spec, id, value, error, onField } = props;
  const common = {
    id,
    label: spec.label,
    help: spec.help,
    optional: spec.optional,
    error,
    value,
    onChange: (text: string) => onField(spec.name, text),
  };
  if (spec.input === 'none') return null;
  if (spec.input === 'choice') return <Select {...common} options={spec.options ?? []} />;
  if (step && spec.input === 'later') return <LaterStep draft={draft} step={step} {...common} />;
  if (step && spec.input === 'earlier') return <EarlierSteps draft={draft} step={step} {...common} />;
  if (step && spec.input === 'cases') return <Cases draft={draft} step={step} {...common} />;
  if (step && spec.input === 'agent') return <AgentChoice step={step} onField={onField} {...common} />;
  if (spec.input === 'workflow') return <ChildChoice {...common} own={draft.saved?.id} />;
  if (step && spec.input === 'version') return <ChildVersion step={step} {...common} />;
  if (step && spec.input === 'pairs') return <Pairs draft={draft} step={step} {...common} />;
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

function Fillable({ draft, step, spec, common }: OneFieldProps & { common: Common }) {
  const environment = useEnvironment();
  return (
    <FillableText
      {...common}
      rows={spec.input === 'text' ? undefined : rowsOf(spec)}
      mono={spec.input !== 'text'}
      fills={fillsAt(draft, step, environment, { field: spec.name, only: spec.fills === 'env' ? 'env' : undefined })}
      words={fillWords(spec.label)}
    />
  );
}
