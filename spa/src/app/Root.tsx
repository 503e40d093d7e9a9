// What stands around every page, signed in or not: the live region, the skip link's target, and what is shown when a page fails.
import { type ErrorComponentProps, Link, Outlet, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { buttonClass } from '@/components/Button';
import { ErrorState, NotThere } from '@/components/ErrorState';
import { Loading, Skeleton } from '@/components/Skeleton';
import { announce, useAnnouncement } from '@/lib/announce';
import { useTitle } from '@/lib/title';
import { words } from './strings';

export function Root() {
  useFocusAfterRouteChange();
  return (
    <>
      <Outlet />
      <LiveRegion />
    </>
  );
}

function LiveRegion() {
  const text = useAnnouncement();
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {text}
    </div>
  );
}

const H1_WITHIN_MS = 3000;

/** After a change of page the heading gets the focus, as soon as it is there, and is said. */
function useFocusAfterRouteChange() {
  const router = useRouter();
  useEffect(() => {
    let observer: MutationObserver | null = null;
    let first = true;
    const focusHeading = () => {
      const heading = document.querySelector<HTMLElement>('main h1');
      if (!heading) return false;
      observer?.disconnect();
      if (!document.activeElement?.closest('main [autofocus]')) heading.focus({ preventScroll: true });
      announce(heading.textContent ?? '');
      return true;
    };
    const stop = router.subscribe('onRendered', ({ pathChanged }) => {
      observer?.disconnect();
      if (first || !pathChanged) {
        first = false;
        return;
      }
      if (focusHeading()) return;
      document.getElementById('main')?.focus({ preventScroll: true });
      observer = new MutationObserver(focusHeading);
      observer.observe(document.body, { childList: true, subtree: true });
      setTimeout(() => observer?.disconnect(), H1_WITHIN_MS);
    });
    return () => {
      stop();
      observer?.disconnect();
    };
  }, [router]);
}

export function PageLoading() {
  return (
    <Loading sentence={words.loadingPage}>
      <div className="flex flex-col gap-3 px-(--gutter) py-4">
        <Skeleton className="h-4 w-48" />
        <Skeleton className="w-80" />
      </div>
    </Loading>
  );
}

export function PageNotThere() {
  useTitle({ title: words.notThereTitle });
  return (
    <NotThere
      back={
        <Link to="/" className={buttonClass()}>
          {words.backToWorkflows}
        </Link>
      }
    />
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <ErrorState
      error={error}
      what={words.pageFailed}
      onRetry={() => {
        reset();
        void router.invalidate();
      }}
    />
  );
}
