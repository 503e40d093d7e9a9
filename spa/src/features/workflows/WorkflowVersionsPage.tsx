// The versions of a workflow, each with its definition.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { isNotThere } from '@/api/problem';
import { NotThere } from '@/components/ErrorState';
import { NotLoaded } from '@/components/NotLoaded';
import { PageHeader } from '@/components/PageHeader';
import { Versions } from '@/features/library/components/Versions';
import { useTitle } from '@/lib/title';
import { useWorkspace } from '@/lib/workspace';
import { workflowQuery } from './api';
import { words } from './builder-strings';

const route = getRouteApi('/w/$workspace/workflows/$workflow/versions');

export function WorkflowVersionsPage() {
  const workspace = useWorkspace();
  const { workflow: id } = route.useParams();
  const { version } = route.useSearch();
  const query = useQuery(workflowQuery(workspace.id, id));
  const params = { workspace: workspace.slug, workflow: id };
  useTitle({ title: words.versionsOf(query.data?.name ?? '') });
  if (isNotThere(query.error)) return <NotThere />;
  return (
    <>
      <PageHeader
        path={[
          { label: words.workflows, to: '/w/$workspace/workflows', params },
          { label: query.data?.name ?? '…', to: '/w/$workspace/workflows/$workflow', params },
        ]}
        title={words.versions}
      />
      {query.data ? (
        <Versions
          thing={{ noun: 'workflow', id }}
          current={query.data.version}
          shown={version}
          linkTo={(chosen) => ({
            to: '/w/$workspace/workflows/$workflow/versions',
            params,
            search: { version: chosen },
          })}
        />
      ) : (
        <NotLoaded query={query} what={words.readFailed} sentence={words.reading} />
      )}
    </>
  );
}
