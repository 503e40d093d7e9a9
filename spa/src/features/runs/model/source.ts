// A run in the text that it is a run of: how far each step is, at its line, and what went wrong, at its place. Pure.
import type { Run, RunStep, WorkflowVersion } from '@/api/types';
import { type Language, type LineNote, languageOf, type Mark } from '@/components/code/mark';
import { duration } from '@/lib/format';
import { hasEnded, STATUS } from '@/lib/status';
import { stepLines } from '@/lib/step-lines';
import { toYaml } from '@/lib/yaml';
import { sourceWords as words } from '../source-strings';

export type RunText = {
  text: string;
  language: Language;
  /** It asks for its steps one by one. */
  code: boolean;
};

/** As somebody wrote it; else what the code is, or the steps are. */
export function runText({ source, definition }: WorkflowVersion): RunText {
  const code = definition.code !== undefined;
  if (source) return { text: source, language: languageOf(source), code };
  if (definition.code) return { text: definition.code, language: 'typescript', code };
  return { text: toYaml(definition), language: 'yaml', code };
}

/** What it is called where it is written: of review/grammar grammar, of each[3] each. */
const ownKey = (step: RunStep): string => (step.key.split('/').at(-1) ?? step.key).replace(/\[\d+\]$/, '');

const INKS: Record<string, LineNote['ink']> = {
  completed: 'completed',
  failed: 'failed',
  waiting: 'waiting',
  running: 'running',
};

function noteOf(run: Run, { step_run: made }: RunStep, code: boolean): Omit<LineNote, 'line'> | null {
  if (!made) return hasEnded(run.status) ? null : { text: code ? words.notAsked : words.notBegun, ink: 'pending' };
  const { word } = STATUS[made.status];
  const facts = [
    word.toLowerCase(),
    ...(made.duration_ms !== null && hasEnded(made.status) && made.status !== 'skipped'
      ? [duration(made.duration_ms)]
      : []),
    ...(made.attempt > 1 ? [words.attempt(made.attempt)] : []),
  ];
  return { text: facts.join(', '), ink: INKS[made.status] ?? 'pending' };
}

/** Behind the line of each step. */
export function notesOf(run: Run, { text, code }: RunText): LineNote[] {
  const lines = stepLines(text);
  return run.steps.flatMap((step) => {
    const line = lines.get(ownKey(step));
    const note = noteOf(run, step, code);
    return line === undefined || note === null ? [] : [{ ...note, line }];
  });
}

/** The step that has run, and that the code does not ask for. */
export const notAskedFor = ({ error }: Run): string | null =>
  error?.code === 'replay_mismatch' ? (error.path ?? null) : null;

const MADE_HERE = /\(line (\d+)\)/;
const FUNCTION = /\bexecute\b\s*(?:\(|:|=)/;

/** What went wrong: a step at its line; the code where it threw, or where it does not ask for what has run. */
export function runMarks(run: Run, { text, code }: RunText): Mark[] {
  const lines = stepLines(text);
  const written = text.split('\n');
  const at = (line: number, message: string): Mark => ({
    line,
    column: (/^\s*/.exec(written[line - 1] ?? '')?.[0].length ?? 0) + 1,
    whole: true,
    serious: true,
    text: message,
  });
  const failed = run.steps.flatMap((step) => {
    const line = lines.get(ownKey(step));
    const made = step.step_run;
    return line !== undefined && made?.status === 'failed' && made.error ? [at(line, made.error.message)] : [];
  });
  const { error } = run;
  if (!error || !code || failed.some((mark) => mark.text === error.message)) return failed;
  const thrown = error.code === 'code' ? Number(MADE_HERE.exec(error.message)?.[1]) : 0;
  const begins = written.findIndex((line) => FUNCTION.test(line)) + 1;
  const line =
    thrown >= 1 && thrown <= written.length
      ? thrown
      : (lines.get(notAskedFor(run) ?? '') ?? (begins > 0 ? begins : undefined));
  return line === undefined ? failed : [...failed, at(line, error.message)];
}
