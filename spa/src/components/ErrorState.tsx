// In the place of the part that failed; the rest stays usable. What happened, why, what to do; Retry; the request id to copy.
import { type ComponentType, lazy, Suspense } from 'react';
import { toProblem } from '@/api/problem';
import { Button } from './Button';
import type { CopyButtonProps } from './CopyButton';
import { StatusIcon } from './StatusIcon';

// what failed may be the network: then the id is copied by hand
const CopyButton = lazy(
  (): Promise<{ default: ComponentType<CopyButtonProps> }> =>
    import('./CopyButton').then(
      (module) => ({ default: module.CopyButton }),
      () => ({ default: () => null }),
    ),
);

export type ErrorStateProps = {
  /** Anything thrown; a Problem says the most. */
  error: unknown;
  /** What could not be shown, as a sentence: "The runs could not be loaded." */
  what: string;
  onRetry?: () => void;
  retrying?: boolean;
};

export function ErrorState({ error, what, onRetry, retrying }: ErrorStateProps) {
  const problem = toProblem(error);
  return (
    <div role="alert" className="flex max-w-[72ch] gap-2 px-(--gutter) py-6">
      <StatusIcon status="failed" decorative className="mt-0.5" />
      <div className="flex min-w-0 flex-col items-start gap-2">
        <p className="t-14">
          <span className="font-medium">{what}</span> {problem.detail}
        </p>
        {onRetry && (
          <Button onClick={onRetry} busy={retrying ? 'Trying…' : false}>
            Try again
          </Button>
        )}
        <p className="mono-12 flex flex-wrap items-center gap-2 text-text-3">
          {problem.code}
          {problem.request_id && (
            <>
              <span className="break-all">{problem.request_id}</span>
              <Suspense fallback={<span className="size-(--control)" />}>
                <CopyButton text={problem.request_id} what="request id" />
              </Suspense>
            </>
          )}
        </p>
      </div>
    </div>
  );
}

/** Not there, or not for you: the same page, so that nothing is given away. */
export function NotThere({ back }: { back?: React.ReactNode }) {
  return (
    <div className="flex max-w-[72ch] flex-col items-start gap-3 px-(--gutter) py-8">
      <h1 tabIndex={-1} className="t-18">
        This does not exist, or you cannot see it
      </h1>
      <p className="t-14 text-text-2">
        Check the address. If it was shared with you, an owner or admin of its workspace can give access.
      </p>
      {back}
    </div>
  );
}
