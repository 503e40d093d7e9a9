// A picture for a camera: dark on light in both themes, because not every app reads the other way round.
import { useMemo } from 'react';
import { encode } from 'uqr';
import { squares } from '../model/factor';

/** Four squares of quiet around it, as readers expect. */
const BORDER = 4;

export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const code = encode(text, { ecc: 'M', border: BORDER });
    return { size: code.size, path: squares(code.data) };
  }, [text]);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="size-44 shrink-0 rounded-control border border-line-2 bg-bg-2 text-text-1 [color-scheme:light] forced-color-adjust-none"
    >
      <path d={path} fill="currentColor" />
    </svg>
  );
}
