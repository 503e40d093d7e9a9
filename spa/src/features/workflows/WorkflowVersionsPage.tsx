// The versions of a workflow: what each changes, its labels, publishing, and going back to one.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { isNotThere } from '@/api/problem';
import { NotThere } from '@/components/ErrorState';
import { NotLoaded } from '@/components/NotLoaded';
import { PageHeader } from '@/components/PageHeader';
import { Versions } from '@/features/library/components/Versions';
import { mayChange } from '@/features/library/model/thing';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { workflowQuery } from './api';
import { words } from './builder-strings';
import { VersionDeeds } from './components/VersionDeeds';
import { diffQuery } from './versions-api';

const route = getRouteApi('/w/$workspace/workflows/$workflow/versions');
const shell = getRouteApi('/w/$workspace');

export function WorkflowVersionsPage() {
  const workspace = useWorkspace();
  const { session } = shell.useRouteContext();
  const { workflow: id } = route.useParams();
  const { version, diff } = route.useSearch();
  const query = useQuery(workflowQuery(workspace.id, id));
  const params = { workspace: workspace.slug, workflow: id };
  const workflow = query.data;
  // "1..3": what 3 changes of 1
  const [chosen, to] = (diff ?? '').split('..').map(Number);
  const before = version !== undefined && version > 1 ? version - 1 : undefined;
  const from = to === version ? chosen : before;
  const compared = useQuery({
    ...diffQuery(workspace.id, id, from ?? 0, version ?? 0),
    enabled: from !== undefined && version !== undefined,
  });
  useTitle({ title: words.versionsOf(workflow?.name ?? '') });
  if (isNotThere(query.error)) return <NotThere />;
  return (
    <>
      <PageHeader
        path={[
          { label: words.workflows, to: '/w/$workspace/workflows', params },
          { label: workflow?.name ?? '…', to: '/w/$workspace/workflows/$workflow', params },
        ]}
        title={words.versions}
      />
      {workflow ? (
        <Versions
          thing={{ noun: 'workflow', id }}
          current={workflow.version}
          shown={version}
          // what differs stands over the text, and would push it down
          holdsText={from !== undefined && compared.isPending}
          linkTo={(chosen) => ({
            to: '/w/$workspace/workflows/$workflow/versions',
            params,
            search: { version: chosen },
          })}
          overText={(chosen) => (
            <VersionDeeds
              key={chosen}
              workflow={workflow}
              version={chosen}
              from={from}
              may={mayEdit(workspace) && mayChange(workflow, session.user.id, workspace.role)}
            />
          )}
        />
      ) : (
        <NotLoaded query={query} what={words.readFailed} sentence={words.reading} />
      )}
    </>
  );
}
