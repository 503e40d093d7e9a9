// What is public in this installation: read, and cloned into this workspace.
import { infiniteQueryOptions, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { api, unwrap } from '@/api/client';
import { Button } from '@/components/Button';
import type { Column, RowLink } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { TimeAgo } from '@/components/Money';
import { NotLoaded } from '@/components/NotLoaded';
import { ScrollText } from '@/components/ScrollText';
import { Beside, SearchedList } from '@/components/SearchedList';
import { Skeleton } from '@/components/Skeleton';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { type Noun, words } from '../strings';

const CloneDialog = lazy(() => import('./CloneDialog'));
const PAGE = 25;
const LIST_WORDS = {
  ...words,
  search: words.searchPublic,
  listFailed: words.publicFailed,
  filteredEmpty: words.publicNoneFit,
  shown: words.shownPublic,
};

type Row = {
  id: string;
  name: string;
  description: string;
  version: number;
  created_by: { name: string | null };
  published_at: string;
};

const listQuery = (noun: Noun, q: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['public', `${noun}s`, { q }] as const,
    queryFn: async ({ pageParam, signal }): Promise<{ data: Row[]; next_cursor: string | null }> => {
      const params = { query: { limit: PAGE, cursor: pageParam, q } };
      return noun === 'prompt'
        ? unwrap(api.GET('/public/prompts', { params, signal }))
        : unwrap(api.GET('/public/workflows', { params, signal }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor ?? undefined,
  });

export type PublicListProps = {
  noun: Noun;
  q: string | undefined;
  shown: string | undefined;
  linkTo: (id: string) => RowLink;
  onSearch: (text: string) => void;
};

export default function PublicList({ noun, q, shown, linkTo, onSearch }: PublicListProps) {
  const query = useInfiniteQuery(listQuery(noun, q));
  const [cloning, setCloning] = useState<Row | null>(null);
  const may = mayEdit(useWorkspace());
  const columns: Column<Row>[] = [
    {
      id: 'by',
      header: words.by,
      width: '160px',
      cell: (row) => <span className="block max-w-36 truncate">{row.created_by.name ?? words.nobody}</span>,
    },
    {
      id: 'since',
      header: words.publicSince,
      width: '128px',
      align: 'right',
      phone: 'hidden',
      cell: (row) => <TimeAgo at={row.published_at} />,
    },
  ];
  if (may)
    columns.push({
      id: 'clone',
      header: words.cloneIt,
      quietHeader: true,
      width: '96px',
      align: 'right',
      phone: 'end',
      cell: (row) => (
        <span className="relative">
          <Button look="quiet" aria-label={words.cloneOf(row.name)} onClick={() => setCloning(row)}>
            {words.clone}
          </Button>
        </span>
      ),
    });
  return (
    <>
      <SearchedList
        label={words.publicList(noun)}
        columns={columns}
        query={query}
        q={q}
        onSearch={onSearch}
        rowKey={(row) => row.id}
        selectedKey={shown ?? null}
        name={{
          header: words.name,
          text: (row) => row.name,
          link: (row) => linkTo(row.id),
          after: (row) => <Beside text={row.description}>{words.version(row.version)}</Beside>,
        }}
        empty={<EmptyState sentence={words.publicEmpty(noun)} />}
        words={LIST_WORDS}
      />
      {/* after the list, so that it is not pushed down */}
      {shown && !query.isPending && <PublicText noun={noun} id={shown} />}
      <Suspense fallback={null}>
        {cloning && (
          <CloneDialog thing={{ noun, id: cloning.id, name: cloning.name }} onClose={() => setCloning(null)} />
        )}
      </Suspense>
    </>
  );
}

function PublicText({ noun, id }: { noun: Noun; id: string }) {
  const query = useQuery({
    queryKey: ['public', noun, id] as const,
    queryFn: async ({ signal }) => {
      if (noun === 'prompt') {
        const prompt = await unwrap(
          api.GET('/public/prompts/{prompt_id}', { params: { path: { prompt_id: id } }, signal }),
        );
        return { name: prompt.name, text: prompt.body };
      }
      const workflow = await unwrap(
        api.GET('/public/workflows/{workflow_id}', { params: { path: { workflow_id: id } }, signal }),
      );
      return { name: workflow.name, text: JSON.stringify(workflow.definition.steps, null, 2) };
    },
  });
  return (
    <section className="flex flex-col gap-2 px-(--gutter) py-4">
      {query.data ? (
        <>
          <h2 className="t-16">{query.data.name}</h2>
          <ScrollText label={words.textOfNamed(query.data.name)} text={query.data.text} />
        </>
      ) : (
        <NotLoaded query={query} what={words.publicTextFailed} sentence={words.versionLoading}>
          <Skeleton className="w-2/3" />
        </NotLoaded>
      )}
    </section>
  );
}
