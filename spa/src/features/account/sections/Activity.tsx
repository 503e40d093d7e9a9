// What happened to one's own account.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { EVENT_NAMES } from '../activity-strings';
import { activityQuery } from '../api';
import { ActivityTable } from '../components/ActivityTable';

const route = getRouteApi('/account/$section');

export default function Activity() {
  const { event: named } = route.useSearch();
  const event = EVENT_NAMES.find((one) => one === named);
  const navigate = route.useNavigate();
  const query = useInfiniteQuery(activityQuery(event));
  return (
    <ActivityTable
      query={query}
      event={event}
      onEvent={(next) => void navigate({ search: (before) => ({ ...before, event: next }) })}
    />
  );
}
