// Path, title with badge, at most two buttons and one primary, facts, flight. On the phone the primary is fixed within reach of a thumb.
import { Link, type LinkProps } from '@tanstack/react-router';
import { Fragment, type ReactNode, useLayoutEffect, useRef } from 'react';
import { classes } from '@/lib/classes';
import { usePhone } from '@/lib/phone';
import { ChevronLeft, smallIcon } from './Icon';
import { InShell } from './InShell';

export type PathPart = { label: string } & Pick<LinkProps, 'to' | 'params' | 'search'>;

export type PageHeaderProps = {
  path?: readonly PathPart[];
  title: string;
  /** Beside the title: "38". */
  count?: ReactNode;
  badge?: ReactNode;
  /** At most two. */
  actions?: ReactNode;
  primary?: ReactNode;
  /** Joined by " · "; those that are null are left out. */
  facts?: readonly (ReactNode | null | undefined | false)[];
  flight?: ReactNode;
  tabs?: ReactNode;
};

/** Where the phone's one main action goes; the shell has the place. */
export const PHONE_ACTION_ID = 'phone-action';

/** Where the path goes: the top bar has the place. */
export const PATH_ID = 'shell-path';

export function PhoneAction({ children }: { children: ReactNode }) {
  return (
    <InShell placeId={PHONE_ACTION_ID}>
      <section aria-label="Main action" className="border-t border-line-1 bg-bg-2 px-4 py-2 *:w-full">
        {children}
      </section>
    </InShell>
  );
}

export function Facts({ facts }: { facts: PageHeaderProps['facts'] }) {
  const there = (facts ?? []).filter((fact) => fact !== null && fact !== undefined && fact !== false && fact !== '');
  // the dot ends a fact, so that no line begins with one
  return there.map((fact, index) => (
    <Fragment key={index}>
      <span className="whitespace-nowrap">
        {fact}
        {index < there.length - 1 && <span className="text-text-3">&nbsp;·</span>}
      </span>{' '}
    </Fragment>
  ));
}

/** Heads of tables stick under this header: they read its height from the scroller. */
function useTellHeight() {
  const header = useRef<HTMLElement>(null);
  useLayoutEffect(() => {
    const element = header.current;
    const scroller = element?.closest<HTMLElement>('[data-scroller]');
    if (!element || !scroller) return;
    const tell = () => scroller.style.setProperty('--page-header', `${element.offsetHeight}px`);
    tell();
    const observer = new ResizeObserver(tell);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return header;
}

export function PageHeader({ path, title, count, badge, actions, primary, facts, flight, tabs }: PageHeaderProps) {
  const phone = usePhone();
  const parent = path?.at(-1);
  const header = useTellHeight();
  return (
    <>
      {!phone && path && path.length > 0 && <Path path={path} />}
      <header
        ref={header}
        className={classes(
          'z-(--z-sticky) border-b border-line-2 bg-bg-1 px-(--gutter) pt-2.5',
          // on the phone it would leave too little of the page
          !phone && 'sticky top-0',
        )}
      >
        <div className="flex flex-col gap-1 pb-2.5">
          <div className="flex min-h-(--control) flex-wrap items-center gap-x-3 gap-y-1.5">
            <div className={classes('flex min-w-0 items-center gap-2', phone ? 'basis-full' : 'flex-1')}>
              {phone && parent && (
                <Link
                  to={parent.to}
                  params={parent.params}
                  search={parent.search}
                  aria-label={`Back to ${parent.label}`}
                  className="-ml-3 inline-flex size-(--control) shrink-0 items-center justify-center text-text-2"
                >
                  <ChevronLeft {...smallIcon} />
                </Link>
              )}
              <h1 tabIndex={-1} title={title} className="t-18 min-w-0 truncate">
                {title}
              </h1>
              {count !== undefined && count !== null && <span className="t-13 text-text-3">{count}</span>}
              {!phone && badge}
            </div>
            {phone && badge}
            {(actions || (primary && !phone)) && (
              <div className="ml-auto flex shrink-0 items-center gap-2">
                {actions}
                {!phone && primary}
              </div>
            )}
          </div>
          {facts && (
            <p className="t-12 text-text-2">
              <Facts facts={facts} />
            </p>
          )}
          {flight && <div className="pt-1">{flight}</div>}
        </div>
        {tabs}
        {phone && primary && <PhoneAction>{primary}</PhoneAction>}
      </header>
    </>
  );
}

function Path({ path }: { path: readonly PathPart[] }) {
  return (
    <InShell placeId={PATH_ID}>
      <nav aria-label="Path" className="contents">
        {path.map((part) => (
          <Fragment key={part.label}>
            <span aria-hidden="true">/</span>
            <Link
              to={part.to}
              params={part.params}
              search={part.search}
              className="truncate hover:text-text-1 hover:underline"
            >
              {part.label}
            </Link>
          </Fragment>
        ))}
      </nav>
    </InShell>
  );
}
