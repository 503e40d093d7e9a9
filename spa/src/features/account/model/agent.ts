// Which browser a session is of, as far as its User-Agent tells; whoever wants to know exactly reads all of it in the title.
const BROWSERS: readonly [name: string, mark: RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\bOPR\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chrome', /\b(?:Chrome|HeadlessChrome|CriOS|Chromium)\//],
  ['Safari', /\bSafari\//],
  ['Command line', /^(?:stepmill|curl|Wget)\b/i],
];
const SYSTEMS: readonly [name: string, mark: RegExp][] = [
  ['Android', /\bAndroid\b/],
  ['iPhone', /\biPhone\b/],
  ['iPad', /\biPad\b/],
  ['Windows', /\bWindows\b/],
  ['macOS', /\bMac OS X\b|\bMacintosh\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b|\bX11\b/],
];

export const UNKNOWN_AGENT = 'Unknown program';

export function agentName(agent: string): string {
  const found = (list: typeof BROWSERS) => list.find(([, mark]) => mark.test(agent))?.[0];
  const browser = found(BROWSERS);
  const system = found(SYSTEMS);
  if (browser && system) return `${browser} on ${system}`;
  // a program's own name, up to the version
  return browser ?? system ?? (agent.trim().split(/[/\s(]/)[0] || UNKNOWN_AGENT);
}
