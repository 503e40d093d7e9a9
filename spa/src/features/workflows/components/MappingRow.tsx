// Where one variable of a step comes from: a run input, what an earlier step wrote, or a text. Suggestions have grain until accepted;
// what is unmapped is red, with the word.
import { Button } from '@/components/Button';
import { Combobox, type ComboOption } from '@/components/Combobox';
import { FieldError } from '@/components/Field';
import { StatusIcon } from '@/components/StatusIcon';
import { TextArea } from '@/components/TextArea';
import { classes } from '@/lib/classes';
import { words } from '../builder-strings';
import { kindWords } from '../kind-strings';
import { type Draft, type DraftStep, type Mapping, runInputsOf, type Source } from '../model/draft';
import { type Environment, fillsAt, NO_ENVIRONMENT } from '../model/fills';
import { fieldIds } from '../model/issues';
import { numberOf, usable } from '../model/tree';
import { useEnvironment } from '../useFills';

const NAME = /^[\p{L}\p{N}_-]{1,100}$/u;

export function sourceText(source: Source | null, draft: Draft): string {
  if (!source) return '';
  if (source.kind === 'input') return words.inputSource(source.name);
  if (source.kind === 'path') return source.path;
  if (source.kind === 'text') return words.textSource(source.text);
  const step = draft.steps.find((one) => one.id === source.id);
  return step ? words.stepSource(numberOf(draft.steps, step), step.name) : '';
}

type Choice = ComboOption & { source: Source };

/** Those that a draft has no other name for: of loops, of the workspace, and outputs that were given one. */
const PATHS = [kindWords.ofLoop, kindWords.ofOutputs, kindWords.ofEnv] as readonly string[];

/** Run inputs, earlier steps nearest first, what else is known there, a text. */
export function choicesFor(
  draft: Draft,
  step: DraftStep,
  variable: string,
  typed: string,
  environment: Environment = NO_ENVIRONMENT,
): Choice[] {
  const inputs = new Set([variable, ...runInputsOf(draft).map((input) => input.name)]);
  const isNew = NAME.test(typed) && !inputs.has(typed);
  const choices: Choice[] = [
    ...[...inputs].map(
      (name): Choice => ({
        id: `input ${name}`,
        label: words.inputSource(name),
        group: words.runInputs,
        source: { kind: 'input', name },
      }),
    ),
    ...usable(draft.steps, step)
      .map(
        (earlier): Choice => ({
          id: `step ${earlier.id}`,
          label: words.stepSource(numberOf(draft.steps, earlier), earlier.name),
          group: words.earlierSteps,
          source: { kind: 'step', id: earlier.id },
        }),
      )
      .toReversed(),
    ...fillsAt(draft, step, environment)
      .filter((fill) => PATHS.includes(fill.group))
      .map((fill): Choice => ({ ...fill, source: { kind: 'path', path: fill.id } })),
  ].filter((choice) => choice.label.toLowerCase().includes(typed.toLowerCase()));
  if (isNew)
    choices.push({
      id: `new ${typed}`,
      label: words.newInput(typed),
      group: words.runInputs,
      source: { kind: 'input', name: typed },
    });
  choices.push({
    id: 'text',
    label: typed === '' ? words.textChoice : words.textSource(typed),
    group: words.text,
    source: { kind: 'text', text: typed },
  });
  return choices;
}

type MappingRowProps = {
  draft: Draft;
  step: DraftStep;
  variable: string;
  mapping: Mapping;
  error?: string;
  onMap: (source: Source | null, typing?: boolean) => void;
};

export function MappingRow({ draft, step, variable, mapping, error, onMap }: MappingRowProps) {
  const id = fieldIds.variable(step.id, variable);
  const noteId = `${id}-note`;
  const environment = useEnvironment();
  const { source } = mapping;
  const unmapped = !source;
  const suggested = mapping.suggested && !unmapped;
  return (
    <div className="flex flex-col gap-1">
      <div className="flex items-center gap-x-2 gap-y-1 @max-tablet:flex-wrap">
        <span className="mono-12 w-24 shrink-0 truncate text-text-2 @max-tablet:w-full" title={variable}>
          {variable}
        </span>
        <span aria-hidden="true" className="text-text-3 @max-tablet:hidden">
          ←
        </span>
        <Combobox
          id={id}
          label={words.source(variable, step.name)}
          value={sourceText(source, draft)}
          optionsFor={(typed) => choicesFor(draft, step, variable, typed, environment)}
          onPick={(choice, typed) =>
            onMap(
              choicesFor(draft, step, variable, typed, environment).find((one) => one.id === choice)?.source ?? null,
            )
          }
          invalid={unmapped || error !== undefined}
          describedBy={noteId}
          className="max-w-80 min-w-32 flex-1 @max-tablet:min-w-full"
        />
        <span id={noteId} className="t-12 flex shrink-0 items-center gap-1">
          {suggested && (
            <>
              <span className="grain-block" aria-hidden="true" />
              <span className="text-text-2">{words.suggested}</span>
            </>
          )}
          {unmapped && (
            <span className="flex items-center gap-1 text-failed">
              <StatusIcon status="failed" size={14} decorative />
              {words.unmapped}
            </span>
          )}
        </span>
        {suggested && (
          <Button look="quiet" aria-label={words.acceptOne(variable)} onClick={() => onMap(source)}>
            {words.accept}
          </Button>
        )}
      </div>
      {source?.kind === 'text' && (
        <div className={classes('max-w-[480px]', '@tablet:ml-28')}>
          <TextArea
            label={words.literal(variable)}
            help={words.literalHelp}
            value={source.text}
            onChange={(text) => onMap({ kind: 'text', text }, true)}
            rows={2}
            autoFocus={source.text === ''}
          />
        </div>
      )}
      {error && !unmapped && <FieldError>{error}</FieldError>}
    </div>
  );
}
