// The frame of what is seen without being signed in: the mark, a heading, one column. No shell, no picture.
import type { ReactNode } from 'react';
import { Mark } from '@/components/Mark';
import { StatusIcon } from '@/components/StatusIcon';
import { useTitle } from '@/lib/title';

export type OutsideProps = { title: string; heading: string; intro?: ReactNode; children: ReactNode };

export function Outside({ title, heading, intro, children }: OutsideProps) {
  useTitle({ title });
  return (
    <main
      id="main"
      tabIndex={-1}
      className="flex min-h-dvh flex-col items-center bg-bg-1 px-4 pt-[min(18dvh,160px)] pb-8 [@media(width<640px)]:pt-10"
    >
      <div className="w-full max-w-[360px]">
        <Mark withWord size={28} className="t-16" />
        <h1 tabIndex={-1} className="t-24 mt-6 wrap-anywhere">
          {heading}
        </h1>
        {intro && <p className="t-14 mt-2 text-text-2">{intro}</p>}
        <div className="mt-6">{children}</div>
      </div>
    </main>
  );
}

/** Why it was refused, as a whole. Its place is kept, so that nothing jumps when it is needed. */
export function Refused({ id, text, requestId }: { id: string; text?: string | null; requestId?: string | null }) {
  return (
    <div role="alert" id={id} className="min-h-10">
      {text && (
        <p className="t-13 flex gap-2 text-failed">
          <StatusIcon status="failed" decorative className="mt-0.5" />
          <span>
            {text}
            {requestId && <span className="mono-12 mt-1 block break-all text-text-3">{requestId}</span>}
          </span>
        </p>
      )}
    </div>
  );
}
