// The prompts of the workspace: what each is called, what it asks for, who sees it, who changed it when.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useCallback, useState } from 'react';
import type { Prompt } from '@/api/types';
import { Button } from '@/components/Button';
import { type Column, DataTable } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState } from '@/components/ErrorState';
import { FilterBar } from '@/components/FilterBar';
import { TimeAgo } from '@/components/Money';
import { MoreRows } from '@/components/MoreRows';
import { PageHeader } from '@/components/PageHeader';
import { Tabs } from '@/components/Tabs';
import { words as shared } from '@/features/library/strings';
import { useActions } from '@/lib/actions';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { promptListQuery } from './api';
import { words } from './strings';

const NewPromptDialog = lazy(() =>
  import('./components/NewPromptDialog').then((module) => ({ default: module.NewPromptDialog })),
);
const PublicList = lazy(() => import('@/features/library/components/PublicList'));
const route = getRouteApi('/w/$workspace/prompts');

const COLUMNS: readonly Column<Prompt>[] = [
  {
    id: 'variables',
    header: words.variablesHeader,
    width: '26%',
    cell: (prompt) => (
      <span className="mono-12 block max-w-[24cqi] truncate text-text-2" title={prompt.variables.join(', ')}>
        {prompt.variables.join(', ') || '—'}
      </span>
    ),
  },
  {
    id: 'seen',
    header: words.seenBy,
    width: '96px',
    phone: 'hidden',
    cell: (prompt) => shared.badge(prompt.visibility),
  },
  {
    id: 'by',
    header: words.editedBy,
    width: '144px',
    phone: 'hidden',
    from: 'desk',
    cell: (prompt) => <span className="block max-w-32 truncate">{words.byPerson(prompt.created_by.name)}</span>,
  },
  {
    id: 'edited',
    header: words.edited,
    width: '120px',
    align: 'right',
    phone: 'end',
    cell: (prompt) => <TimeAgo at={prompt.updated_at} />,
    cellOnPhone: (prompt) => <TimeAgo at={prompt.updated_at} className="t-12 text-text-2" />,
  },
];

export function PromptsPage() {
  const workspace = useWorkspace();
  const { q, from, show } = route.useSearch();
  const navigate = route.useNavigate();
  const params = { workspace: workspace.slug };
  const query = useInfiniteQuery(promptListQuery(workspace.id, q));
  const rows = query.data?.pages.flatMap((page) => page.data);
  const [making, setMaking] = useState(false);
  const may = mayEdit(workspace);
  useTitle({ title: words.prompts });
  useActions([
    {
      id: 'prompt.new',
      name: words.newPrompt,
      keys: 'C',
      group: words.prompts,
      when: () => may,
      perform: () => setMaking(true),
    },
  ]);
  // typing replaces the address
  const search = useCallback(
    (text: string) => void navigate({ search: { from, q: text.trim() || undefined }, replace: true }),
    [navigate, from],
  );
  const none = rows?.length === 0;
  const instead =
    query.isError && !rows ? (
      <ErrorState
        error={query.error}
        what={words.listFailed}
        onRetry={() => void query.refetch()}
        retrying={query.isFetching}
      />
    ) : none ? (
      q ? (
        <EmptyState
          sentence={words.filteredEmpty(q)}
          action={<Button onClick={() => search('')}>{words.clearFilters}</Button>}
        />
      ) : (
        <EmptyState sentence={words.listEmpty} />
      )
    ) : undefined;
  return (
    <>
      <PageHeader
        title={words.prompts}
        primary={
          may && (
            <Button look="primary" keys="C" onClick={() => setMaking(true)}>
              {words.newPrompt}
            </Button>
          )
        }
        tabs={
          <Tabs
            label={shared.views}
            current={from ?? 'ours'}
            tabs={[
              { id: 'ours', label: shared.ours, to: '/w/$workspace/prompts', params, search: {} },
              {
                id: 'public',
                label: shared.publicTab,
                to: '/w/$workspace/prompts',
                params,
                search: { from: 'public' },
              },
            ]}
          />
        }
      />
      {from === 'public' ? (
        <Suspense fallback={null}>
          <PublicList
            noun="prompt"
            q={q}
            shown={show}
            linkTo={(id) => ({ to: '/w/$workspace/prompts', params, search: { from, q, show: id } })}
            onSearch={search}
          />
        </Suspense>
      ) : (
        <>
          {(!none || q) && <FilterBar search={{ value: q ?? '', label: words.search, onChange: search }} />}
          <DataTable
            label={words.prompts}
            columns={COLUMNS}
            rows={rows}
            rowKey={(prompt) => prompt.id}
            name={{
              header: words.name,
              text: (prompt) => prompt.name,
              link: (prompt) => ({
                to: '/w/$workspace/prompts/$prompt',
                params: { workspace: workspace.slug, prompt: prompt.id },
              }),
              after: (prompt) => (
                <span
                  className="t-12 min-w-0 flex-1 truncate text-text-2 @max-tablet:hidden"
                  title={prompt.description}
                >
                  {words.version(prompt.version)} {prompt.description}
                </span>
              ),
            }}
            instead={instead}
            footer={
              rows && <MoreRows shown={words.shown(rows.length, query.hasNextPage)} query={query} words={words} />
            }
          />
        </>
      )}
      <Suspense fallback={null}>
        {making && (
          <NewPromptDialog
            startName=""
            onClose={() => setMaking(false)}
            onCreated={(prompt) =>
              void navigate({
                to: '/w/$workspace/prompts/$prompt',
                params: { workspace: workspace.slug, prompt: prompt.id },
              })
            }
          />
        )}
      </Suspense>
    </>
  );
}
