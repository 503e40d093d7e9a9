// One's own account, in sections that each have an address.
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type ComponentType, type LazyExoticComponent, lazy, type ReactNode, Suspense } from 'react';
import { NotThere } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Loading, Skeleton } from '@/components/Skeleton';
import { Tabs } from '@/components/Tabs';
import { useActions } from '@/lib/actions';
import { useTitle } from '@/lib/title';
import { words } from './strings';

const route = getRouteApi('/account/$section');

type Section = { id: string; name: string; page: LazyExoticComponent<ComponentType> };

const SECTIONS: readonly Section[] = [
  { id: 'profile', name: words.profile, page: lazy(() => import('./sections/Profile')) },
  { id: 'second-factor', name: words.secondFactor, page: lazy(() => import('./sections/SecondFactor')) },
  { id: 'sessions', name: words.sessions, page: lazy(() => import('./sections/Sessions')) },
  { id: 'tokens', name: words.tokens, page: lazy(() => import('./sections/Tokens')) },
  { id: 'activity', name: words.activity, page: lazy(() => import('./sections/Activity')) },
];

export function AccountPage() {
  const { section: id } = route.useParams();
  const router = useRouter();
  const section = SECTIONS.find((one) => one.id === id);
  useTitle({ title: section ? `${section.name} · ${words.account}` : words.account });
  useActions(
    SECTIONS.map((one) => ({
      id: `account.${one.id}`,
      name: words.goTo(one.name),
      group: words.account,
      when: () => one.id !== id,
      perform: () => void router.navigate({ to: '/account/$section', params: { section: one.id } }),
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
  count?: number;
  primary?: ReactNode;
  actions?: ReactNode;
  facts?: readonly (ReactNode | null | false)[];
};

/** The head of each section: they differ in their one button. */
export function SectionHeader({ section, ...rest }: SectionHeaderProps) {
  const tabs = SECTIONS.map((one) => ({
    id: one.id,
    label: one.name,
    to: '/account/$section' as const,
    params: { section: one.id },
    search: {},
  }));
  return <PageHeader {...rest} tabs={<Tabs label={words.sections} tabs={tabs} current={section} />} />;
}
