// A workflow that exists, in the builder: saved as its next version, on top of the one it was opened from.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useState } from 'react';
import { isNotThere } from '@/api/problem';
import type { Workflow } from '@/api/types';
import { buttonClass } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorState, NotThere } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Loading, Skeleton } from '@/components/Skeleton';
import { mayChange } from '@/features/library/model/thing';
import { useTitle } from '@/lib/title';
import { useWorkspace } from '@/lib/workspace';
import { usedPromptsQuery, workflowQuery } from './api';
import { words } from './builder-strings';
import { Builder } from './components/Builder';
import { type DraftPrompt, fromWorkflow } from './model/draft';

const route = getRouteApi('/w/$workspace/workflows/$workflow/edit');
const shell = getRouteApi('/w/$workspace');

export function EditWorkflowPage() {
  const workspace = useWorkspace();
  const { session } = shell.useRouteContext();
  const { workflow: id } = route.useParams();
  const workflow = useQuery(workflowQuery(workspace.id, id));
  useTitle({ title: words.editTitle(workflow.data?.name ?? '') });
  if (!workflow.data)
    return <NotYet title={words.edit} error={workflow.error} onRetry={() => void workflow.refetch()} />;
  if (mayChange(workflow.data, session.user.id, workspace.role)) return <WithPrompts workflow={workflow.data} />;
  return (
    <>
      <Header title={words.editTitle(workflow.data.name)} />
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
  return <NotYet title={words.editTitle(workflow.name)} error={prompts.error} onRetry={() => void prompts.refetch()} />;
}

type OpenedProps = { workflow: Workflow; prompts: readonly [string, DraftPrompt][]; onReopen: () => void };

function Opened({ workflow, prompts, onReopen }: OpenedProps) {
  const [base] = useState(() => fromWorkflow(workflow, new Map(prompts)));
  return <Builder base={base} onReopen={onReopen} />;
}

function Header({ title }: { title: string }) {
  const workspace = useWorkspace();
  return (
    <PageHeader
      path={[{ label: words.workflows, to: '/w/$workspace/workflows', params: { workspace: workspace.slug } }]}
      title={title}
    />
  );
}

type NotYetProps = { title: string; error: Error | null; onRetry: () => void };

function NotYet({ title, error, onRetry }: NotYetProps) {
  const workspace = useWorkspace();
  if (isNotThere(error))
    return (
      <NotThere
        back={
          <Link to="/w/$workspace/workflows" params={{ workspace: workspace.slug }} className={buttonClass()}>
            {words.goToWorkflows}
          </Link>
        }
      />
    );
  return (
    <>
      <Header title={title} />
      {error ? (
        <ErrorState error={error} what={words.readFailed} onRetry={onRetry} />
      ) : (
        <Loading sentence={words.reading}>
          <div className="flex max-w-160 flex-col gap-3 px-(--gutter) py-4">
            <Skeleton className="w-24" />
            <Skeleton className="h-40" />
          </div>
        </Loading>
      )}
    </>
  );
}
