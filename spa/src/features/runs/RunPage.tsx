// One run: how it stands, and one of its views. Everything shown is in the address; the run itself is kept up to date by its events.
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { isNotThere } from '@/api/problem';
import type { Run } from '@/api/types';
import { buttonClass } from '@/components/Button';
import { ErrorState, NotThere } from '@/components/ErrorState';
import { PageHeader } from '@/components/PageHeader';
import { Loading, Skeleton } from '@/components/Skeleton';
import { useLiveRun } from '@/features/live/useLiveRun';
import { hasEnded } from '@/lib/status';
import { useTitle } from '@/lib/title';
import { useWorkspace } from '@/lib/workspace';
import { InputView } from './components/InputView';
import { OutputView } from './components/OutputView';
import { RunHeader } from './components/RunHeader';
import { RunNotes } from './components/RunNotes';
import { TimelineView } from './components/TimelineView';
import { useRunDeeds } from './components/useRunDeeds';
import { asksAbout, signalOf, stepNumber } from './model/facts';
import { words } from './strings';

const route = getRouteApi('/w/$workspace/runs/$run');
// what few runs need comes when it is needed
const ApprovalCards = lazy(() => import('./components/ApprovalCard'));
const SignalCards = lazy(() => import('./components/SignalCard'));
const FailureCards = lazy(() => import('./components/FailureCard'));
const SourceView = lazy(() => import('./components/SourceView'));
const DeleteRunDialog = lazy(() => import('./components/DeleteRunDialog'));

export function RunPage() {
  const workspace = useWorkspace();
  const { run: runId } = route.useParams();
  const query = useLiveRun(workspace.id, runId);
  if (query.data) return <RunThere key={query.data.id} run={query.data} />;
  return <RunNotYet error={query.error} onRetry={() => void query.refetch()} retrying={query.isFetching} />;
}

function RunThere({ run }: { run: Run }) {
  const { view = 'timeline' } = route.useSearch();
  const deeds = useRunDeeds(run);
  const going = !hasEnded(run.status);
  useTitle({
    title: run.name,
    status: run.steps.some((step) => step.step_run?.status === 'waiting') ? 'waiting' : run.status,
    progress: going ? `${stepNumber(run)}/${run.step_count}` : undefined,
  });
  return (
    <>
      <RunHeader run={run} view={view} deeds={deeds} />
      <RunNotes run={run} deeds={deeds} />
      <Suspense>
        {run.steps.some((step) => step.kind === 'approval' && step.step_run?.status === 'waiting') && (
          <ApprovalCards run={run} />
        )}
        {run.steps.some((step) => signalOf(step) !== null) && <SignalCards run={run} />}
        {run.steps.some((step) => asksAbout(run, step)) && <FailureCards run={run} />}
        {deeds.removing && <DeleteRunDialog run={run} onClose={() => deeds.setRemoving(false)} />}
      </Suspense>
      {view === 'timeline' && <TimelineView run={run} />}
      {view === 'output' && <OutputView run={run} />}
      {view === 'input' && <InputView run={run} />}
      <Suspense>{view === 'source' && <SourceView run={run} />}</Suspense>
    </>
  );
}

function RunNotYet({ error, onRetry, retrying }: { error: Error | null; onRetry: () => void; retrying: boolean }) {
  const workspace = useWorkspace();
  const params = { workspace: workspace.slug };
  useTitle({ title: words.run });
  if (isNotThere(error))
    return (
      <NotThere
        back={
          <Link to="/w/$workspace/runs" params={params} className={buttonClass()}>
            {words.goToRuns}
          </Link>
        }
      />
    );
  return (
    <>
      <PageHeader path={[{ label: words.runs, to: '/w/$workspace/runs', params }]} title={words.run} />
      {error ? (
        <ErrorState error={error} what={words.readFailed} onRetry={onRetry} retrying={retrying} />
      ) : (
        <Loading sentence={words.reading}>
          <div className="flex flex-col gap-4 px-(--gutter) py-4">
            <Skeleton className="h-2 max-w-3xl" />
            {[1, 2, 3].map((row) => (
              <span key={row} className="flex h-(--row) items-center gap-6">
                <Skeleton className="w-48" />
                <Skeleton className="flex-1" />
                <Skeleton className="w-12" />
              </span>
            ))}
          </div>
        </Loading>
      )}
    </>
  );
}
