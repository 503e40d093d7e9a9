// Between the page and its side panel: dragged, or moved by the arrow keys; Enter collapses. The width is kept per person.
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';

export type SplitterProps = {
  label: string;
  width: number;
  least: number;
  most: number;
  onWidth: (width: number) => void;
  onCollapse: () => void;
};

const STEP = 24;

export function Splitter({ label, width, least, most, onWidth, onCollapse }: SplitterProps) {
  const from = useRef<{ x: number; width: number } | null>(null);
  const set = (next: number) => onWidth(Math.round(Math.max(least, Math.min(most, next))));
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, () => void> = {
      ArrowLeft: () => set(width + STEP),
      ArrowRight: () => set(width - STEP),
      Home: () => set(most),
      End: () => set(least),
      Enter: onCollapse,
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    move();
  };
  const onPointerMove = (event: PointerEvent) => {
    if (from.current) set(from.current.width + from.current.x - event.clientX);
  };
  return (
    <div
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={width}
      aria-valuemin={least}
      aria-valuemax={most}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { x: event.clientX, width };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        from.current = null;
      }}
      className="absolute inset-y-0 -left-1 z-(--z-panel) w-2 cursor-col-resize touch-none -outline-offset-2 hover:bg-hover"
    />
  );
}
