// A page of sections that each have an address (settings, account, administration). Their head, with the links between them, is drawn once and
// outside of what is loaded: the focus in it stays where it is while a section comes. What a section says in the head it says by <SectionHead>.
import { useRouter } from '@tanstack/react-router';
import {
  type ComponentType,
  createContext,
  type LazyExoticComponent,
  type ReactNode,
  Suspense,
  use,
  useLayoutEffect,
  useState,
  useSyncExternalStore,
} from 'react';
import { useActions } from '@/lib/actions';
import { useTitle } from '@/lib/title';
import type { RowLink } from './DataTable';
import { NotThere } from './ErrorState';
import { PageHeader, type PageHeaderProps, type PathPart } from './PageHeader';
import { Loading, Skeleton } from './Skeleton';
import { Tabs } from './Tabs';

export type Section = {
  id: string;
  /** Of its link. */
  name: string;
  /** Of the page, where that is another. */
  title?: string;
  page: LazyExoticComponent<ComponentType>;
};

type Said = Partial<Pick<PageHeaderProps, 'title' | 'count' | 'actions' | 'primary' | 'facts'>>;

/** What the section that is shown says: the head alone is drawn again when that changes. */
function makeHead() {
  let said: Said = {};
  let listener: (() => void) | null = null;
  return {
    say(next: Said) {
      said = next;
      listener?.();
    },
    said: () => said,
    listen(changed: () => void) {
      listener = changed;
      return () => {
        listener = null;
      };
    },
  };
}
type Head = ReturnType<typeof makeHead>;
const HeadContext = createContext<Head | null>(null);

const NOTHING: Said = {};

/** For sections: what stands in the head besides the links. */
export function SectionHead(said: Said) {
  const head = use(HeadContext);
  useLayoutEffect(() => head?.say(said));
  useLayoutEffect(() => () => head?.say(NOTHING), [head]);
  return null;
}

export type SectionsProps = {
  /** What all of them are of: "Account". */
  of: string;
  /** Of the links, for screen readers. */
  label: string;
  /** Those that this person is offered. */
  sections: readonly Section[];
  current: string;
  linkTo: (id: string) => RowLink;
  path?: readonly PathPart[];
  /** Of their actions: "account" makes "account.profile". */
  actionId: string;
  goTo: (name: string) => string;
  loading: string;
};

export function Sections({ of, label, sections, current, linkTo, path, actionId, goTo, loading }: SectionsProps) {
  const router = useRouter();
  const [head] = useState(makeHead);
  const section = sections.find((one) => one.id === current);
  useTitle({ title: section ? `${section.name} · ${of}` : of });
  useActions(
    sections.map((one) => ({
      id: `${actionId}.${one.id}`,
      name: goTo(one.name),
      group: of,
      when: () => one.id !== current,
      perform: () => void router.navigate(linkTo(one.id)),
    })),
  );
  if (!section) return <NotThere />;
  const Page = section.page;
  const tabs = sections.map((one) => ({ id: one.id, label: one.name, ...linkTo(one.id) }));
  return (
    <HeadContext value={head}>
      <HeadOf
        head={head}
        path={path}
        title={section.title ?? section.name}
        tabs={<Tabs label={label} tabs={tabs} current={current} />}
      />
      <Suspense
        fallback={
          <Loading sentence={loading}>
            <div className="flex flex-col gap-3 px-(--gutter) py-4">
              <Skeleton className="h-4 w-48" />
              <Skeleton className="w-80" />
            </div>
          </Loading>
        }
      >
        <Page />
      </Suspense>
    </HeadContext>
  );
}

type HeadOfProps = { head: Head; path?: readonly PathPart[]; title: string; tabs: ReactNode };

function HeadOf({ head, path, title, tabs }: HeadOfProps) {
  const said = useSyncExternalStore(head.listen, head.said);
  return <PageHeader path={path} {...said} title={said.title ?? title} tabs={tabs} />;
}
