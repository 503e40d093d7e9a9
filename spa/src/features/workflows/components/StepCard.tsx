// One step of the chain: grip, place, name, menu, and its mappings. Alt and an arrow move it from anywhere in it.
import { useSortable } from '@dnd-kit/sortable';
import { CSS } from '@dnd-kit/utilities';
import { type KeyboardEvent, lazy, type ReactNode, Suspense } from 'react';
import { FieldError } from '@/components/Field';
import { Ellipsis, GripVertical, icon } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { LazyMenu } from '@/components/LazyMenu';
import { StepGlyph } from '@/components/StepGlyph';
import { classes } from '@/lib/classes';
import { words } from '../builder-strings';
import type { Draft, DraftStep, Source } from '../model/draft';
import { fieldIds } from '../model/issues';
import { summaryOf } from '../model/kinds';
import { holdsSteps, listOf, numberOf } from '../model/tree';
import { MappingRow } from './MappingRow';

const Markdown = lazy(() => import('@/components/Markdown'));
const MOST_PLACES = 20;

export type StepCardProps = {
  draft: Draft;
  step: DraftStep;
  index: number;
  selected: boolean;
  /** By the id of the field. */
  errors: ReadonlyMap<string, string>;
  onSelect: () => void;
  onMove: (to: number, parent?: { group: string | undefined }) => void;
  onRemove: () => void;
  onMap: (variable: string, source: Source | null, typing?: boolean) => void;
  /** Where there is no place for it beside: the model and the preview. */
  editor?: ReactNode;
  /** Of a group: its steps. */
  within?: ReactNode;
};

export function StepCard({
  draft,
  step,
  index,
  selected,
  errors,
  onSelect,
  onMove,
  onRemove,
  onMap,
  editor,
  within,
}: StepCardProps) {
  const sortable = useSortable({ id: step.id, transition: { duration: 140, easing: 'cubic-bezier(.2, 0, 0, 1)' } });
  const { name } = step;
  const summary = summaryOf(step.kind, step.fields);
  const { steps } = draft;
  const list = listOf(steps, step.parent);
  const last = list.length - 1;
  const group = steps.find((one) => one.id === step.parent);
  const into = list.slice(0, index).findLast(holdsSteps);
  const moveInto = () => into && onMove(listOf(steps, into.id).length, { group: into.id });
  const moveOut = () => group && onMove(listOf(steps, group.parent).indexOf(group) + 1, { group: group.parent });
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.altKey) return;
    const moves: Record<string, () => void> = {
      ArrowUp: () => index > 0 && onMove(index - 1),
      ArrowDown: () => index < last && onMove(index + 1),
      ArrowRight: moveInto,
      ArrowLeft: moveOut,
    };
    const move = moves[event.key];
    // in the text of a field the arrows to the sides are the field's
    if (!move || (/Left|Right/.test(event.key) && (event.target as HTMLElement).matches('input, textarea'))) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };
  const error = errors.get(fieldIds.step(step.id));
  return (
    <li
      ref={sortable.setNodeRef}
      id={fieldIds.step(step.id)}
      tabIndex={-1}
      data-step-card={step.id}
      // of what is in a group only that is meant
      onFocus={(event) => {
        event.stopPropagation();
        onSelect();
      }}
      onPointerDown={(event) => {
        event.stopPropagation();
        onSelect();
      }}
      onKeyDown={onKeyDown}
      style={{ transform: CSS.Translate.toString(sortable.transform), transition: sortable.transition }}
      className={classes(
        'border-b border-line-1 py-2 pr-2 pl-1',
        selected ? 'tread' : 'relative',
        sortable.isDragging && 'z-(--z-drag) bg-bg-2 shadow-(--shadow-pop)',
      )}
    >
      <div className="flex min-h-(--control) items-center gap-2">
        <button
          type="button"
          ref={sortable.setActivatorNodeRef}
          {...sortable.attributes}
          {...sortable.listeners}
          aria-label={words.drag(name)}
          data-grip
          className="inline-flex size-(--control) shrink-0 cursor-grab touch-none items-center justify-center rounded-control text-text-3 hover:bg-bg-3 hover:text-text-1"
        >
          <GripVertical {...icon} />
        </button>
        <span className="min-w-4 text-right text-text-3">{numberOf(steps, step)}</span>
        <StepGlyph kind={step.kind} />
        <h3 className="t-13 min-w-0 flex-1 truncate font-medium" title={name}>
          {name}
        </h3>
        <span className="t-12 text-text-3 @max-tablet:hidden">{step.model}</span>
        <LazyMenu
          label={words.menu(name)}
          trigger={
            <IconButton label={words.menu(name)}>
              <Ellipsis {...icon} />
            </IconButton>
          }
          sections={[
            {
              items: [
                {
                  id: 'up',
                  name: words.moveUp,
                  keys: 'Alt+ArrowUp',
                  disabled: index === 0,
                  onSelect: () => onMove(index - 1),
                },
                {
                  id: 'down',
                  name: words.moveDown,
                  keys: 'Alt+ArrowDown',
                  disabled: index === last,
                  onSelect: () => onMove(index + 1),
                },
              ],
            },
            ...(last > 1 && last < MOST_PLACES
              ? [
                  {
                    label: words.moveTo,
                    items: list.map((_, to) => ({
                      id: `to ${to}`,
                      name: String(to + 1),
                      disabled: to === index,
                      onSelect: () => onMove(to),
                    })),
                  },
                ]
              : []),
            ...(into || group
              ? [
                  {
                    items: [
                      ...(into
                        ? [{ id: 'into', name: words.moveInto(into.name), keys: 'Alt+ArrowRight', onSelect: moveInto }]
                        : []),
                      ...(group
                        ? [{ id: 'out', name: words.moveOut(group.name), keys: 'Alt+ArrowLeft', onSelect: moveOut }]
                        : []),
                    ],
                  },
                ]
              : []),
            { items: [{ id: 'remove', name: words.remove, danger: true, onSelect: onRemove }] },
          ]}
        />
      </div>
      {error && <FieldError>{error}</FieldError>}
      <div className="mt-1 flex flex-col gap-1.5 pl-15 @max-tablet:pl-9">
        {step.kind === 'note' && (
          <Suspense>
            <Markdown text={step.fields.text ?? ''} />
          </Suspense>
        )}
        {!step.prompt && summary !== '' && <p className="mono-12 truncate text-text-2">{summary}</p>}
        {step.prompt?.variables.length === 0 && <p className="t-12 text-text-2">{words.noVariables}</p>}
        {step.prompt?.variables.map((variable) => {
          const mapping = step.mappings[variable];
          return (
            mapping && (
              <MappingRow
                key={variable}
                draft={draft}
                step={step}
                variable={variable}
                mapping={mapping}
                error={errors.get(fieldIds.variable(step.id, variable))}
                onMap={(source, typing) => onMap(variable, source, typing)}
              />
            )
          );
        })}
        {editor}
      </div>
      {within && (
        <div
          className={classes(
            'mt-1 ml-9 border-l border-line-2 bg-bg-1 pl-1 @max-tablet:ml-2',
            sortable.isDragging && 'hidden',
          )}
        >
          {within}
        </div>
      )}
    </li>
  );
}
