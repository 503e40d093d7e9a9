// In the place of what is not there yet: why it could not be had, or its outlines.
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ErrorState } from './ErrorState';
import { Loading, Skeleton } from './Skeleton';

export type NotLoadedProps = {
  query: Pick<UseQueryResult, 'error' | 'isFetching' | 'refetch'>;
  /** "The settings could not be loaded." */
  what: string;
  /** "The settings are being loaded." */
  sentence: string;
  /** The outlines; a line or two when left out. */
  children?: ReactNode;
};

export function NotLoaded({ query, what, sentence, children }: NotLoadedProps) {
  if (query.error)
    return (
      <ErrorState error={query.error} what={what} onRetry={() => void query.refetch()} retrying={query.isFetching} />
    );
  return <Loading sentence={sentence}>{children ?? <Skeleton className="m-4 w-80" />}</Loading>;
}

/** Of a form: so many fields. */
export function FieldOutlines({ fields }: { fields: number }) {
  return (
    <div className="flex max-w-160 flex-col gap-6 px-(--gutter) py-4">
      {Array.from({ length: fields }, (_, index) => (
        <div key={index} className="flex flex-col gap-2">
          <Skeleton className="w-24" />
          <Skeleton className="h-(--control) w-full" />
        </div>
      ))}
    </div>
  );
}
