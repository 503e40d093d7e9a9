// What administrators of the installation see, in sections that each have an address. For all others there is nothing here.
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type ComponentType, type LazyExoticComponent, lazy, type ReactNode, Suspense } from 'react';
import { NotThere } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Loading, Skeleton } from '@/components/Skeleton';
import { Tabs } from '@/components/Tabs';
import { useActions } from '@/lib/actions';
import { useTitle } from '@/lib/title';
import { words } from './strings';

const route = getRouteApi('/admin/$section');

type Section = { id: string; name: string; page: LazyExoticComponent<ComponentType> };

const SECTIONS: readonly Section[] = [
  { id: 'people', name: words.people, page: lazy(() => import('./sections/People')) },
  { id: 'sign-in', name: words.signIn, page: lazy(() => import('./sections/SignIn')) },
  { id: 'providers', name: words.providers, page: lazy(() => import('./sections/Providers')) },
  { id: 'activity', name: words.activity, page: lazy(() => import('./sections/Activity')) },
];

export function AdminPage() {
  const { section: id } = route.useParams();
  const { session } = route.useRouteContext();
  const router = useRouter();
  const section = session.user.admin ? SECTIONS.find((one) => one.id === id) : undefined;
  useTitle({ title: section ? `${section.name} · ${words.admin}` : words.admin });
  useActions(
    SECTIONS.map((one) => ({
      id: `admin.${one.id}`,
      name: words.goTo(one.name),
      group: words.admin,
      when: () => session.user.admin && one.id !== id,
      perform: () => void router.navigate({ to: '/admin/$section', params: { section: one.id } }),
    })),
  );
  if (!section) return <NotThere />;
  const Page = section.page;
  return (
    <Suspense fallback={<SectionLoading title={section.name} section={section.id} />}>
      <Page />
    </Suspense>
  );
}

function SectionLoading({ title, section }: { title: string; section: string }) {
  return (
    <>
      <SectionHeader section={section} title={title} />
      <Loading sentence={words.loading}>
        <div className="flex flex-col gap-3 px-(--gutter) py-4">
          <Skeleton className="h-4 w-48" />
          <Skeleton className="w-80" />
        </div>
      </Loading>
    </>
  );
}

export type SectionHeaderProps = {
  section: string;
  title: string;
  count?: ReactNode;
  primary?: ReactNode;
  actions?: ReactNode;
};

/** The head of each section: they differ in their one button. */
export function SectionHeader({ section, ...rest }: SectionHeaderProps) {
  const tabs = SECTIONS.map((one) => ({
    id: one.id,
    label: one.name,
    to: '/admin/$section' as const,
    params: { section: one.id },
    search: {},
  }));
  return <PageHeader {...rest} tabs={<Tabs label={words.sections} tabs={tabs} current={section} />} />;
}
