// A text of many lines with their numbers, and what was found in it at its line. Tab indents; after Esc it leaves, as everywhere.
import { type KeyboardEvent, type Ref, useRef, useState } from 'react';
import { classes } from '@/lib/classes';

export type Mark = { line: number; column: number; serious: boolean; text: string };

export type SourceEditorProps = {
  id: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  marks: readonly Mark[];
  describedBy?: string;
  readOnly?: boolean;
  ref?: Ref<HTMLTextAreaElement>;
};

const INDENT = '  ';
const LINE_PX = 20;
const LEAST_LINES = 16;
const MOST_LINES = 36;

/** Where a line and column are in a text. */
export function offsetOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  // columns count characters, not UTF-16 units
  return before + [...(lines[line - 1] ?? '')].slice(0, Math.max(0, column - 1)).join('').length;
}

export function SourceEditor({ id, label, value, onChange, marks, describedBy, readOnly, ref }: SourceEditorProps) {
  const gutter = useRef<HTMLDivElement>(null);
  const [leaves, setLeaves] = useState(false);
  const count = value.split('\n').length;
  const shown = Math.min(MOST_LINES, Math.max(LEAST_LINES, count + 1));
  const of = new Map<number, Mark>();
  for (const mark of marks) if (!of.get(mark.line)?.serious) of.set(mark.line, mark);

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Escape') setLeaves(true);
    else if (event.key !== 'Tab') return setLeaves(false);
    if (event.key !== 'Tab' || leaves || readOnly || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const box = event.currentTarget;
    const { selectionStart: from, selectionEnd: to } = box;
    const start = value.lastIndexOf('\n', from - 1) + 1;
    const before = value.slice(0, start);
    const chosen = value.slice(start, to);
    const turned = event.shiftKey ? chosen.replaceAll(/^ {1,2}/gm, '') : chosen.replaceAll(/^/gm, INDENT);
    const first = event.shiftKey ? -Math.min(from - start, /^ {0,2}/.exec(chosen)?.[0].length ?? 0) : INDENT.length;
    onChange(before + turned + value.slice(to));
    requestAnimationFrame(() => box.setSelectionRange(from + first, to + turned.length - chosen.length));
  };
  return (
    <div className="flex overflow-hidden rounded-control border border-line-3 bg-bg-0">
      <div
        ref={gutter}
        aria-hidden="true"
        className="mono-12 shrink-0 overflow-hidden border-r border-line-1 py-1.5 text-right text-text-3 select-none"
        style={{ height: shown * LINE_PX + 12 }}
      >
        {Array.from({ length: count }, (_, index) => {
          const mark = of.get(index + 1);
          return (
            <div
              key={index}
              title={mark?.text}
              className={classes(
                'min-w-10 pr-2 pl-2',
                mark?.serious && 'tint-failed font-semibold text-failed',
                mark && !mark.serious && 'font-semibold text-waiting',
              )}
              style={{ height: LINE_PX, lineHeight: `${LINE_PX}px` }}
            >
              {mark ? (mark.serious ? '✕ ' : '! ') : ''}
              {index + 1}
            </div>
          );
        })}
      </div>
      <textarea
        ref={ref}
        id={id}
        aria-label={label}
        aria-describedby={describedBy}
        aria-invalid={marks.some((mark) => mark.serious) || undefined}
        readOnly={readOnly}
        value={value}
        wrap="off"
        spellCheck={false}
        autoCapitalize="none"
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        onScroll={(event) => {
          if (gutter.current) gutter.current.scrollTop = event.currentTarget.scrollTop;
        }}
        className="block min-w-0 flex-1 resize-none overflow-auto bg-bg-2 px-2 py-1.5 font-mono text-text-1 -outline-offset-2"
        style={{ height: shown * LINE_PX + 12, lineHeight: `${LINE_PX}px`, fontSize: '0.8125rem' }}
      />
    </div>
  );
}
