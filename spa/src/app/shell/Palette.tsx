// Search and act: the actions of this page, then workflows and runs by name. Loaded when first opened.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { Command } from 'cmdk';
import { type ReactNode, useDeferredValue, useState } from 'react';
import { api, keys, unwrap } from '@/api/client';
import type { Workspace } from '@/api/types';
import { Kbd } from '@/components/Kbd';
import { StatusIcon } from '@/components/StatusIcon';
import { type Action, possible, useAllActions } from '@/lib/actions';
import { useNow } from '@/lib/clock';
import { timeAgo } from '@/lib/format';
import { words } from '../strings';

const MOST_THINGS = 8;

export default function Palette({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const [text, setText] = useState('');
  const wanted = useDeferredValue(text.trim().toLowerCase());
  const router = useRouter();
  const onlyActions = wanted.startsWith('>');
  const onlyRuns = wanted.startsWith('#');
  const name = onlyActions || onlyRuns ? wanted.slice(1).trim() : wanted;
  const actions = useMatching(onlyRuns ? null : name);
  const { workflows, runs } = useThings(workspace, name);
  const now = useNow();
  const shown = { actions, workflows: onlyActions || onlyRuns ? [] : workflows, runs: onlyActions ? [] : runs };
  // what is found arrives later than what is typed: one thing is always chosen, the first unless moved
  const values = [
    ...shown.actions.map((a) => a.id),
    ...shown.workflows.map((w) => `workflow ${w.id}`),
    ...shown.runs.map((r) => `run ${r.id}`),
  ];
  const [chosen, setChosen] = useState('');
  const params = { workspace: workspace.slug };
  const then = (perform: () => void) => () => {
    onClose();
    // after the palette has given the focus back
    setTimeout(perform);
  };
  return (
    <Command.Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      label={words.paletteLabel}
      shouldFilter={false}
      value={values.includes(chosen) ? chosen : (values[0] ?? '')}
      onValueChange={setChosen}
      loop
      overlayClassName="fixed inset-0 z-(--z-scrim) bg-scrim"
      contentClassName="fixed top-[15%] left-1/2 z-(--z-palette) w-[min(560px,calc(100vw-32px))] -translate-x-1/2 overflow-hidden rounded-dialog border border-line-2 bg-bg-2 shadow-(--shadow-dialog)"
    >
      <Command.Input
        value={text}
        onValueChange={setText}
        aria-label={words.paletteLabel}
        className="t-14 h-11 w-full border-b border-line-1 bg-bg-2 px-4 text-text-1 outline-none pointer-coarse:text-[max(1rem,16px)]"
      />
      <Command.List className="max-h-[min(400px,60dvh)] overflow-y-auto p-1">
        <Command.Empty className="t-13 px-3 py-4 text-text-2">{words.paletteEmpty(text)}</Command.Empty>
        <Group heading={words.actions} items={shown.actions}>
          {(action) => (
            <Item
              key={action.id}
              value={action.id}
              onSelect={then(action.perform)}
              end={action.keys && <Kbd keys={action.keys} />}
            >
              {action.glyph ? (
                <action.glyph className="size-4 shrink-0 text-text-2" />
              ) : (
                <span className="w-4 shrink-0" />
              )}
              <span className={action.danger ? 'text-danger' : ''}>{action.name}</span>
            </Item>
          )}
        </Group>
        <Group heading={words.workflows} items={shown.workflows}>
          {(workflow) => (
            <Item
              key={workflow.id}
              value={`workflow ${workflow.id}`}
              onSelect={then(
                () =>
                  void router.navigate({
                    to: '/w/$workspace/workflows/$workflow',
                    params: { ...params, workflow: workflow.id },
                  }),
              )}
              end={workflow.type}
            >
              <span className="w-4 shrink-0" />
              <span className="truncate">{workflow.name}</span>
            </Item>
          )}
        </Group>
        <Group heading={words.recentRuns} items={shown.runs}>
          {(run) => (
            <Item
              key={run.id}
              value={`run ${run.id}`}
              onSelect={then(
                () => void router.navigate({ to: '/w/$workspace/runs/$run', params: { ...params, run: run.id } }),
              )}
              end={timeAgo(run.created_at, now)}
            >
              <StatusIcon status={run.status} />
              <span className="truncate">{run.name}</span>
            </Item>
          )}
        </Group>
      </Command.List>
    </Command.Dialog>
  );
}

function useMatching(name: string | null): readonly Action[] {
  const all = useAllActions();
  if (name === null) return [];
  return all.filter(
    (action) => action.id !== 'palette.open' && possible(action) && action.name.toLowerCase().includes(name),
  );
}

function useThings(workspace: Workspace, name: string) {
  const path = { workspace_id: workspace.id };
  const workflows = useQuery({
    queryKey: keys.workflows(workspace.id, { palette: name }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows', {
          params: { path, query: { limit: MOST_THINGS, q: name || undefined } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const runs = useQuery({
    queryKey: keys.runs(workspace.id, { palette: true }),
    queryFn: ({ signal }) =>
      unwrap(api.GET('/workspaces/{workspace_id}/runs', { params: { path, query: { limit: 100 } }, signal })),
  });
  const matching = runs.data?.data.filter((run) => run.name.toLowerCase().includes(name) || run.id.endsWith(name));
  return { workflows: workflows.data?.data ?? [], runs: matching?.slice(0, MOST_THINGS) ?? [] };
}

function Group<T>({
  heading,
  items,
  children,
}: {
  heading: string;
  items: readonly T[];
  children: (item: T) => ReactNode;
}) {
  if (items.length === 0) return null;
  return (
    <Command.Group heading={<span className="t-12 block px-3 pt-2 pb-1 text-text-3">{heading}</span>}>
      {items.map(children)}
    </Command.Group>
  );
}

function Item({
  value,
  onSelect,
  end,
  children,
}: {
  value: string;
  onSelect: () => void;
  end?: ReactNode;
  children: ReactNode;
}) {
  return (
    <Command.Item
      value={value}
      onSelect={onSelect}
      className="t-13 treads flex min-h-(--row-table) cursor-default items-center gap-2 rounded-control px-3 select-none"
    >
      {children}
      {end && <span className="t-12 ml-auto shrink-0 pl-3 text-text-3">{end}</span>}
    </Command.Item>
  );
}
