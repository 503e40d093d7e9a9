// Which rows of a long list are worth drawing: those in view and a screen around them. Rows may differ in height; the ones drawn are
// measured, the others are taken to be as high as their mean.
import { type RefObject, useEffect, useState } from 'react';

export type WindowOfRows = { first: number; end: number; before: number; after: number };

const FROM_ROWS = 100;
const MARGIN_PX = 800;

/** The rows to draw, of `count` rows of `height`, when `top` px of them are above the edge of a box `box` px high. */
export function rowsInView(count: number, height: number, top: number, box: number): WindowOfRows {
  const first = Math.max(0, Math.min(count, Math.floor((top - MARGIN_PX) / height)));
  const end = Math.max(first, Math.min(count, Math.ceil((top + box + MARGIN_PX) / height)));
  return { first, end, before: first * height, after: (count - end) * height };
}

export function useWindowed(list: RefObject<HTMLElement | null>, count: number): WindowOfRows {
  const [view, setView] = useState<WindowOfRows | null>(null);
  const long = count > FROM_ROWS;
  useEffect(() => {
    const element = list.current;
    const scroller = element?.closest<HTMLElement>('[data-scroller]');
    if (!long || !element || !scroller) {
      setView(null);
      return;
    }
    let height = 0;
    let frame = 0;
    const measure = () => {
      frame = 0;
      const drawn = [...element.children].filter((row) => row.getAttribute('aria-hidden') !== 'true');
      const sum = drawn.reduce((total, row) => total + row.getBoundingClientRect().height, 0);
      if (drawn.length > 0) height = Math.round(sum / drawn.length);
      const top = scroller.getBoundingClientRect().top - element.getBoundingClientRect().top;
      const next = rowsInView(count, height || 32, top, scroller.clientHeight);
      setView((old) =>
        old && old.first === next.first && old.end === next.end && old.after === next.after ? old : next,
      );
    };
    const later = () => {
      frame ||= requestAnimationFrame(measure);
    };
    measure();
    scroller.addEventListener('scroll', later, { passive: true });
    const observer = new ResizeObserver(later);
    observer.observe(scroller);
    return () => {
      scroller.removeEventListener('scroll', later);
      observer.disconnect();
      cancelAnimationFrame(frame);
    };
  }, [list, count, long]);
  if (!long) return { first: 0, end: count, before: 0, after: 0 };
  return view ?? rowsInView(count, 32, 0, 800);
}
