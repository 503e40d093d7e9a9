// The model that a prompt is sent to: those that are built in, and the one that was written.
import { Select } from '@/components/Choice';
import { words } from '../builder-strings';
import { DEFAULT_MODEL, MODELS } from '../model/draft';

type ModelChoiceProps = { id: string; value: string; error?: string; onChange: (model: string) => void };

export function ModelChoice({ id, value, error, onChange }: ModelChoiceProps) {
  const chosen = value || DEFAULT_MODEL;
  const known = MODELS.some((model) => model === chosen);
  const models: string[] = known ? [...MODELS] : [...MODELS, chosen];
  return (
    <Select
      id={id}
      label={words.model}
      help={words.modelFree}
      value={chosen}
      error={error}
      options={models.map((model) => ({ value: model, label: model }))}
      onChange={onChange}
    />
  );
}
