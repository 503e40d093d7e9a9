// The steps in their order: dragged by the grip, moved by keys, by menu; whatever a move breaks is said.
import {
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
import { StepCard } from './StepCard';

export type StepsProps = {
  draft: Draft;
  selected: string | null;
  errors: ReadonlyMap<string, string>;
  onSelect: (id: string) => void;
  onMove: (id: string, to: number) => void;
  onRemove: (id: string) => void;
  onMap: (id: string, variable: string, source: Source | null, typing?: boolean) => void;
  editorOf?: (step: DraftStep) => ReactNode;
};

export function Steps({ draft, selected, errors, onSelect, onMove, onRemove, onMap, editorOf }: StepsProps) {
  const sensors = useSensors(
    useSensor(PointerSensor, { activationConstraint: { distance: 4 } }),
    useSensor(KeyboardSensor, { coordinateGetter: sortableKeyboardCoordinates }),
  );
  const ids = draft.steps.map((step) => step.id);
  const nameOf = (id: string | number) => draft.steps.find((step) => step.id === id)?.name ?? '';
  const placeOf = (id: string | number) => ids.indexOf(String(id)) + 1;
  const onDragEnd = ({ active, over }: DragEndEvent) => {
    if (over && active.id !== over.id) onMove(String(active.id), ids.indexOf(String(over.id)));
  };
  return (
    <DndContext
      sensors={sensors}
      collisionDetection={closestCenter}
      onDragEnd={onDragEnd}
      accessibility={{
        screenReaderInstructions: { draggable: words.dragHelp },
        announcements: {
          onDragStart: ({ active }) => words.grabbed(nameOf(active.id), placeOf(active.id), ids.length),
          onDragOver: ({ active, over }) =>
            over ? words.over(nameOf(active.id), placeOf(over.id), ids.length) : undefined,
          // what was moved is said with what it breaks, by the page
          onDragEnd: () => undefined,
          onDragCancel: ({ active }) => words.putBack(nameOf(active.id)),
        },
      }}
    >
      <SortableContext items={ids} strategy={verticalListSortingStrategy}>
        <ol aria-label={words.steps} className="border-t border-line-1">
          {draft.steps.map((step, index) => (
            <StepCard
              key={step.id}
              draft={draft}
              step={step}
              index={index}
              selected={step.id === selected}
              errors={errors}
              onSelect={() => onSelect(step.id)}
              onMove={(to) => onMove(step.id, to)}
              onRemove={() => onRemove(step.id)}
              onMap={(variable, source, typing) => onMap(step.id, variable, source, typing)}
              editor={step.id === selected ? editorOf?.(step) : undefined}
            />
          ))}
        </ol>
      </SortableContext>
    </DndContext>
  );
}
