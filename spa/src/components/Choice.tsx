// Select, RadioGroup, CheckGroup, Switch: native first.
import { useId } from 'react';
import { classes } from '@/lib/classes';
import { controlClass, Field, FieldError, type FieldFacts } from './Field';

export type Option<Value extends string = string> = { value: Value; label: string; help?: string };

export type SelectProps<Value extends string = string> = FieldFacts & {
  id?: string;
  value: Value;
  options: readonly Option<Value>[];
  onChange: (value: Value) => void;
  disabled?: boolean;
};

export function Select<Value extends string>({ value, options, onChange, disabled, ...field }: SelectProps<Value>) {
  return (
    <Field {...field}>
      {(wiring) => (
        <select
          {...wiring}
          value={value}
          disabled={disabled}
          onChange={(event) => onChange(event.target.value as Value)}
          className={classes(controlClass, 'h-(--control)')}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

export type RadioGroupProps<Value extends string = string> = SelectProps<Value>;

/** Up to four choices, all seen at once. */
export function RadioGroup<Value extends string>({
  id,
  label,
  help,
  error,
  optional,
  value,
  options,
  onChange,
  disabled,
}: RadioGroupProps<Value>) {
  const made = useId();
  const name = id ?? made;
  return (
    <fieldset
      id={name}
      tabIndex={-1}
      aria-describedby={classes(help ? `${name}-help` : null, error ? `${name}-error` : null) || undefined}
      className="min-w-0"
      disabled={disabled}
    >
      <legend className="t-13 mb-1 font-medium">
        {label}
        {optional && <span className="font-normal text-text-3"> optional</span>}
      </legend>
      {help && (
        <p id={`${name}-help`} className="t-12 mb-1 text-text-2">
          {help}
        </p>
      )}
      {/* those that are explained stand below each other */}
      <div
        className={classes('flex gap-x-5 gap-y-1', options.some((option) => option.help) ? 'flex-col' : 'flex-wrap')}
      >
        {options.map((option) => (
          <label key={option.value} className="t-13 flex min-h-(--control) items-center gap-2">
            <input
              type="radio"
              name={name}
              value={option.value}
              checked={option.value === value}
              onChange={() => onChange(option.value)}
              className="size-4 shrink-0 accent-(--accent)"
            />
            <span>
              {option.label}
              {option.help && <span className="t-12 block text-text-2">{option.help}</span>}
            </span>
          </label>
        ))}
      </div>
      {error && <FieldError id={`${name}-error`}>{error}</FieldError>}
    </fieldset>
  );
}

export type CheckGroupProps<Value extends string = string> = FieldFacts & {
  id?: string;
  values: readonly Value[];
  options: readonly Option<Value>[];
  onChange: (values: Value[]) => void;
};

/** Any number of a few choices, each with its line of help. */
export function CheckGroup<Value extends string>(props: CheckGroupProps<Value>) {
  const { id, label, help, error, optional, values, options, onChange } = props;
  const made = useId();
  const name = id ?? made;
  const toggle = (value: Value, on: boolean) =>
    onChange(options.map((option) => option.value).filter((one) => (one === value ? on : values.includes(one))));
  return (
    <fieldset
      id={name}
      tabIndex={-1}
      aria-describedby={classes(help ? `${name}-help` : null, error ? `${name}-error` : null) || undefined}
      className="min-w-0"
    >
      <legend className="t-13 mb-1 font-medium">
        {label}
        {optional && <span className="font-normal text-text-3"> optional</span>}
      </legend>
      {help && (
        <p id={`${name}-help`} className="t-12 mb-1 text-text-2">
          {help}
        </p>
      )}
      {options.map((option) => (
        <label key={option.value} className="t-13 flex min-h-(--control) items-start gap-2 py-1">
          <input
            type="checkbox"
            checked={values.includes(option.value)}
            onChange={(event) => toggle(option.value, event.target.checked)}
            className="mt-0.5 size-4 shrink-0 accent-(--accent)"
          />
          <span>
            {option.label}
            {option.help && <span className="t-12 block text-text-2">{option.help}</span>}
          </span>
        </label>
      ))}
      {error && <FieldError id={`${name}-error`}>{error}</FieldError>}
    </fieldset>
  );
}

export type SwitchProps = {
  id?: string;
  label: string;
  help?: string;
  error?: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
  disabled?: boolean;
};

export function Switch({ id, label, help, error, checked, onChange, disabled }: SwitchProps) {
  const made = useId();
  const fieldId = id ?? made;
  return (
    <div>
      <label htmlFor={fieldId} className="flex min-h-(--control) items-center gap-2">
        <input
          id={fieldId}
          type="checkbox"
          role="switch"
          aria-checked={checked}
          checked={checked}
          disabled={disabled}
          aria-describedby={classes(help ? `${fieldId}-help` : null, error ? `${fieldId}-error` : null) || undefined}
          onChange={(event) => onChange(event.target.checked)}
          className="switch"
        />
        <span className="t-13 font-medium">{label}</span>
      </label>
      {help && (
        <p id={`${fieldId}-help`} className="t-12 text-text-2">
          {help}
        </p>
      )}
      {error && <FieldError id={`${fieldId}-error`}>{error}</FieldError>}
    </div>
  );
}
