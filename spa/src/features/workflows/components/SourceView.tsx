// The workflow as text: with what is wrong at its line, and listed below. Each leads to its place.
import { useRef } from 'react';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { CodeEditor, type CodeEditorHandle } from '@/components/code/CodeEditor';
import { languageOf } from '@/components/code/mark';
import { editorWords } from '@/components/code/strings';
import { ErrorState } from '@/components/ErrorState';
import { StatusIcon } from '@/components/StatusIcon';
import { saveFile } from '@/lib/save-file';
import { stepLines } from '@/lib/step-lines';
import { fileName } from '../model/files';
import type { Notation } from '../model/source';
import { sourceWords as words } from '../source-strings';
import { uploadWords } from '../upload-strings';
import type { SourceState } from '../useSource';
import { Findings } from './Findings';

type SourceViewProps = {
  /** Of the workflow. */
  name: string;
  text: string;
  notation: Notation | 'own';
  state: SourceState;
  /** The key of the step that is looked for. */
  step?: string;
  onText: (text: string) => void;
  onNotation: (notation: Notation) => void;
};

const FOUND = 'workflow-source-found';

export default function SourceView({ name, text, notation, state, step, onText, onNotation }: SourceViewProps) {
  const box = useRef<CodeEditorHandle>(null);
  const goTo = (line: number, column: number | null) => box.current?.goTo(line, column);
  const language = notation === 'own' ? languageOf(text) : notation;
  const errors = state.findings.filter((finding) => finding.serious).length;
  const warnings = state.findings.length - errors;
  const said = [
    ...(errors > 0 ? [words.findings(errors, state.errorCount > errors)] : []),
    ...(warnings > 0 ? [words.warnings(warnings)] : []),
  ].join(', ');
  return (
    <div className="flex min-w-0 flex-col gap-3 px-(--gutter) py-4">
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2">
        <p className="t-13 min-w-60 flex-1 text-text-2">{words.help}</p>
        <Select
          label={words.notation}
          value={notation}
          disabled={state.unsettled}
          options={[
            ...(notation === 'own' ? [{ value: 'own' as const, label: words.asItIs }] : []),
            { value: 'yaml' as const, label: words.yaml },
            { value: 'json' as const, label: words.json },
          ]}
          onChange={(chosen) => chosen !== 'own' && onNotation(chosen)}
        />
        <Button keys="Mod+F" onClick={() => box.current?.find()}>
          {words.find}
        </Button>
        <Button onClick={() => saveFile(fileName(name, text), text)}>{uploadWords.download}</Button>
      </div>
      <CodeEditor
        ref={box}
        label={words.label}
        value={text}
        language={language}
        onChange={onText}
        marks={state.marks}
        describedBy={FOUND}
        startLine={step === undefined ? undefined : stepLines(text).get(step)}
      />
      <p className="t-12 text-text-3">{editorWords.leave}</p>
      <section id={FOUND} aria-label={words.list} className="flex min-h-(--row) flex-col gap-1">
        {state.error ? (
          <ErrorState error={state.error} what={words.checkFailed} onRetry={state.again} retrying={false} />
        ) : state.checking ? (
          <p className="t-13 text-text-2">{words.checking}</p>
        ) : (
          <p className="t-13 flex items-center gap-2">
            <StatusIcon status={errors > 0 || state.several ? 'failed' : 'completed'} size={14} decorative />
            {said || state.several || words.clean}
          </p>
        )}
        <Findings findings={state.findings} onGo={goTo} />
      </section>
    </div>
  );
}
