// The prompts of the workspace: what each is called, what it asks for, who sees it, who changed it when.
import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import type { Prompt } from '@/api/types';
import { Button } from '@/components/Button';
import type { Column } from '@/components/DataTable';
import { EmptyState } from '@/components/EmptyState';
import { TimeAgo } from '@/components/Money';
import { Beside } from '@/components/SearchedList';
import { LibraryPage } from '@/features/library/components/LibraryPage';
import { words as shared } from '@/features/library/strings';
import { useActions } from '@/lib/actions';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { promptListQuery } from './api';
import { words } from './strings';

const NewPromptDialog = lazy(() =>
  import('./components/NewPromptDialog').then((module) => ({ default: module.NewPromptDialog })),
);
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
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const [making, setMaking] = useState(false);
  const query = useInfiniteQuery(promptListQuery(workspace.id, search.q));
  const may = mayEdit(workspace);
  const linkTo = (prompt: Prompt) => ({
    to: '/w/$workspace/prompts/$prompt' as const,
    params: { workspace: workspace.slug, prompt: prompt.id },
  });
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
  return (
    <>
      <LibraryPage
        noun="prompt"
        search={search}
        primary={
          may && (
            <Button look="primary" keys="C" onClick={() => setMaking(true)}>
              {words.newPrompt}
            </Button>
          )
        }
        label={words.prompts}
        columns={COLUMNS}
        query={query}
        rowKey={(prompt) => prompt.id}
        name={{
          header: words.name,
          text: (prompt) => prompt.name,
          link: linkTo,
          after: (prompt) => <Beside text={prompt.description}>{words.version(prompt.version)}</Beside>,
        }}
        empty={<EmptyState sentence={words.listEmpty} />}
        words={words}
      />
      <Suspense fallback={null}>
        {making && (
          <NewPromptDialog
            startName=""
            onClose={() => setMaking(false)}
            onCreated={(prompt) => void navigate(linkTo(prompt))}
          />
        )}
      </Suspense>
    </>
  );
}
