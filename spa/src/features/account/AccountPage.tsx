// One's own account, in sections that each have an address.
import { getRouteApi } from '@tanstack/react-router';
import { lazy } from 'react';
import { type Section, Sections } from '@/components/Sections';
import { words } from './strings';

const route = getRouteApi('/account/$section');

const SECTIONS: readonly Section[] = [
  { id: 'profile', name: words.profile, page: lazy(() => import('./sections/Profile')) },
  { id: 'second-factor', name: words.secondFactor, page: lazy(() => import('./sections/SecondFactor')) },
  { id: 'sessions', name: words.sessions, page: lazy(() => import('./sections/Sessions')) },
  { id: 'tokens', name: words.tokens, page: lazy(() => import('./sections/Tokens')) },
  { id: 'activity', name: words.activity, page: lazy(() => import('./sections/Activity')) },
];

export function AccountPage() {
  const { section } = route.useParams();
  const linkTo = (id: string) => ({ to: '/account/$section' as const, params: { section: id }, search: {} });
  return (
    <Sections
      of={words.account}
      label={words.sections}
      sections={SECTIONS}
      current={section}
      linkTo={linkTo}
      path={section === 'profile' ? undefined : [{ label: words.account, ...linkTo('profile') }]}
      actionId="account"
      goTo={words.goTo}
      loading={words.loading}
    />
  );
}
