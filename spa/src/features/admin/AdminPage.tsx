// What administrators of the installation see, in sections that each have an address. For all others there is nothing here.
import { getRouteApi } from '@tanstack/react-router';
import { lazy } from 'react';
import { type Section, Sections } from '@/components/Sections';
import { words } from './strings';

const route = getRouteApi('/admin/$section');

const SECTIONS: readonly Section[] = [
  { id: 'people', name: words.people, page: lazy(() => import('./sections/People')) },
  { id: 'workspaces', name: words.workspaces, page: lazy(() => import('./sections/Workspaces')) },
  { id: 'sign-in', name: words.signIn, page: lazy(() => import('./sections/SignIn')) },
  { id: 'providers', name: words.providers, page: lazy(() => import('./sections/Providers')) },
  { id: 'activity', name: words.activity, page: lazy(() => import('./sections/Activity')) },
];

export function AdminPage() {
  const { section } = route.useParams();
  const { session } = route.useRouteContext();
  const linkTo = (id: string) => ({ to: '/admin/$section' as const, params: { section: id }, search: {} });
  return (
    <Sections
      of={words.admin}
      label={words.sections}
      sections={session.user.admin ? SECTIONS : []}
      current={section}
      linkTo={linkTo}
      path={section === 'people' ? undefined : [{ label: words.admin, ...linkTo('people') }]}
      actionId="admin"
      goTo={words.goTo}
      loading={words.loading}
    />
  );
}
