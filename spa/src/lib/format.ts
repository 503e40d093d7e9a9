// How figures are written everywhere: money, tokens, durations, times, sizes (ui.md, section 6). Number and unit are joined by a
// no-break space; what is not known is never written as zero.
const NBSP = '\u00a0';
export const NOTHING = '—';
export const UNKNOWN = 'unknown';

const locale = typeof navigator === 'undefined' ? 'en' : navigator.language;

const integer = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });

export function number(value: number): string {
  return integer.format(value);
}

function dollars(value: number, digits: number): string {
  const text = new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(
    value,
  );
  return `$${text}`;
}

/** null: unknown. Nothing (0) is $0.00 only because the caller knows it. */
export function money(usd: number | null | undefined): string {
  if (usd === null || usd === undefined) return UNKNOWN;
  if (usd === 0) return '$0.00';
  const size = Math.abs(usd);
  if (size < 0.00005) return `<${dollars(0.0001, 4)}`;
  if (size < 0.00995) return dollars(usd, 4);
  if (size < 0.9995) return dollars(usd, 3);
  return dollars(usd, 2);
}

export function estimate(usd: number | null | undefined): string {
  return usd === null || usd === undefined ? UNKNOWN : `≈${NBSP}${money(usd)}`;
}

export function estimateRange(low: number, high: number): string {
  return money(low) === money(high) ? estimate(low) : `≈${NBSP}${money(low)} to ${money(high)}`;
}

export function tokens(count: number | null | undefined): string {
  if (count === null || count === undefined) return UNKNOWN;
  if (count < 100_000) return number(count);
  if (count < 999_500) return `${number(Math.round(count / 1000))}k`;
  const millions = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
  return `${millions.format(count / 1_000_000)}M`;
}

export function tokensInOut(input: number | null | undefined, output: number | null | undefined): string {
  return `${tokens(input)} / ${tokens(output)}`;
}

const pad = (value: number) => String(value).padStart(2, '0');

/** A duration that has ended. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return NOTHING;
  if (ms < 999.5) return `${Math.round(ms)}${NBSP}ms`;
  if (ms < 59_950) {
    const seconds = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
    return `${seconds.format(ms / 1000)}${NBSP}s`;
  }
  return longDuration(Math.round(ms / 1000));
}

/** A duration that goes on: whole seconds. */
export function liveDuration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return seconds < 60 ? `${seconds}${NBSP}s` : longDuration(seconds);
}

function longDuration(seconds: number): string {
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${NBSP}m${NBSP}${pad(seconds % 60)}${NBSP}s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)}${NBSP}h${NBSP}${pad(minutes % 60)}${NBSP}m`;
  const hours = Math.round(seconds / 3600);
  return `${Math.floor(hours / 24)}${NBSP}d${NBSP}${hours % 24}${NBSP}h`;
}

const dayMonth = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short' });
const dayMonthYear = new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric' });
const clock = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const clockSeconds = new Intl.DateTimeFormat(locale, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const absolute = new Intl.DateTimeFormat(locale, {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
  timeZoneName: 'short',
});

/** Lists: "4 min ago" up to a day, then the date and the time. */
export function timeAgo(at: string | null | undefined, now: number): string {
  if (!at) return NOTHING;
  const date = new Date(at);
  const seconds = Math.max(0, Math.floor((now - date.getTime()) / 1000));
  if (seconds < 60) return 'just now';
  if (seconds < 3600) return `${Math.floor(seconds / 60)}${NBSP}min ago`;
  if (seconds < 24 * 3600) return `${Math.floor(seconds / 3600)}${NBSP}h ago`;
  const sameYear = new Date(now).getFullYear() === date.getFullYear();
  return `${(sameYear ? dayMonth : dayMonthYear).format(date).replaceAll(' ', NBSP)}${NBSP}${clock.format(date)}`;
}

/** What ends: "in 7 d", "in 6 d 23 h", "in 2 h", "in 5 min". */
export function timeUntil(at: string, now: number): string {
  const minutes = Math.max(0, Math.ceil((Date.parse(at) - now) / 60_000));
  if (minutes < 60) return `in ${minutes}${NBSP}min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `in ${hours}${NBSP}h`;
  const rest = hours % 24;
  return `in ${Math.floor(hours / 24)}${NBSP}d${rest > 0 ? `${NBSP}${rest}${NBSP}h` : ''}`;
}

/** Details: absolute, with the zone. */
export function dateTime(at: string | null | undefined): string {
  return at ? absolute.format(new Date(at)) : NOTHING;
}

/** 14:02 */
export function timeOfDay(at: string | number): string {
  return clock.format(new Date(at));
}

/** 14:02:11 */
export function timeOfDaySeconds(at: string | number): string {
  return clockSeconds.format(new Date(at));
}

export function bytes(size: number): string {
  if (size < 1000) return `${size}${NBSP}B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  let value = size;
  let unit = -1;
  do {
    value /= 1000;
    unit++;
  } while (value >= 999.5 && unit < units.length - 1);
  const digits = value < 10 ? 1 : 0;
  return `${new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value)}${NBSP}${units[unit]}`;
}

export function percent(share: number): string {
  return `${Math.round(share * 100)}${NBSP}%`;
}

/** The last six, which differ; the first ones of our ids are time. */
export function shortId(id: string): string {
  return id.slice(-6);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${number(count)} ${count === 1 ? one : many}`;
}

/** At the foot of a list: "The first 25 runs", "All 7 runs", "1 run". */
export const shownOf = (count: number, more: boolean, noun: string): string =>
  more ? `The first ${plural(count, noun)}` : count === 1 ? plural(1, noun) : `All ${plural(count, noun)}`;
