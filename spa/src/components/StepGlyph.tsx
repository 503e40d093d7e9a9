// One glyph per kind of step, square-cut, never coloured. A tread under it means that the step acts on the world.
import { classes } from '@/lib/classes';

const ACTS: Record<string, string> = {
  prompt: 'M6 2.25H4.5v3L3.25 7 4.5 8.75v3H6M10 2.25h1.5v3L12.75 7 11.5 8.75v3H10',
  model: 'M6 2.25H4.5v3L3.25 7 4.5 8.75v3H6M10 2.25h1.5v3L12.75 7 11.5 8.75v3H10',
  agent: 'M11.5 4.5A4.25 4.25 0 1 0 12.25 7.5M12 1.75v3H9M8 6v2',
  script: 'M3 2.75 7 6.75l-4 4M8.5 11h5',
  function: 'M11 2.5C9 2 8.1 3 7.8 5L7.2 9.5C6.9 11.3 6 12 4.5 11.5M5 6.25h5.5',
  http: 'M3 2.25v9.5M6 7h7.25M10.5 4.25 13.25 7 10.5 9.75',
  workflow: 'M2.25 2.25h11.5v9.5H2.25zM4.75 5h2.5v2h2.5v2h2.25',
  tools: 'M9.5 2.25 7 6.5h3L7.5 11.75M3 9.25h2M11 4.75h2',
};

const STEERS: Record<string, string> = {
  sequential: 'M2 4h4v4h4v4h4',
  parallel: 'M2 8h3.5M5.5 3.25v9.5M5.5 3.25H14M5.5 8H14M5.5 12.75H14',
  conditional: 'M8 2l6 6-6 6-6-6z',
  switch: 'M2 8h4.5l4-4.75H14M6.5 8H14M6.5 8l4 4.75H14',
  transform: 'M2.25 5.75h4.5v4.5h-4.5zM6.75 8h2.5M13.75 8a2.25 2.25 0 1 1-4.5 0 2.25 2.25 0 0 1 4.5 0z',
  wait: 'M13.75 8a5.75 5.75 0 1 1-11.5 0 5.75 5.75 0 0 1 11.5 0zM8 4.5V8l2.5 1.75',
  loop: 'M12.75 8v1.5a3 3 0 0 1-3 3h-3.5a3 3 0 0 1-3-3v-3a3 3 0 0 1 3-3h6.5M10.5 1.25 12.75 3.5 10.5 5.75',
  approval: 'M8.25 4.5a2.25 2.25 0 1 1-4.5 0 2.25 2.25 0 0 1 4.5 0zM2 13c0-4.5 8-4.5 8 0M10.5 8l1.75 1.75L15 6.5',
  signal: 'M5 5a4.25 4.25 0 0 0 0 6M11 5a4.25 4.25 0 0 1 0 6M3 3a7 7 0 0 0 0 10M13 3a7 7 0 0 1 0 10M8 7v2',
  note: 'M3 2.5h10v7.75L9.75 13.5H3zM9.75 13.5v-3.25H13',
};

const TREAD = 'M2 14.25h12';

const WORDS: Record<string, string> = {
  http: 'HTTP',
  workflow: 'child workflow',
  model: 'model call',
  tools: 'tool calls',
};

/** "prompt", as names and titles say it. */
export const kindWord = (kind: string): string => WORDS[kind] ?? kind;

export type StepGlyphProps = {
  kind: string;
  size?: 14 | 16;
  /** The kind is said in the words beside it. */
  decorative?: boolean;
  className?: string;
};

export function StepGlyph({ kind, size = 16, decorative, className }: StepGlyphProps) {
  const acts = ACTS[kind];
  const path = acts ? `${acts}${TREAD}` : (STEERS[kind] ?? STEERS.sequential);
  return (
    <svg
      viewBox="0 0 16 16"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      strokeWidth={1.5}
      className={classes('shrink-0 text-text-2', className)}
      role={decorative ? undefined : 'img'}
      aria-label={decorative ? undefined : kindWord(kind)}
      aria-hidden={decorative || undefined}
    >
      <path d={path} />
    </svg>
  );
}
