// Forms within a field: the step that a wait runs before it looks, the tools of an agent. The field keeps them as JSON, each with its kind and what is
// typed in its fields. Pure.
import {
  type Codec,
  type FieldSpec,
  type Fields,
  type Form,
  type Inner,
  isObject,
  isText,
  type Members,
  MORE,
  moreOf,
  moreText,
  type Place,
  parsed,
  placeIn,
  read,
  shownSpecs,
  startOf,
  type Wrong,
  write,
  wrongIn,
} from './fields';

export type Item = { kind: string; fields: Fields };

const isFields = (value: unknown): value is Fields => isObject(value) && Object.values(value).every(isText);
/** What an older page has kept is left out. */
export function itemsIn(text: string | undefined): Item[] {
  const found = parsed(text || '[]')?.value;
  if (!Array.isArray(found)) return [];
  return found.filter((item: unknown): item is Item => isObject(item) && isText(item.kind) && isFields(item.fields));
}
export const itemsText = (items: readonly Item[]): string => (items.length > 0 ? JSON.stringify(items) : '');

export const startItem = (inner: Inner, kind: string): Item => ({
  kind,
  fields: { ...startOf(inner.form(kind)), more: '' },
});
/** Of another kind; its name stays. */
export const withKind = (inner: Inner, item: Item, kind: string): Item => {
  const next = startItem(inner, kind);
  return { kind, fields: item.fields.name ? { ...next.fields, name: item.fields.name } : next.fields };
};

export const itemSpecs = (inner: Inner, item: Item): readonly FieldSpec[] => [
  ...shownSpecs(inner.form(item.kind), item.fields),
  ...(inner.form(item.kind).length > 1 ? [MORE] : []),
];

/** The name of a field of the item at a place. */
export const innerName = (name: string, index: number, of: string): string => `${name}.${index}.${of}`;

const OF_THE_SERVER = ['call'];

/** `bare`: the kind that is no object but a text, in the field of its name. */
export const itemCodec = (inner: Inner, bare?: { kind: string; field: string }) => ({
  write: ({ kind, fields }: Item): unknown =>
    bare?.kind === kind
      ? (fields[bare.field] ?? '').trim()
      : ({ kind, ...write(inner.form(kind), fields), ...moreOf(fields) } satisfies Members),
  read: (value: unknown): Item | null => {
    if (bare && isText(value)) return { kind: bare.kind, fields: { [bare.field]: value } };
    if (!isObject(value) || !isText(value.kind) || value.kind === bare?.kind) return null;
    const { kind, ...given } = value;
    if (!inner.kinds.includes(kind)) return null;
    for (const name of OF_THE_SERVER) delete given[name];
    const { fields, rest } = read(inner.form(kind), given);
    return { kind, fields: { ...fields, more: moreText(rest) } };
  },
});

export const listCodec = (codec: ReturnType<typeof itemCodec>): Codec => ({
  to: (text) => itemsIn(text).map(codec.write),
  from: (value) => {
    if (!Array.isArray(value)) return null;
    const items = value.map(codec.read);
    return items.every((item) => item !== null) ? itemsText(items) : null;
  },
});

type Facts = Pick<Inner, 'most' | 'kinds' | 'names' | 'apart'> & {
  form: (kind: string) => Form;
  /** Beside each other. */
  twice?: { field: string; message: string };
};

/** `name`, `label`: of the field that holds them. */
export function innerOf(name: string, label: string, { twice, ...facts }: Facts): Inner {
  const told = (index: number, of: string) => (facts.most > 1 ? `${label}, ${index + 1}, ${of}` : `${label}, ${of}`);
  const placed = (index: number, place: Place): Place => ({
    name: innerName(name, index, place.name),
    label: told(index, place.label),
  });
  const inner: Inner = {
    ...facts,
    wrongs: (text) => {
      const items = itemsIn(text);
      return items.flatMap((item, index): Wrong[] => {
        const specs = itemSpecs(inner, item);
        const own = wrongIn(specs, item.fields);
        const same = twice && items.findIndex(({ fields }) => fields[twice.field] === item.fields[twice.field]) < index;
        const named = specs.find((spec) => spec.name === twice?.field);
        return [
          ...own,
          ...(same && twice && named && own.length === 0 ? [{ ...named, message: twice.message }] : []),
        ].map((one) => ({ ...placed(index, one), message: one.message }));
      });
    },
    place: (text, path) => {
      const [index, below] = facts.most > 1 ? [Number(path[0]), path.slice(1)] : [0, path];
      const item = itemsIn(text)[index];
      if (!item || below.length === 0) return null;
      if (below[0] === 'kind')
        return facts.most > 1 ? placed(index, { name: 'kind', label: facts.names(item.kind) }) : null;
      return placed(index, placeIn(inner.form(item.kind), item.fields, below));
    },
  };
  return inner;
}
