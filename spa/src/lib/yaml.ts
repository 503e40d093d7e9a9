// JSON as YAML that people like to read: plain words where nothing could take them for something else, texts of several lines as they are. Pure.

const PLAIN = /^[A-Za-z_][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./(),-]+)*$/;
/** Words that some readers of YAML take for true, false or nothing. */
const TAKEN = /^(?:true|false|null|yes|no|on|off|y|n|nan|inf)$/i;
const UNPRINTABLE = /[^\n\x20-\x7e\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;
const STEP = 2;

const quoted = (text: string): string => (PLAIN.test(text) && !TAKEN.test(text) ? text : JSON.stringify(text));

/** A text of several lines, as it is; null: only quotes can hold it. */
function block(text: string, indent: number): string | null {
  const ends = /\n*$/.exec(text)?.[0].length ?? 0;
  const whole = text.slice(0, text.length - ends);
  if (!whole.includes('\n') || ends > 1 || /^\s/.test(whole) || UNPRINTABLE.test(text)) return null;
  const pad = ' '.repeat(indent);
  const lines = whole.split('\n').map((line) => (line === '' ? '' : pad + line));
  return `${ends === 0 ? '|-' : '|'}\n${lines.join('\n')}`;
}

const isEmpty = (value: object) => (Array.isArray(value) ? value.length : Object.keys(value).length) === 0;

/** What stands behind a key or a dash: on its line, or on those that follow. */
function behind(value: unknown, indent: number): string {
  if (typeof value === 'string') return ` ${block(value, indent + STEP) ?? quoted(value)}`;
  if (typeof value !== 'object' || value === null) return ` ${JSON.stringify(value)}`;
  if (isEmpty(value)) return Array.isArray(value) ? ' []' : ' {}';
  return `\n${lines(value, indent + STEP)}`;
}

function lines(value: object, indent: number): string {
  const pad = ' '.repeat(indent);
  if (!Array.isArray(value))
    return Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => `${pad}${quoted(key)}:${behind(member, indent)}`)
      .join('\n');
  return value
    .map((item: unknown) => {
      const inside = behind(item, indent);
      // "- key: value": the first line of what is in it stands behind the dash
      return inside.startsWith('\n') ? `${pad}- ${inside.slice(1 + indent + STEP)}` : `${pad}-${inside}`;
    })
    .join('\n');
}

export const toYaml = (value: object): string => `${isEmpty(value) ? '{}' : lines(value, 0)}\n`;
