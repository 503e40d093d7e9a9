// The prompts or the workflows of a workspace, and beside them what is public in the installation.
import { useNavigate } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense } from 'react';
import { PageHeader } from '@/components/PageHeader';
import { SearchedList, type SearchedListProps } from '@/components/SearchedList';
import { Tabs } from '@/components/Tabs';
import { useTitle } from '@/lib/title';
import { useWorkspace } from '@/lib/workspace';
import { type Noun, words } from '../strings';

const PublicList = lazy(() => import('./PublicList'));
const HOME = { prompt: '/w/$workspace/prompts', workflow: '/w/$workspace/workflows' } as const;

/** What the address holds: the text searched for; the public ones, and which of them is shown. */
type LibrarySearch = { q?: string; from?: 'public'; show?: string };

type LibraryPageProps<Row> = Omit<SearchedListProps<Row>, 'q' | 'onSearch'> & {
  noun: Noun;
  search: LibrarySearch;
  primary: ReactNode;
  actions?: ReactNode;
};

export function LibraryPage<Row>({
  noun,
  search: { q, from, show },
  primary,
  actions,
  ...list
}: LibraryPageProps<Row>) {
  const workspace = useWorkspace();
  const navigate = useNavigate();
  const here = { to: HOME[noun], params: { workspace: workspace.slug } };
  useTitle({ title: list.label });
  // typing replaces the address
  const search = (text: string) => {
    const wanted = text.trim() || undefined;
    if (wanted !== q) void navigate({ ...here, search: { from, q: wanted }, replace: true });
  };
  return (
    <>
      <PageHeader
        title={list.label}
        primary={primary}
        actions={actions}
        tabs={
          <Tabs
            label={words.views}
            current={from ?? 'ours'}
            tabs={[
              { id: 'ours', label: words.ours, ...here, search: {} },
              { id: 'public', label: words.publicTab, ...here, search: { from: 'public' } },
            ]}
          />
        }
      />
      {from === 'public' ? (
        <Suspense fallback={null}>
          <PublicList
            noun={noun}
            q={q}
            shown={show}
            linkTo={(id) => ({ ...here, search: { from, q, show: id } })}
            onSearch={search}
          />
        </Suspense>
      ) : (
        <SearchedList {...list} q={q} onSearch={search} />
      )}
    </>
  );
}
