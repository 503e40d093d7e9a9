// The fields of an agent, new or changed: those of its kind.
import { RadioGroup } from '@/components/Choice';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { errorAt, type FieldPlaces, type Refusal } from '@/lib/refusal';
import { type AgentForm, check, type Fault, type Field, OF_KIND } from './model/form';
import { words } from './strings';

const fieldId = (field: keyof AgentForm) => `agent-${field}`;

type Facts = { label: string; help?: string; optional?: true; long?: true; mono?: true; at: string };
const FACTS: Record<Field, Facts> = {
  name: { label: words.name, help: words.nameHelp, at: '/name' },
  description: { label: words.description, optional: true, at: '/description' },
  system: { label: words.system, help: words.systemHelp, optional: true, long: true, at: '/config/system' },
  model: { label: words.model, help: words.modelHelp, optional: true, mono: true, at: '/config/model' },
  base_url: { label: words.baseUrl, help: words.baseUrlHelp, mono: true, at: '/config/base_url' },
  endpoint: { label: words.endpoint, help: words.endpointHelp, optional: true, mono: true, at: '/config/endpoint' },
  headers: {
    label: words.headers,
    help: words.headersHelp,
    optional: true,
    long: true,
    mono: true,
    at: '/config/headers',
  },
};

export const PLACES: FieldPlaces = Object.fromEntries(
  (Object.keys(FACTS) as Field[]).map((field) => [
    FACTS[field].at,
    { fieldId: fieldId(field), label: FACTS[field].label },
  ]),
);

const MESSAGES: Partial<Record<Field, Partial<Record<Fault, string>>>> = {
  name: { empty: words.nameEmpty, wrong: words.nameWrong },
  description: { long: words.descriptionLong },
  system: { long: words.systemLong },
  base_url: { empty: words.baseUrlEmpty, wrong: words.baseUrlWrong },
  endpoint: { wrong: words.endpointWrong },
  headers: { wrong: words.headersWrong },
};

export function issuesOf(form: AgentForm): Refusal['issues'] {
  return Object.entries(check(form)).flatMap(([name, fault]) => {
    const field = name as Field;
    const message = fault && MESSAGES[field]?.[fault];
    return message ? [{ fieldId: fieldId(field), label: FACTS[field].label, message }] : [];
  });
}

type AgentFieldsProps = {
  form: AgentForm;
  refusal: Refusal;
  readOnly?: boolean;
  /** It is there: its kind stays. */
  made?: boolean;
  onChange: (next: Partial<AgentForm>) => void;
};

export function AgentFields({ form, refusal, readOnly, made, onChange }: AgentFieldsProps) {
  const fieldOf = (field: Field) => {
    const { label, help, optional, long, mono } = FACTS[field];
    const common = {
      id: fieldId(field),
      label,
      help,
      optional,
      mono,
      readOnly,
      value: form[field],
      error: errorAt(refusal, fieldId(field)),
      spellCheck: mono ? false : undefined,
      onChange: (text: string) => onChange({ [field]: text }),
    };
    return long ? (
      <TextArea key={field} {...common} rows={field === 'system' ? 6 : 3} />
    ) : (
      <TextField key={field} {...common} maxLength={field === 'base_url' ? 2000 : 1000} />
    );
  };
  return (
    <>
      {fieldOf('name')}
      {fieldOf('description')}
      <RadioGroup
        id={fieldId('kind')}
        label={words.kind}
        help={made ? words.kindFixed : undefined}
        value={form.kind}
        disabled={made || readOnly}
        options={[
          { value: 'prompt', label: words.prompt, help: words.promptHelp },
          { value: 'http', label: words.http, help: words.httpHelp },
        ]}
        onChange={(kind) => onChange({ kind })}
      />
      {OF_KIND[form.kind].map(fieldOf)}
    </>
  );
}
