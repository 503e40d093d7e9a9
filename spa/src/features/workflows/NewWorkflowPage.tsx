// A new workflow.
import { EmptyState } from '@/components/EmptyState';
import { PageHeader } from '@/components/PageHeader';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { words } from './builder-strings';
import { Builder } from './components/Builder';
import { emptyDraft } from './model/draft';

export function NewWorkflowPage() {
  const workspace = useWorkspace();
  useTitle({ title: words.newWorkflow });
  if (mayEdit(workspace)) return <Builder base={emptyDraft} />;
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
