// Forms within a field: one that is there or not (what a wait does before it looks), or a list of them (the tools of an agent), each of a kind.
import { type ComponentType, useRef } from 'react';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { FieldError } from '@/components/Field';
import { icon, X } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { announce } from '@/lib/announce';
import { kindWords as words } from '../kind-strings';
import type { DraftStep } from '../model/draft';
import type { FieldSpec, Fields, Inner } from '../model/fields';
import { type Item, innerName, itemSpecs, itemsIn, itemsText, startItem, withKind } from '../model/inner';
import { FormFields } from './FormFields';
import type { OneFieldProps } from './OneField';

type InnerFormsProps = Omit<OneFieldProps, 'step'> & {
  step: DraftStep;
  inner: Inner;
  label: string;
  help?: string;
  error?: string;
  /** What draws a field of one. */
  FieldOf: ComponentType<OneFieldProps>;
};

export function InnerForms(props: InnerFormsProps) {
  return props.inner.most > 1 ? <ManyForms {...props} /> : <OneForm {...props} />;
}

const kindOptions = (inner: Inner) => inner.kinds.map((kind) => ({ value: kind, label: inner.names(kind) }));

function OneForm(props: InnerFormsProps) {
  const { id, spec, label, help, error, value, inner, onFields } = props;
  const [item] = itemsIn(value);
  const choose = (kind: string) => {
    const next = item ? withKind(inner, item, kind) : startItem(inner, kind);
    onFields({ [spec.name]: itemsText(kind === '' ? [] : [next]) });
  };
  return (
    <div className="flex min-w-0 flex-col gap-4">
      <Select
        id={id}
        label={label}
        help={help}
        error={error}
        value={item?.kind ?? ''}
        options={[{ value: '', label: words.pollNothing }, ...kindOptions(inner)]}
        onChange={choose}
      />
      {item && (
        <fieldset className="flex min-w-0 flex-col gap-4 border-l-2 border-line-3 pl-3">
          <legend className="sr-only">{label}</legend>
          <ItemFields {...props} item={item} index={0} heading={words.moreOfInner(inner.names(item.kind))} />
        </fieldset>
      )}
    </div>
  );
}

function ManyForms(props: InnerFormsProps) {
  const { id, spec, label, help, error, value, inner, onFields } = props;
  const items = itemsIn(value);
  const adds = useRef<HTMLButtonElement>(null);
  const set = (next: readonly Item[]) => onFields({ [spec.name]: itemsText(next) });
  const kindId = (index: number) => `${id}.${index}.kind`;
  const add = () => {
    set([...items, startItem(inner, inner.kinds[0] ?? '')]);
    requestAnimationFrame(() => document.getElementById(kindId(items.length))?.focus());
  };
  const remove = (index: number, name: string) => {
    set(items.toSpliced(index, 1));
    announce(words.removedTool(index + 1, name));
    adds.current?.focus();
  };
  return (
    <fieldset id={id} tabIndex={-1} className="flex min-w-0 flex-col gap-4">
      <legend className="t-13 mb-1 font-medium">{label}</legend>
      {help && <p className="t-12 -mt-3 text-text-2">{help}</p>}
      {items.map((item, index) => {
        const name = (item.fields.name ?? '').trim();
        return (
          <fieldset key={index} className="flex min-w-0 flex-col gap-4 border-l-2 border-line-3 pl-3">
            <legend className="sr-only">{words.tool(index + 1, name)}</legend>
            <div className="flex items-end gap-2">
              <div className="min-w-0 flex-1">
                <Select
                  id={kindId(index)}
                  label={words.toolKind(index + 1)}
                  value={item.kind}
                  options={kindOptions(inner)}
                  onChange={(kind) => set(items.with(index, withKind(inner, item, kind)))}
                />
              </div>
              <IconButton label={words.removeTool(index + 1, name)} onClick={() => remove(index, name)}>
                <X {...icon} />
              </IconButton>
            </div>
            <ItemFields {...props} item={item} index={index} heading={words.moreOfInner(words.tool(index + 1, name))} />
          </fieldset>
        );
      })}
      <div>
        <Button ref={adds} disabled={items.length >= inner.most} onClick={add}>
          {words.addTool}
        </Button>
      </div>
      {error && <FieldError>{error}</FieldError>}
    </fieldset>
  );
}

type ItemFieldsProps = InnerFormsProps & { item: Item; index: number; heading: string };

function ItemFields({ item, index, heading, FieldOf, ...props }: ItemFieldsProps) {
  const { draft, step, spec: holder, id, value, errors, inner, onFields } = props;
  const idOf = (spec: FieldSpec) => innerName(id, index, spec.name);
  const change = (changed: Fields, typed?: string) => {
    const next = itemsIn(value).with(index, { ...item, fields: { ...item.fields, ...changed } });
    onFields({ [holder.name]: itemsText(next) }, typed && innerName(holder.name, index, typed));
  };
  return (
    <FormFields
      id={`${id}.${index}`}
      specs={itemSpecs(inner, item)}
      fields={item.fields}
      wrong={(spec) => errors.has(idOf(spec))}
      heading={heading}
      fieldOf={(spec) => (
        <FieldOf
          key={`${item.kind} ${spec.name}`}
          draft={draft}
          step={step}
          within={{ ...item, place: inner.apart ? { apart: item.fields } : { field: holder.name } }}
          spec={spec}
          id={idOf(spec)}
          value={item.fields[spec.name] ?? ''}
          errors={errors}
          onFields={change}
        />
      )}
    />
  );
}
