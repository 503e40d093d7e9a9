// A new workflow.
import { getRouteApi } from '@tanstack/react-router';
import { EmptyState } from '@/components/EmptyState';
import { PageHeader } from '@/components/PageHeader';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { words } from './builder-strings';
import { Builder } from './components/Builder';
import { emptyDraft } from './model/draft';

const route = getRouteApi('/w/$workspace/workflows/new');

export function NewWorkflowPage() {
  const workspace = useWorkspace();
  const { view, step } = route.useSearch();
  useTitle({ title: words.newWorkflow });
  if (mayEdit(workspace))
    return (
      <Builder
        base={emptyDraft}
        view={view ?? 'steps'}
        at={step}
        linkTo={(search) => ({ to: '/w/$workspace/workflows/new', params: { workspace: workspace.slug }, search })}
      />
    );
  return (
    <>
      <PageHeader
        path={[{ label: words.workflows, to: '/w/$workspace/workflows', params: { workspace: workspace.slug } }]}
        title={words.newWorkflow}
      />
      <EmptyState sentence={words.mayNot} />
    </>
  );
}
