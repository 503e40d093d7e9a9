// Names with values: what a child run or an agent is given. What the child asks for and is not there yet is offered.
import { useQuery } from '@tanstack/react-query';
import { Button } from '@/components/Button';
import { FieldError } from '@/components/Field';
import { FillableText } from '@/components/FillableText';
import { icon, X } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { TextField } from '@/components/TextField';
import { promptQuery } from '@/features/prompts/api';
import { useWorkspace } from '@/lib/workspace';
import { workflowQuery } from '../api';
import { kindWords as words } from '../kind-strings';
import type { Draft, DraftStep } from '../model/draft';
import type { Fields } from '../model/fields';
import { fillsAt } from '../model/fills';
import { inputPairs, type Pair } from '../model/kinds';
import { fillWords, useEnvironment } from '../useFills';

type PairsProps = {
  draft: Draft;
  step: DraftStep;
  /** What is given them: the step, or what is within it. */
  of: Asking;
  id: string;
  label: string;
  help?: string;
  error?: string;
  value: string;
  onChange: (text: string) => void;
};

type Asking = { kind: string; fields: Fields };

export function Pairs({ draft, step, of, id, label, help, error, value, onChange }: PairsProps) {
  const pairs = inputPairs.in(value);
  const environment = useEnvironment();
  const fills = fillsAt(draft, step, environment);
  const asked = useAskedFor(of).filter((name) => !pairs.some(([one]) => one === name));
  const set = (next: readonly Pair[]) => onChange(inputPairs.text(next));
  return (
    <fieldset id={id} tabIndex={-1} className="flex min-w-0 flex-col gap-2">
      <legend className="t-13 font-medium">{label}</legend>
      {help && <p className="t-12 text-text-2">{help}</p>}
      {pairs.map(([name, text], index) => (
        <div key={index} className="flex flex-col gap-1 border-l-2 border-line-1 pl-2">
          <div className="flex items-end gap-2">
            <div className="min-w-0 flex-1">
              <TextField
                label={words.pairName(index + 1)}
                value={name}
                maxLength={100}
                mono
                spellCheck={false}
                autoCapitalize="none"
                onChange={(typed) => set(pairs.with(index, [typed, text]))}
              />
            </div>
            <IconButton label={words.removePair(name)} onClick={() => set(pairs.toSpliced(index, 1))}>
              <X {...icon} />
            </IconButton>
          </div>
          <FillableText
            label={words.pairValue(index + 1, name)}
            value={text}
            rows={2}
            fills={fills}
            words={fillWords(words.pairValue(index + 1, name))}
            onChange={(typed) => set(pairs.with(index, [name, typed]))}
          />
        </div>
      ))}
      {asked.length > 0 && (
        <p className="t-12 flex flex-wrap items-center gap-2 text-text-2">
          {words.pairMissing(asked.join(', '))}
          <Button onClick={() => set([...pairs, ...asked.map((name): Pair => [name, `{{input.${name}}}`])])}>
            {words.addMissing}
          </Button>
        </p>
      )}
      <div>
        <Button onClick={() => set([...pairs, ['', '']])}>{words.addPair}</Button>
      </div>
      {error && <FieldError>{error}</FieldError>}
    </fieldset>
  );
}

const OF_AN_AGENT = ['prompt'];

function useAskedFor({ kind, fields }: Asking): readonly string[] {
  const workspace = useWorkspace();
  const child = kind === 'workflow' ? (fields.workflow ?? '') : '';
  const prompt = kind === 'prompt' ? (fields.prompt ?? '') : '';
  const query = useQuery({ ...workflowQuery(workspace.id, child), enabled: child !== '', retry: false });
  const asks = useQuery({ ...promptQuery(workspace.id, prompt), enabled: prompt !== '', retry: false });
  if (kind === 'agent') return fields.action === 'prompt' ? OF_AN_AGENT : [];
  if (kind === 'prompt') return asks.data?.variables ?? [];
  const schema = query.data?.definition.input as { properties?: Record<string, unknown> } | undefined;
  return Object.keys(schema?.properties ?? {});
}
