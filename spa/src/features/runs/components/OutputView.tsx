// Each step with what it writes, as it writes it: the runner's view of a run.
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Run, RunStep } from '@/api/types';
import { CopyButton } from '@/components/CopyButton';
import { OutputText } from '@/components/OutputText';
import { StatusIcon } from '@/components/StatusIcon';
import { StepGlyph } from '@/components/StepGlyph';
import { classes } from '@/lib/classes';
import { hasEnded, STATUS } from '@/lib/status';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { projectOf } from '../api';
import { inputsInALine, markOf, tokensOf, waitsFor, writtenBy } from '../model/facts';
import { words } from '../strings';
import { LongText } from './LongText';
import { StepCost, StepTime, StepTokens } from './StepFigures';

const LONG = 600;
const LINES = 6;

export function OutputView({ run }: { run: Run }) {
  return (
    <div className="pb-8">
      <InputsLine run={run} />
      <ol>
        {run.steps.map((step, index) => (
          <StepOutput key={step.key} run={run} step={step} index={index} last={index === run.steps.length - 1} />
        ))}
      </ol>
    </div>
  );
}

/** The form of the runner, folded. */
function InputsLine({ run }: { run: Run }) {
  const workspace = useWorkspace();
  const inputs = inputsInALine(run.input);
  return (
    <div className="t-12 flex min-h-(--row-table) items-center gap-3 border-b border-line-1 bg-bg-0 px-(--gutter) py-1 text-text-2">
      <p className="min-w-0 flex-1 truncate">
        <span className="font-medium">{words.inputsLine}</span>
        {inputs.length === 0 && ` ${words.noInputs}`}
        {inputs.map(({ name, text }) => (
          <span key={name} className="ml-3">
            {name} <span className="text-text-1">{text.length > 60 ? `${text.slice(0, 60)}…` : text}</span>
          </span>
        ))}
      </p>
      {!hasEnded(run.status) && mayEdit(workspace) && (
        <Link
          to="/w/$workspace/workflows/$workflow"
          params={{ workspace: workspace.slug, workflow: run.workflow_id }}
          search={{ run: run.id, project: projectOf(run) }}
          className="link shrink-0"
        >
          {words.runWithChanges}
        </Link>
      )}
    </div>
  );
}

type StepOutputProps = { run: Run; step: RunStep; index: number; last: boolean };

function StepOutput({ run, step, index, last }: StepOutputProps) {
  const workspace = useWorkspace();
  const status = markOf(step);
  const attempt = step.step_run;
  const text = writtenBy(attempt);
  const settled = attempt !== null && hasEnded(attempt.status);
  const headingId = `step-${step.key}`;
  return (
    <li aria-labelledby={headingId} className="border-b border-line-1 px-(--gutter) py-3">
      <div className="flex min-h-(--control) flex-wrap items-center gap-x-3 gap-y-1">
        <StatusIcon status={status} turning />
        <h2 id={headingId} className="t-13 flex min-w-0 items-center gap-2 font-medium">
          {step.depth > 0 && <span className="shrink-0" style={{ width: step.depth * 16 }} />}
          <span className="text-text-3">{index + 1}</span>
          <StepGlyph kind={step.kind} decorative />
          <span className="truncate">{step.name}</span>
        </h2>
        <span className="t-12 text-text-2">
          {status !== 'completed' && STATUS[status].word}
          {attempt && attempt.attempt > 1 && ` · ${words.attempt(attempt.attempt)}`}
          {waitsFor(attempt) && ` · ${words.waitingFor(waitsFor(attempt) ?? '')}`}
        </span>
        {attempt && (
          <span className="t-12 ml-auto flex items-center gap-3 text-right text-text-2 @max-tablet:w-full @max-tablet:pl-7">
            <StepTime step={attempt} />
            {tokensOf(attempt) !== null && (
              <>
                <span className="whitespace-nowrap">
                  <StepTokens step={attempt} /> {words.tokens.toLowerCase()}
                </span>
                <StepCost step={attempt} />
              </>
            )}
            <span className="ml-auto flex items-center">
              {settled && text !== '' && attempt.output_preview === null && (
                <CopyButton text={text} what={words.outputOf(step.name)} />
              )}
              <Link
                to="/w/$workspace/runs/$run"
                params={{ workspace: workspace.slug, run: run.id }}
                search={{ view: 'timeline', step: step.key }}
                aria-label={`${words.open} ${step.name}`}
                className="link inline-flex min-h-(--control) items-center px-1"
              >
                {words.open}
              </Link>
            </span>
          </span>
        )}
      </div>
      {attempt && (
        <div className="pl-7 @max-tablet:pl-0">
          {attempt.output_preview !== null ? (
            <LongText runId={run.id} step={attempt} side="output" what={words.outputOf(step.name)} lines={LINES} />
          ) : (
            <Written
              text={text}
              streaming={!settled}
              what={words.outputOf(step.name)}
              whole={last || run.steps[index + 1]?.step_run === null}
            />
          )}
          {attempt.error && <p className="t-13 mt-1 max-w-[96ch] text-failed">{attempt.error.message}</p>}
        </div>
      )}
    </li>
  );
}

/** What is finished and long is cut to a few lines, unless it is the newest. */
function Written({ text, streaming, what, whole }: { text: string; streaming: boolean; what: string; whole: boolean }) {
  const [opened, setOpened] = useState<boolean | null>(null);
  const long = text.length > LONG || text.split('\n').length > LINES;
  const open = opened ?? (streaming || whole);
  if (text === '' && !streaming) return null;
  return (
    <div className={classes('pt-1', streaming && 'min-h-7')}>
      <OutputText text={text} streaming={streaming} what={what} lines={long && !open ? LINES : undefined} withoutCopy />
      {long && !streaming && (
        <button type="button" className="link t-12 mt-1 min-h-6" aria-expanded={open} onClick={() => setOpened(!open)}>
          {open ? words.showLess : words.showAll}
        </button>
      )}
    </div>
  );
}
