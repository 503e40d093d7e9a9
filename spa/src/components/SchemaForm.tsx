// The fields of a JSON Schema object. What was typed is kept for the form until it is sent (useKeptValues), so nothing typed is lost.
//
//   const form = useKeptValues(`run ${workflow.id}`, schema);
//   <SchemaForm schema={schema} values={form.values} onChange={form.change} errors={errors} idPrefix="input" />
//   const { input, problems } = inputOf(schema, form.values);   // on submit; then form.sent()
import { useCallback, useState } from 'react';
import { type FormValues, fieldsOf, initialValues, type JsonSchema, type SchemaField } from '@/lib/schema-form';
import { RadioGroup, Select, Switch } from './Choice';
import { TextArea } from './TextArea';
import { TextField } from './TextField';

export type SchemaFormProps = {
  schema: JsonSchema;
  values: FormValues;
  onChange: (name: string, value: string | boolean) => void;
  /** By field name: what is wrong. */
  errors?: Readonly<Record<string, string>>;
  /** A field was left: check it now. */
  onLeave?: (name: string) => void;
  /** The field `text` gets the id `${idPrefix}-text`. */
  idPrefix: string;
  disabled?: boolean;
};

export const schemaFieldId = (idPrefix: string, name: string): string => `${idPrefix}-${name}`;

export type KeptValues = {
  values: FormValues;
  change: (name: string, value: string | boolean) => void;
  /** Takes all at once: "Use last inputs". */
  replace: (values: FormValues) => void;
  /** It has been sent: what was kept may go. */
  sent: () => void;
};

function readKept(key: string): FormValues | null {
  try {
    const text = sessionStorage.getItem(key);
    return text === null ? null : (JSON.parse(text) as FormValues);
  } catch {
    return null;
  }
}

function keep(key: string, values: FormValues | null) {
  try {
    if (values) sessionStorage.setItem(key, JSON.stringify(values));
    else sessionStorage.removeItem(key);
  } catch {
    // storage is off or full: the form works, it only forgets on reload
  }
}

export function useKeptValues(formKey: string, schema: JsonSchema): KeptValues {
  const key = `stepmill.form.${formKey}`;
  const [typed, setTyped] = useState<{ key: string; values: FormValues } | null>(null);
  const values = typed?.key === key ? typed.values : { ...initialValues(schema), ...readKept(key) };
  const replace = useCallback(
    (next: FormValues) => {
      setTyped({ key, values: next });
      keep(key, next);
    },
    [key],
  );
  return {
    values,
    replace,
    change: (name, value) => replace({ ...values, [name]: value }),
    sent: () => keep(key, null),
  };
}

export function SchemaForm({ schema, values, onChange, errors = {}, onLeave, idPrefix, disabled }: SchemaFormProps) {
  return (
    <div className="flex flex-col gap-4">
      {fieldsOf(schema).map((field) => (
        <div key={field.name} onBlur={() => onLeave?.(field.name)}>
          <SchemaFieldControl
            field={field}
            id={schemaFieldId(idPrefix, field.name)}
            value={values[field.name] ?? ''}
            error={errors[field.name]}
            onChange={(value) => onChange(field.name, value)}
            disabled={disabled}
          />
        </div>
      ))}
    </div>
  );
}

type ControlProps = {
  field: SchemaField;
  id: string;
  value: string | boolean;
  error?: string;
  onChange: (value: string | boolean) => void;
  disabled?: boolean;
};

function SchemaFieldControl({ field, id, value, error, onChange, disabled }: ControlProps) {
  const facts = { id, label: field.label, help: field.help, error, optional: !field.required, disabled };
  const text = typeof value === 'string' ? value : '';
  const sample = field.example !== undefined && text === '' && !disabled && (
    <button type="button" className="link t-12" onClick={() => onChange(field.example ?? '')}>
      Use the example
    </button>
  );
  switch (field.kind) {
    case 'switch':
      return <Switch {...facts} checked={value === true} onChange={onChange} />;
    case 'radio': {
      const options = field.options.map((option) => ({ value: option, label: option }));
      const all =
        field.required || field.schema.default !== undefined ? options : [{ value: '', label: 'none' }, ...options];
      return <RadioGroup {...facts} value={text} options={all} onChange={onChange} />;
    }
    case 'select': {
      const options = field.options.map((option) => ({ value: option, label: option }));
      return (
        <Select {...facts} value={text} options={[{ value: '', label: 'Choose…' }, ...options]} onChange={onChange} />
      );
    }
    case 'number':
      return <TextField {...facts} inputMode="decimal" value={text} onChange={onChange} aside={sample} />;
    case 'long':
      return (
        <TextArea {...facts} value={text} onChange={onChange} rows={6} foot={sample || <TextSize text={text} />} />
      );
    case 'any':
      return (
        <TextArea
          {...facts}
          help={field.help ?? 'Text, or JSON such as 5, true or ["a", "b"].'}
          value={text}
          onChange={onChange}
          rows={2}
          foot={sample}
        />
      );
    case 'json':
      return <TextArea {...facts} value={text} onChange={onChange} rows={4} mono spellCheck={false} foot={sample} />;
    default:
      return <TextField {...facts} value={text} onChange={onChange} aside={sample} />;
  }
}

function TextSize({ text }: { text: string }) {
  const words = text.trim() === '' ? 0 : text.trim().split(/\s+/).length;
  return words === 0 ? null : `${words.toLocaleString()} ${words === 1 ? 'word' : 'words'}`;
}
