// Members of a definition as fields that are typed: what each is called, what is wrong with it, what is sent, and back. A part is a member with the
// fields that show it; what no field can hold stays as it is. Pure.
import { kindWords as words } from '../kind-strings';

/** What is typed, by the field's name. */
export type Fields = Readonly<Record<string, string>>;
export type Members = Record<string, unknown>;

/** Where it stands: with the kind's own, or folded away under a heading. */
export type Section = 'own' | 'when' | 'fails' | 'keeps' | 'handlers' | 'other';

export type FieldSpec = {
  name: string;
  label: string;
  help?: string;
  /**
   * `words`: several lines that people read; `later`, `earlier`: steps beside it, by their keys; `cases`: values, each with a later step; `pairs`: names, each with a value; `agent`, `tool` of one,
   * `workflow`, `prompt`, the version of either, `model`: of this workspace; `inner`: forms within it; `none`: what another field sets.
   */
  input:
    | 'text'
    | 'long'
    | 'words'
    | 'code'
    | 'markdown'
    | 'choice'
    | 'later'
    | 'earlier'
    | 'cases'
    | 'pairs'
    | 'agent'
    | 'tool'
    | 'workflow'
    | 'prompt'
    | 'version'
    | 'model'
    | 'inner'
    | 'none';
  /** Of `inner`: what it holds. */
  inner?: Inner;
  /** What may be filled in: everything there is at this place, or of code only variables and secrets. */
  fills?: 'all' | 'env';
  options?: readonly { value: string; label: string }[];
  optional?: boolean;
  /** What a new step begins with. */
  start?: string;
  /** What it says when the definition says nothing, and so is not sent. */
  blank?: string;
  /** Only while another field says so. */
  when?: (fields: Fields) => boolean;
  /** What is wrong with it; null: nothing. */
  check?: (text: string, fields: Fields) => string | null;
  section?: Section;
};

/** A field by its place: those within another have names such as `tools.1.url`. */
export type Place = { name: string; label: string };
export type Wrong = Place & { message: string };

/** Forms within a field, each of a kind: the step that a wait runs before it looks, the tools of an agent. */
export type Inner = {
  /** One, or a list of so many. */
  most: number;
  /** In the order in which they are offered, the first for a new one. */
  kinds: readonly string[];
  names: (kind: string) => string;
  form: (kind: string) => Form;
  /** Its templates know what it is told, and the workspace, but nothing of the run. */
  apart?: true;
  /** What is wrong with them beside each other. */
  wrongs: (text: string) => readonly Wrong[];
  /** Of a member of the definition below this one. */
  place: (text: string, path: readonly string[]) => Place | null;
};

export type Part = {
  /** '': none of its own, such as which of two members there is. */
  member: string;
  fields: readonly FieldSpec[];
  /** undefined: it says nothing. */
  write: (fields: Fields) => unknown;
  /** null: no field can hold it, so it stays among the rest. */
  read: (value: unknown) => Fields | null;
  /** Of what else the step says. */
  from?: (given: Members) => Fields;
};

// ---- values and texts ----

export const parsed = (text: string): { value: unknown } | null => {
  try {
    return { value: JSON.parse(text) as unknown };
  } catch {
    return null;
  }
};
export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const isText = (value: unknown): value is string => typeof value === 'string';
const isSimple = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);

/** JSON is JSON, anything else a text. */
export const jsonOrText = (text: string): unknown => {
  const read = parsed(text);
  return read ? read.value : text;
};
/** The text that jsonOrText reads the same value from. */
export const asTyped = (value: unknown): string =>
  typeof value === 'string' && parsed(value) === null ? value : JSON.stringify(value, null, 2);

export const number = (text: string): number | string => {
  const value = Number(text);
  return text.trim() !== '' && !Number.isNaN(value) ? value : text.trim();
};

export const lines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
export const wordsIn = (text: string | undefined): string[] => (text ?? '').split(/[\s,]+/).filter(Boolean);

