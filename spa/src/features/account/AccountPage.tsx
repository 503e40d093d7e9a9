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
  return (
    <Sections
      of={words.account}
      label={words.sections}
      sections={SECTIONS}
      current={section}
      linkTo={(id) => ({ to: '/account/$section', params: { section: id }, search: {} })}
      actionId="account"
      goTo={words.goTo}
      loading={words.loading}
    />
  );
}
