// A workflow that exists, in the builder: saved as its next version, on top of the one it was opened from.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import type { Workflow } from '@/api/types';
import { EmptyState } from '@/components/EmptyState';
import { FieldOutlines } from '@/components/NotLoaded';
import { PageHeader } from '@/components/PageHeader';
import { ThingNotYet, type ThingNotYetProps } from '@/components/ThingNotYet';
import { mayChange } from '@/features/library/model/thing';
import { useTitle } from '@/lib/title';
import { useWorkspace } from '@/lib/workspace';
import { workflowQuery } from './api';
import { words } from './builder-strings';
import { Builder } from './components/Builder';
import { type DraftPrompt, fromWorkflow } from './model/draft';
import { usedPromptsQuery } from './used-prompts';

const route = getRouteApi('/w/$workspace/workflows/$workflow/edit');
const shell = getRouteApi('/w/$workspace');

export function EditWorkflowPage() {
  const workspace = useWorkspace();
  const { session } = shell.useRouteContext();
  const { workflow: id } = route.useParams();
  const workflow = useQuery(workflowQuery(workspace.id, id));
  useTitle({ title: words.editTitle(workflow.data?.name ?? '') });
  if (!workflow.data) return <NotYet title={words.edit} query={workflow} />;
  if (mayChange(workflow.data, session.user.id, workspace.role)) return <WithPrompts workflow={workflow.data} />;
  return (
    <>
      <PageHeader path={[listOf(workspace.slug)]} title={words.editTitle(workflow.data.name)} />
      <EmptyState sentence={words.mayNotChange} />
    </>
  );
}

/** As it was when it was opened: what others save meanwhile is found when this is saved. Given up, it is opened anew. */
function WithPrompts({ workflow }: { workflow: Workflow }) {
  const workspace = useWorkspace();
  const [opened, setOpened] = useState(workflow);
  const prompts = useQuery(usedPromptsQuery(workspace.id, opened));
  if (prompts.data)
    return (
      <Opened
        key={`${opened.id} ${opened.revision}`}
        workflow={opened}
        prompts={prompts.data}
        onReopen={() => setOpened(workflow)}
      />
    );
  return <NotYet title={words.editTitle(workflow.name)} query={prompts} />;
}

type OpenedProps = { workflow: Workflow; prompts: readonly [string, DraftPrompt][]; onReopen: () => void };

function Opened({ workflow, prompts, onReopen }: OpenedProps) {
  const workspace = useWorkspace();
  const { view, step } = route.useSearch();
  const [base] = useState(() => fromWorkflow(workflow, new Map(prompts)));
  return (
    <Builder
      base={base}
      onReopen={onReopen}
      view={view ?? 'steps'}
      at={step}
      linkTo={(search) => ({
        to: '/w/$workspace/workflows/$workflow/edit',
        params: { workspace: workspace.slug, workflow: workflow.id },
        search,
      })}
    />
  );
}

const listOf = (slug: string) => ({
  label: words.workflows,
  to: '/w/$workspace/workflows' as const,
  params: { workspace: slug },
});

function NotYet({ title, query }: { title: string; query: ThingNotYetProps['query'] }) {
  const workspace = useWorkspace();
  return (
    <ThingNotYet
      query={query}
      list={listOf(workspace.slug)}
      title={title}
      what={words.readFailed}
      sentence={words.reading}
    >
      <FieldOutlines fields={2} />
    </ThingNotYet>
  );
}
