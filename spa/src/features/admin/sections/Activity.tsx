// What happened to accounts and to the settings of the installation.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { EVENT_NAMES } from '@/features/account/activity-strings';
import { ActivityTable } from '@/features/account/components/ActivityTable';
import { allActivityQuery } from '../api';

const route = getRouteApi('/admin/$section');

export default function Activity() {
  const { event: named } = route.useSearch();
  const event = EVENT_NAMES.find((one) => one === named);
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(allActivityQuery(event));
  return (
    <ActivityTable
      all
      query={query}
      event={event}
      onEvent={(next) => void navigate({ search: (before) => ({ ...before, event: next }) })}
    />
  );
}