/** A question: true or false, or what a template makes of it. */
export const question = (text: string): unknown =>
  /^\s*(?:true|false)\s*$/.test(text) ? text.trim() === 'true' : text.trim();

const fromSimple = (value: unknown): string | null => (isSimple(value) ? String(value) : null);

// ---- what is wrong ----

const TEMPLATE = /\{\{/;
export const hasTemplate = (text: string): boolean => TEMPLATE.test(text);
export const needed = (message: string) => (text: string) => (text.trim() === '' ? message : null);
export const objectOrEmpty = (text: string) =>
  text.trim() === '' || isObject(parsed(text)?.value) ? null : words.objectWrong;
export const wholeUpTo =
  (most: number, least = 1) =>
  (text: string) => {
    const value = Number(text);
    return text.trim() === '' || (Number.isInteger(value) && value >= least && value <= most)
      ? null
      : words.wholeWrong(least, most);
  };
export const numberUpTo =
  (most: number, least = 0) =>
  (text: string) => {
    const value = Number(text);
    return text.trim() === '' || (value >= least && value <= most) ? null : words.numberWrong(least, most);
  };

// ---- parts ----

type Check = NonNullable<FieldSpec['check']>;
export type Codec = { to?: (text: string) => unknown; from?: (value: unknown) => string | null };

export const JSON_OR_TEXT: Codec = { to: jsonOrText, from: asTyped };
export const AS_WRITTEN: Codec = { to: (text) => text };

/** One field that is one member of the same name. */
export function one(spec: FieldSpec, { to = (text) => text.trim(), from = fromSimple }: Codec = {}): Part {
  return {
    member: spec.name,
    fields: [spec],
    write: (fields) => {
      const text = fields[spec.name] ?? '';
      return text.trim() === '' || text === spec.blank ? undefined : to(text);
    },
    read: (value) => {
      const text = from(value);
      return text === null ? null : { [spec.name]: text };
    },
  };
}

type More = Omit<Partial<FieldSpec>, 'name' | 'label'>;

/** A line that may stay empty. */
export const line = (name: string, label: string, help?: string, more: More = {}, codec?: Codec): Part =>
  one({ name, label, help, input: 'text', optional: true, ...more }, codec);
/** Several lines. */
export const long = (name: string, label: string, help?: string, more: More = {}, codec?: Codec): Part =>
  line(name, label, help, { input: 'long', ...more }, codec);
/** A JSON object, or nothing. */
export const object = (name: string, label: string, help?: string, more: More = {}): Part =>
  long(name, label, help, { check: objectOrEmpty, ...more }, JSON_OR_TEXT);
/** A number that has a usual value. */
export const figure = (name: string, label: string, help: string | undefined, check: Check, more: More = {}): Part =>
  line(name, label, help, { check, ...more }, { to: number });

type Option = { value: string; label: string };
/** One of several; the first is what it is unless set. */
export const choiceSpec = (name: string, label: string, options: readonly Option[], more: More = {}): FieldSpec => ({
  name,
  label,
  input: 'choice',
  blank: options[0]?.value,
  options,
  ...more,
});
export const choice = (name: string, label: string, options: readonly Option[], more: More = {}): Part =>
  one(choiceSpec(name, label, options, more));
/** Yes or no; the first is what it is unless set. */
export const either = (name: string, label: string, no: string, yes: string, more: More = {}): Part =>
  one(
    choiceSpec(
      name,
      label,
      [
        { value: 'no', label: no },
        { value: 'yes', label: yes },
      ],
      more,
    ),
    { to: (text) => text === 'yes', from: (value) => (value === true ? 'yes' : value === false ? 'no' : null) },
  );

/** A member that is an object of one or more fields, by their names there; there when the first is. */
export function several(member: string, fields: readonly (FieldSpec & { as: string } & Codec)[]): Part {
  const known = new Set(fields.map((field) => field.as));
  return {
    member,
    fields,
    write: (typed) => {
      const written = fields.flatMap(({ name, as, blank, to = number }) => {
        const text = typed[name] ?? '';
        return text.trim() === '' || text === blank ? [] : [[as, to(text)] as const];
      });
      return written.length > 0 ? Object.fromEntries(written) : undefined;
    },
    read: (value) => {
      if (!isObject(value) || Object.keys(value).some((name) => !known.has(name))) return null;
      const texts: Record<string, string> = {};
      for (const { name, as, from = fromSimple } of fields) {
        if (value[as] === undefined) continue;
        const text = from(value[as]);
        if (text === null) return null;
        texts[name] = text;
      }
      return texts;
    },
  };
}

/** A field that says which of several members there is. */
export const chooser = (spec: FieldSpec, of: (given: Members) => string): Part => ({
  member: '',
  fields: [spec],
  write: () => undefined,
  read: () => null,
  from: (given) => ({ [spec.name]: of(given) }),
});

// ---- a form: parts, and JSON of what has none ----

/** What has no field, as it was typed. */
export const moreOf = (fields: Fields): Members => {
  const more = parsed(fields.more?.trim() || '{}')?.value;
  return isObject(more) ? more : {};
};
export const moreText = (rest: Members): string => (Object.keys(rest).length > 0 ? JSON.stringify(rest, null, 2) : '');

export const MORE: FieldSpec = {
  name: 'more',
  label: words.more,
  help: words.moreHelp,
  input: 'long',
  optional: true,
  check: objectOrEmpty,
  section: 'other',
};

export type Form = readonly Part[];

export const specsOf = (form: Form): readonly FieldSpec[] => form.flatMap((part) => part.fields);
export const shownSpecs = (form: Form, fields: Fields): readonly FieldSpec[] =>
  specsOf(form).filter((field) => field.when?.(fields) ?? true);

export const startOf = (form: Form): Fields =>
  Object.fromEntries(specsOf(form).map((field) => [field.name, field.start ?? field.blank ?? '']));

export const wrongIn = (specs: readonly FieldSpec[], fields: Fields): readonly Wrong[] =>
  specs.flatMap(({ name, label, check, inner }) => {
    const text = fields[name] ?? '';
    const message = check?.(text, fields) ?? null;
    return [...(message === null ? [] : [{ name, label, message }]), ...(inner?.wrongs(text) ?? [])];
  });

/** Only what is shown is sent. */
export function write(form: Form, fields: Fields): Members {
  const members: Members = {};
  for (const part of form) {
    const shown = part.fields.filter((field) => field.when?.(fields) ?? true);
    if (part.member === '' || shown.length === 0) continue;
    const value = part.write(Object.fromEntries(shown.map(({ name }) => [name, fields[name] ?? ''])));
    if (value !== undefined) members[part.member] = value;
  }
  return members;
}

/** The field that shows a member of what the form makes, and what is below it: what the server says of it belongs there. */
export function placeIn(form: Form, fields: Fields, [member = '', ...below]: readonly string[]): Place {
  const part = Object.hasOwn(moreOf(fields), member) ? undefined : form.find((one) => one.member === member);
  const spec = part?.fields.find((field) => field.when?.(fields) ?? true) ?? MORE;
  const inner = part?.fields.find((field) => field.inner && (field.when?.(fields) ?? true));
  return inner?.inner?.place(fields[inner.name] ?? '', below) ?? { name: spec.name, label: spec.label };
}

/** The fields that show what is given, and what of it none can hold. */
export function read(form: Form, given: Members): { fields: Fields; rest: Members } {
  const rest = { ...given };
  const fields: Record<string, string> = Object.fromEntries(
    specsOf(form).map((field) => [field.name, field.blank ?? '']),
  );
  for (const part of form) {
    if (part.from) Object.assign(fields, part.from(given));
    if (part.member === '' || given[part.member] === undefined) continue;
    const texts = part.read(given[part.member]);
    if (texts === null) continue;
    Object.assign(fields, texts);
    delete rest[part.member];
  }
  return { fields, rest };
}
