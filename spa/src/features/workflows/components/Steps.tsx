// The steps in their order: dragged by the grip, moved by keys, by menu; whatever a move breaks is said.
import {
  type CollisionDetection,
  closestCenter,
  DndContext,
  type DragEndEvent,
  KeyboardSensor,
  PointerSensor,
  useSensor,
  useSensors,
} from '@dnd-kit/core';
import { SortableContext, sortableKeyboardCoordinates, verticalListSortingStrategy } from '@dnd-kit/sortable';
import type { ReactNode } from 'react';
import { words } from '../builder-strings';
import type { Draft, DraftStep, Source } from '../model/draft';
import { groupsOf, holdsSteps, isWithin, listOf, numberOf } from '../model/tree';
import { StepCard } from './StepCard';

export type StepsProps = {
  draft: Draft;
  selected: string | null;
  errors: ReadonlyMap<string, string>;
  onSelect: (id: string) => void;
  onMove: (id: string, to: number, parent?: { group: string | undefined }) => void;
  onRemove: (id: string) => void;
  onMap: (id: string, variable: string, source: Source | null, typing?: boolean) => void;
  editorOf?: (step: DraftStep) => ReactNode;
  /** At the end of a group: what adds a step to it. */
  addTo: (group: DraftStep) => ReactNode;
};

export function Steps(props: StepsProps) {
  const { draft, onMove } = props;
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const { steps } = draft;
  const find = (id: string | number) => steps.find((step) => step.id === id);
  const nameOf = (id: string | number) => find(id)?.name ?? '';
  const placeOf = (id: string | number) => {
    const step = find(id);
    return step ? numberOf(steps, step) : '';
  };
  /** Not the groups that it is in, whose middle is always near, nor what is in it. */
  const collisions: CollisionDetection = (args) => {
    const step = find(args.active.id);
    const around = step ? groupsOf(steps, step).map((one) => one.id) : [];
    const droppableContainers = args.droppableContainers.filter(({ id }) => {
      const one = find(id);
      return !around.includes(String(id)) && !(one && step && isWithin(steps, one, step.id));
    });
    return closestCenter({ ...args, droppableContainers });
  };
  const onDragEnd = ({ active, over }: DragEndEvent) => {
    const step = find(active.id);
    const target = over && find(over.id);
    if (!step || !target || step === target) return;
    const list = listOf(steps, target.parent);
    const at = list.indexOf(target);
    // in its own list it takes the place, in another it comes before
    if (step.parent === target.parent) onMove(step.id, at);
    else onMove(step.id, at, { group: target.parent });
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={collisions}
      onDragEnd={onDragEnd}
      accessibility={{
        screenReaderInstructions: { draggable: words.dragHelp },
        announcements: {
          onDragStart: ({ active }) => words.grabbed(nameOf(active.id), placeOf(active.id), steps.length),
          onDragOver: ({ active, over }) =>
            over ? words.over(nameOf(active.id), placeOf(over.id), steps.length) : undefined,
          // what was moved is said with what it breaks, by the page
          onDragEnd: () => undefined,
          onDragCancel: ({ active }) => words.putBack(nameOf(active.id)),
        },
      }}
    >
      <List {...props} label={words.steps} group={undefined} />
    </DndContext>
  );
}

type ListProps = StepsProps & { label: string; group: string | undefined };

/** Of one group, or in none; what is in a group of it is drawn by its card. */
function List({ label, group, ...props }: ListProps) {
  const { draft, selected, errors, onSelect, onMove, onRemove, onMap, editorOf, addTo } = props;
  const list = listOf(draft.steps, group);
  return (
    <SortableContext items={list.map((step) => step.id)} strategy={verticalListSortingStrategy}>
      <ol aria-label={label} className={group === undefined ? 'border-t border-line-1' : undefined}>
        {list.map((step, index) => (
          <StepCard
            key={step.id}
            draft={draft}
            step={step}
            index={index}
            selected={step.id === selected}
            errors={errors}
            onSelect={() => onSelect(step.id)}
            onMove={(to, parent) => onMove(step.id, to, parent)}
            onRemove={() => onRemove(step.id)}
            onMap={(variable, source, typing) => onMap(step.id, variable, source, typing)}
            editor={step.id === selected ? editorOf?.(step) : undefined}
            within={
              holdsSteps(step) ? (
                <>
                  <List {...props} label={words.stepsOf(step.name)} group={step.id} />
                  {addTo(step)}
                </>
              ) : undefined
            }
          />
        ))}
      </ol>
    </SortableContext>
  );
}
