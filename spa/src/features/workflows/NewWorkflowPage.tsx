import { PageHeader } from '@/components/PageHeader';
import { words } from './strings';

export function NewWorkflowPage() {
  return <PageHeader title={words.newWorkflow} />;
}
