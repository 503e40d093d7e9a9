// The newest runs of a project as a list.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Project, RunFacts } from '@/api/types';
import { type Column, DataTable } from '@/components/DataTable';
import { ErrorState } from '@/components/ErrorState';
import { Duration, TimeAgo } from '@/components/Money';
import { StatusIcon } from '@/components/StatusIcon';
import { money } from '@/lib/format';
import { hasEnded } from '@/lib/status';
import { useWorkspace } from '@/lib/workspace';
import { projectRunsQuery } from '../api';
import { words } from '../strings';

const COLUMNS: readonly Column<RunFacts>[] = [
  {
    id: 'time',
    header: words.time,
    width: '96px',
    align: 'right',
    cell: (run) => <Duration ms={run.duration_ms} since={hasEnded(run.status) ? null : run.created_at} />,
  },
  {
    id: 'cost',
    header: words.cost,
    width: '96px',
    align: 'right',
    cell: (run) => (run.cost_settled ? money(run.cost_usd) : '—'),
  },
  {
    id: 'when',
    header: words.when,
    width: '128px',
    align: 'right',
    phone: 'end',
    cell: (run) => <TimeAgo at={run.created_at} />,
  },
];

export function ProjectRuns({ project }: { project: Project }) {
  const workspace = useWorkspace();
  const query = useQuery(projectRunsQuery(workspace.id, project.id));
  const rows = query.data?.data;
  return (
    <section aria-labelledby="project-runs" className="pt-4">
      <div className="flex items-baseline justify-between px-(--gutter)">
        <h2 id="project-runs" className="t-16">
          {words.runs}
        </h2>
        {rows && rows.length > 0 && (
          <Link
            to="/w/$workspace/runs"
            params={{ workspace: workspace.slug }}
            search={{ project: project.id }}
            className="link t-12"
          >
            {words.allRuns}
          </Link>
        )}
      </div>
      <DataTable
        label={words.runs}
        columns={COLUMNS}
        rows={rows}
        rowKey={(run) => run.id}
        skeletonRows={3}
        name={{
          header: words.run,
          text: (run) => run.name,
          before: (run) => <StatusIcon status={run.status} />,
          link: (run) => ({ to: '/w/$workspace/runs/$run', params: { workspace: workspace.slug, run: run.id } }),
        }}
        instead={
          query.isError && !rows ? (
            <ErrorState
              error={query.error}
              what={words.runsFailed}
              onRetry={() => void query.refetch()}
              retrying={query.isFetching}
            />
          ) : rows?.length === 0 ? (
            <p className="t-13 px-(--gutter) py-2 text-text-2">{words.runsEmpty}</p>
          ) : undefined
        }
      />
    </section>
  );
}
