// The foot of a list that comes in pages: how many are shown, Load more, and what became of that.
import { Button } from './Button';

export type MoreRowsProps = {
  /** "25 of more": what is shown. */
  shown: string;
  /** Of an infinite query. */
  query: {
    hasNextPage: boolean;
    isFetchingNextPage: boolean;
    isFetchNextPageError: boolean;
    fetchNextPage: () => unknown;
  };
  words: { loading: string; loadMore: string; moreFailed: string };
};

export function MoreRows({ shown, query, words }: MoreRowsProps) {
  return (
    <>
      <span>{shown}</span>
      {query.hasNextPage && (
        <Button busy={query.isFetchingNextPage ? words.loading : false} onClick={() => void query.fetchNextPage()}>
          {words.loadMore}
        </Button>
      )}
      {query.isFetchNextPageError && <span className="text-failed">{words.moreFailed}</span>}
    </>
  );
}
