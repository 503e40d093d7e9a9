// What most people do not need, folded under its heading. It opens when something in it wants to be seen, and is never closed by anybody but the reader.
import { type ReactNode, useEffect, useState } from 'react';

type FoldedProps = { summary: ReactNode; opened: boolean; className?: string; children: ReactNode };

export function Folded({ summary, opened, className, children }: FoldedProps) {
  const [open, setOpen] = useState(opened);
  useEffect(() => {
    if (opened) setOpen(true);
  }, [opened]);
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)} className={className}>
      <summary className="min-h-(--control) content-center">{summary}</summary>
      {children}
    </details>
  );
}
