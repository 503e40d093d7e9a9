// Puts what a page says of itself into a place of the shell (the path in the top bar, the main action at the phone's foot).
import { type ReactNode, useLayoutEffect, useState } from 'react';
import { createPortal } from 'react-dom';

export function InShell({ placeId, children }: { placeId: string; children: ReactNode }) {
  const [place, setPlace] = useState<HTMLElement | null>(null);
  useLayoutEffect(() => setPlace(document.getElementById(placeId)), [placeId]);
  return place && createPortal(children, place);
}
