// One sentence of what belongs here, one primary action, a sample that runs. After a filter: what was not found, and Clear.
import type { ReactNode } from 'react';

export type EmptyStateProps = { sentence: string; action?: ReactNode; more?: ReactNode };

export function EmptyState({ sentence, action, more }: EmptyStateProps) {
  return (
    <div className="flex max-w-[72ch] flex-col items-start gap-3 px-(--gutter) py-8">
      <p className="t-14 text-text-2">{sentence}</p>
      {action}
      {more}
    </div>
  );
}
