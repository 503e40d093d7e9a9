// What stands around every page, signed in or not: the live region, the skip link's target, and what is shown when a page fails.
import { type ErrorComponentProps, Link, Outlet, useRouter } from '@tanstack/react-router';
import { type ReactNode, use, useEffect } from 'react';
import { buttonClass } from '@/components/Button';
import { ErrorState, NotThere } from '@/components/ErrorState';
import { Mark } from '@/components/Mark';
import { Loading, Skeleton } from '@/components/Skeleton';
import { announce, useAnnouncement } from '@/lib/announce';
import { useTitle } from '@/lib/title';
import { WorkspaceContext } from '@/lib/workspace';
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
    const focusHeading = () => {
      const heading = document.querySelector<HTMLElement>('main h1');
      if (!heading) return false;
      observer?.disconnect();
      // a page that put the focus into its first field keeps it there
      if (!document.activeElement?.matches('main :is(input, textarea, select)')) heading.focus({ preventScroll: true });
      announce(heading.textContent ?? '');
      return true;
    };
    let last = router.state.location.pathname;
    // the first page of all is no change, even where it redirects
    let arriving = router.state.resolvedLocation === undefined;
    const stop = router.subscribe('onResolved', ({ toLocation }) => {
      const before = last;
      last = toLocation.pathname;
      observer?.disconnect();
      if (arriving || before === last) {
        arriving = false;
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

/** Where there is no shell around, the mark and the landmark come with the page. */
function Standing({ children }: { children: ReactNode }) {
  const inShell = use(WorkspaceContext) !== null;
  if (inShell) return children;
  return (
    <main id="main" tabIndex={-1} className="mx-auto max-w-160 pt-[min(18dvh,160px)]">
      <Link to="/" aria-label="Stepmill" className="ml-(--gutter) inline-block rounded-control">
        <Mark withWord size={28} className="t-16" />
      </Link>
      {children}
    </main>
  );
}

export function PageNotThere() {
  useTitle({ title: words.notThereTitle });
  return (
    <Standing>
      <NotThere
        back={
          <Link to="/" className={buttonClass()}>
            {words.backToWorkflows}
          </Link>
        }
      />
    </Standing>
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  useTitle({ title: words.pageFailedTitle });
  return (
    <Standing>
      <h1 tabIndex={-1} className="sr-only">
        {words.pageFailedTitle}
      </h1>
      <ErrorState
        error={error}
        what={words.pageFailed}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </Standing>
  );
}
