// The providers by which people sign in: the list, and one of them as a form, each with its address.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import type { SignInProvider } from '@/api/types';
import { buttonClass } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { Kbd } from '@/components/Kbd';
import { SectionHead } from '@/components/Sections';
import { useActions } from '@/lib/actions';
import { number } from '@/lib/format';
import { providersQuery } from '../api';
import { ProviderForm } from '../components/ProviderForm';
import { words } from '../provider-strings';
import { words as common } from '../strings';

const route = getRouteApi('/admin/$section');
const HERE = { to: '/admin/$section', params: { section: 'providers' } } as const;
const NEW = 'new';

const COLUMNS: readonly Column<SignInProvider>[] = [
  {
    id: 'issuer',
    header: words.issuer,
    width: '40%',
    cell: (one) => <span className="mono-12 block max-w-96 truncate">{one.issuer}</span>,
  },
  {
    id: 'state',
    header: words.state,
    width: '96px',
    phone: 'end',
    cell: (one) => (one.enabled ? words.inUse : <span className="text-text-3">{words.off}</span>),
  },
  {
    id: 'people',
    header: words.people,
    width: '96px',
    align: 'right',
    phone: 'hidden',
    cell: (one) => number(one.people),
  },
];

export default function Providers() {
  const { provider: chosen } = route.useSearch();
  const query = useQuery(providersQuery);
  const retry = (
    <ErrorState
      error={query.error}
      what={words.failed}
      onRetry={() => void query.refetch()}
      retrying={query.isFetching}
    />
  );
  if (chosen === NEW) return <ProviderForm key={NEW} />;
  if (!chosen) return <List query={query} failed={retry} />;
  const provider = query.data?.find((one) => one.id === chosen);
  if (provider) return <ProviderForm key={provider.id} provider={provider} />;
  return (
    <>
      <SectionHead />
      {query.isError ? (
        retry
      ) : query.data ? (
        <EmptyState
          sentence={words.notThere}
          action={
            <Link {...HERE} className={buttonClass()}>
              {words.toList}
            </Link>
          }
        />
      ) : null}
    </>
  );
}

type ListProps = { query: { data?: SignInProvider[]; isError: boolean }; failed: React.ReactNode };

function List({ query, failed }: ListProps) {
  const router = useRouter();
  useActions([
    {
      id: 'provider.new',
      name: words.addMore,
      keys: 'C',
      group: common.admin,
      perform: () => void router.navigate({ ...HERE, search: { provider: NEW } }),
    },
  ]);
  const add = (
    <Link {...HERE} search={{ provider: NEW }} className={buttonClass('primary')}>
      {words.add} <Kbd keys="C" onAccent />
    </Link>
  );
  const none = query.data?.length === 0;
  return (
    <>
      <SectionHead count={query.data?.length} primary={!none && add} />
      <DataTable
        label={words.providers}
        columns={COLUMNS}
        rows={query.data}
        rowKey={(one) => one.id}
        skeletonRows={2}
        name={{
          header: words.name,
          text: (one) => one.name,
          link: (one) => ({ ...HERE, search: { provider: one.id } }),
        }}
        instead={
          query.isError && !query.data ? failed : none ? <EmptyState sentence={words.empty} action={add} /> : undefined
        }
      />
    </>
  );
}
