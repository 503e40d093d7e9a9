// The waterfall, and beside it the selected step. What is selected is in the address; without it the panel follows the run.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import type { Run } from '@/api/types';
import { ErrorState } from '@/components/ErrorState';
import { useActions } from '@/lib/actions';
import { useKept } from '@/lib/kept';
import { useShellWidth } from '@/lib/phone';
import { useWorkspace } from '@/lib/workspace';
import { stepRunsQuery } from '../api';
import { stepToFollow } from '../model/facts';
import type { RunSearch } from '../model/view';
import { words } from '../strings';
import { Splitter } from './Splitter';
import { BackToTimeline, StepPanel } from './StepPanel';
import { Waterfall } from './Waterfall';

const route = getRouteApi('/w/$workspace/runs/$run');
const LEAST = 320;
const MOST = 720;
const PANEL_BOX =
  'z-(--z-panel) border-l border-line-2 bg-bg-2 sticky top-(--page-header) h-[calc(100dvh-2.5rem-var(--page-header,0px))] shrink-0';

export function TimelineView({ run }: { run: Run }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const width = useShellWidth();
  const [wanted, setWanted] = useKept<boolean>('run.panel', true);
  const [panelWidth, setPanelWidth] = useKept<number>('run.panel.width', 0);
  const attempts = useAttempts(run);

  const chosen = run.steps.find((step) => step.key === search.step);
  const step = chosen ?? (wanted && width === 'desk' ? stepToFollow(run) : undefined);
  const go = (next: RunSearch, push: boolean) =>
    void navigate({ search: { view: 'timeline', tab: search.tab, ...next }, replace: !push });
  const select = (key: string, push: boolean) => {
    if (width === 'desk' && !wanted) setWanted(true);
    go({ step: key }, push);
  };
  const close = () => {
    if (width === 'desk') setWanted(false);
    go({}, true);
  };
  const toggle = () => (step ? close() : select(stepToFollow(run)?.key ?? '', true));
  useActions([{ id: 'panel.toggle', name: words.togglePanel, keys: ']', group: words.thisRun, perform: toggle }]);
  useEscape(step !== undefined && chosen !== undefined, close);

  const panel = step && (
    <StepPanel
      run={run}
      step={step}
      attempts={attempts.of(step.key)}
      attempt={search.attempt}
      tab={search.tab ?? 'output'}
      onAttempt={(attempt) => go({ step: step.key, attempt }, true)}
      onClose={close}
    />
  );
  if (width === 'phone' && panel)
    return (
      <>
        <BackToTimeline run={run} />
        {panel}
      </>
    );
  const wide = panelWidth || (typeof window !== 'undefined' && window.innerWidth >= 1440 ? 440 : 380);
  return (
    <div className="flex items-start">
      <div className="@container min-w-0 flex-1">
        {attempts.error && <ErrorState error={attempts.error} what={words.attemptsFailed} onRetry={attempts.retry} />}
        <Waterfall
          run={run}
          attempts={attempts.all}
          selected={step?.key ?? null}
          onSelect={select}
          following={step !== undefined && width !== 'phone'}
        />
      </div>
      {panel && (
        <aside
          aria-label={words.panel}
          className={width === 'desk' ? PANEL_BOX : `${PANEL_BOX} fixed! right-0 bottom-0 shadow-(--shadow-pop)`}
          style={{ width: width === 'desk' ? wide : LEAST }}
        >
          {width === 'desk' && (
            <Splitter
              label={words.resize}
              width={wide}
              least={LEAST}
              most={MOST}
              onWidth={setPanelWidth}
              onCollapse={close}
            />
          )}
          {panel}
        </aside>
      )}
    </div>
  );
}

/** Earlier attempts are read only when there are any. */
function useAttempts(run: Run) {
  const workspace = useWorkspace();
  const several = run.generation > 1 || run.steps.some((step) => (step.step_run?.attempt ?? 0) > 1);
  const query = useQuery({ ...stepRunsQuery(workspace.id, run.id), enabled: several });
  const count = run.steps.reduce((sum, step) => sum + (step.step_run?.attempt ?? 0), 0);
  const { refetch } = query;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new attempt has begun
  useEffect(() => {
    if (several) void refetch();
  }, [several, count, run.generation, refetch]);
  const all = query.data?.data ?? [];
  return {
    all,
    error: query.data ? null : query.error,
    retry: () => void refetch(),
    of: (key: string) => {
      const newest = run.steps.find((step) => step.key === key)?.step_run;
      if (!newest) return [];
      const earlier = all.filter((one) => one.path === key && one.attempt < newest.attempt);
      return [...earlier.toSorted((a, b) => a.attempt - b.attempt), newest];
    },
  };
}

/** Esc closes the innermost thing: here the panel that was opened. */
function useEscape(active: boolean, close: () => void) {
  useEffect(() => {
    if (!active) return;
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (document.querySelector('dialog[open], [role=dialog], [role=menu], [role=listbox]')) return;
      close();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [active, close]);
}
