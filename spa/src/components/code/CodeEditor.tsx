// A text of many lines with their numbers, in the colours of its language, with what was found in it at its place. The editor itself comes when it is needed.
import { lazy, type Ref, Suspense } from 'react';
import { classes } from '@/lib/classes';
import type { Language, LineNote, Mark } from './mark';
import { editorWords as words } from './strings';

const Editor = lazy(() => import('./Editor'));

export type CodeEditorHandle = {
  /** Counted from 1; the text gets the focus. */
  goTo: (line: number, column?: number | null) => void;
  find: () => void;
};

export type CodeEditorProps = {
  label: string;
  value: string;
  language: Language;
  /** Left out: it is read only. */
  onChange?: (value: string) => void;
  marks?: readonly Mark[];
  notes?: readonly LineNote[];
  /** The id of what tells more. */
  describedBy?: string;
  readOnly?: boolean;
  /** Where it is opened; the focus comes there too, unless it is read only. */
  startLine?: number;
  ref?: Ref<CodeEditorHandle>;
};

const LINE_PX = 20;
const LEAST_LINES = 16;
const MOST_LINES = 36;

export function CodeEditor(props: CodeEditorProps) {
  const lines = Math.min(MOST_LINES, Math.max(LEAST_LINES, props.value.split('\n').length + 1));
  return (
    <div
      className={classes(
        'min-w-0 overflow-hidden rounded-control border border-line-3 bg-bg-2',
        'focus-within:outline-2 focus-within:-outline-offset-1 focus-within:outline-focus',
      )}
      style={{ height: lines * LINE_PX + 14 }}
    >
      <Suspense fallback={<p className="t-13 p-3 text-text-2">{words.loading}</p>}>
        <Editor {...props} />
      </Suspense>
    </div>
  );
}
