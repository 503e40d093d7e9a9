// The settings of a workspace, in sections that each have an address. Those for admins are not offered to others.
import { getRouteApi } from '@tanstack/react-router';
import { lazy } from 'react';
import type { Role } from '@/api/types';
import { type Section, Sections } from '@/components/Sections';
import { useWorkspace } from '@/lib/workspace';
import { atLeast } from './model/roles';
import { words } from './strings';

const route = getRouteApi('/w/$workspace/settings/$section');

type Offered = Section & { needs: Role };

const GENERAL = 'general';
const SECTIONS: readonly Offered[] = [
  {
    id: GENERAL,
    name: words.general,
    title: words.generalTitle,
    needs: 'viewer',
    page: lazy(() => import('./sections/General')),
  },
  { id: 'members', name: words.members, needs: 'viewer', page: lazy(() => import('./sections/Members')) },
  { id: 'variables', name: words.variables, needs: 'viewer', page: lazy(() => import('./sections/Variables')) },
  { id: 'limits', name: words.limits, needs: 'admin', page: lazy(() => import('./sections/Limits')) },
  { id: 'audit', name: words.audit, needs: 'admin', page: lazy(() => import('./sections/Audit')) },
];

export function SettingsPage() {
  const workspace = useWorkspace();
  const { section } = route.useParams();
  const linkTo = (id: string) => ({
    to: '/w/$workspace/settings/$section' as const,
    params: { workspace: workspace.slug, section: id },
    search: {},
  });
  return (
    <Sections
      of={words.settings}
      label={words.sections}
      sections={SECTIONS.filter((one) => atLeast(workspace.role, one.needs))}
      current={section}
      linkTo={linkTo}
      path={section === GENERAL ? undefined : [{ label: words.settings, ...linkTo(GENERAL) }]}
      actionId="settings"
      goTo={words.goTo}
      loading={words.generalLoading}
    />
  );
}
