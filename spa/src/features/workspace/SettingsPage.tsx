// The settings of a workspace, in sections that each have an address. Those for admins are not offered to others.
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type ComponentType, type LazyExoticComponent, lazy, Suspense } from 'react';
import type { Role } from '@/api/types';
import { NotThere } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Loading, Skeleton } from '@/components/Skeleton';
import { Tabs } from '@/components/Tabs';
import { useActions } from '@/lib/actions';
import { useTitle } from '@/lib/title';
import { useWorkspace } from '@/lib/workspace';
import { atLeast } from './model/roles';
import { words } from './strings';

const route = getRouteApi('/w/$workspace/settings/$section');

type Section = { id: string; name: string; needs: Role; page: LazyExoticComponent<ComponentType> };

const SECTIONS: readonly Section[] = [
  { id: 'general', name: words.general, needs: 'viewer', page: lazy(() => import('./sections/General')) },
  { id: 'members', name: words.members, needs: 'viewer', page: lazy(() => import('./sections/Members')) },
  { id: 'variables', name: words.variables, needs: 'viewer', page: lazy(() => import('./sections/Variables')) },
  { id: 'limits', name: words.limits, needs: 'admin', page: lazy(() => import('./sections/Limits')) },
  { id: 'audit', name: words.audit, needs: 'admin', page: lazy(() => import('./sections/Audit')) },
];

export function SettingsPage() {
  const workspace = useWorkspace();
  const { section: id } = route.useParams();
  const router = useRouter();
  const offered = SECTIONS.filter((section) => atLeast(workspace.role, section.needs));
  const section = offered.find((one) => one.id === id);
  useTitle({ title: section ? `${section.name} · ${words.settings}` : words.settings });
  useActions(
    offered.map((one) => ({
      id: `settings.${one.id}`,
      name: words.goTo(one.name),
      group: words.settings,
      when: () => one.id !== id,
      perform: () =>
        void router.navigate({
          to: '/w/$workspace/settings/$section',
          params: { workspace: workspace.slug, section: one.id },
        }),
    })),
  );
  if (!section) return <NotThere />;
  const Page = section.page;
  return (
    <Suspense fallback={<SectionLoading />}>
      <Page />
    </Suspense>
  );
}

function SectionLoading() {
  return (
    <>
      <SectionHeader section="" title={words.settings} />
      <Loading sentence={words.generalLoading}>
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
  primary?: React.ReactNode;
  facts?: readonly (React.ReactNode | null | false)[];
};

/** The head of each section: they differ in their one button. */
export function SectionHeader({ section, title, count, primary, facts }: SectionHeaderProps) {
  const workspace = useWorkspace();
  const tabs = SECTIONS.filter((one) => atLeast(workspace.role, one.needs)).map((one) => ({
    id: one.id,
    label: one.name,
    to: '/w/$workspace/settings/$section' as const,
    params: { workspace: workspace.slug, section: one.id },
    search: {},
  }));
  return (
    <PageHeader
      path={
        section === 'general'
          ? undefined
          : [
              {
                label: words.settings,
                to: '/w/$workspace/settings/$section',
                params: { workspace: workspace.slug, section: 'general' },
                search: {},
              },
            ]
      }
      title={title}
      count={count}
      primary={primary}
      facts={facts}
      tabs={<Tabs label={words.sections} tabs={tabs} current={section} />}
    />
  );
}
