// Search and act: a combobox over the actions of this page and everywhere, then workflows and runs by name. Loaded when first opened.
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type KeyboardEvent, type ReactNode, useDeferredValue, useEffect, useId, useRef, useState } from 'react';
import { api, keys, unwrap } from '@/api/client';
import type { Workspace } from '@/api/types';
import { Kbd } from '@/components/Kbd';
import { StatusIcon } from '@/components/StatusIcon';
import { possible, useAllActions } from '@/lib/actions';
import { classes } from '@/lib/classes';
import { useNow } from '@/lib/clock';
import { timeAgo } from '@/lib/format';
import { useModal } from '@/lib/modal';
import { type PaletteEntry, paletteGroups, paletteQuery } from '@/lib/palette';
import { words } from '../strings';

const HEADINGS = { action: words.actions, workflow: words.workflows, run: words.runs } as const;

export default function Palette({ workspace, onClose }: { workspace: Workspace; onClose: () => void }) {
  const [text, setText] = useState('');
  const [moved, setMoved] = useState<string | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const listId = useId();
  const query = paletteQuery(useDeferredValue(text));
  const { workflows, runs } = useThings(workspace, query.name);
  const actions = useAllActions().filter((action) => action.id !== 'palette.open' && possible(action));
  const groups = paletteGroups(query, actions, workflows, runs);
  const entries = groups.flatMap((group) => group.entries);
  // what is found arrives later than what is typed: one entry is always chosen, the first unless moved
  const chosen = entries.find((entry) => entry.id === moved) ?? entries[0];
  const perform = usePerform(workspace, onClose);

  useModal(dialog);
  useEffect(() => {
    if (chosen) list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  const onKeyDown = (event: KeyboardEvent) => {
    const at = chosen ? entries.indexOf(chosen) : -1;
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: entries.length - 1 }[event.key];
    if (to !== undefined && entries.length > 0 && (event.key.startsWith('Arrow') || text === '')) {
      event.preventDefault();
      setMoved(entries[(to + entries.length) % entries.length]?.id ?? null);
    } else if (event.key === 'Enter' && chosen && !event.nativeEvent.isComposing) {
      event.preventDefault();
      perform(chosen, event.metaKey || event.ctrlKey);
    }
  };

  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc is the key for it, handled by the dialog itself
    <dialog
      ref={dialog}
      aria-label={words.paletteLabel}
      className="dialog palette"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <input
        role="combobox"
        aria-label={words.paletteLabel}
        aria-expanded="true"
        aria-controls={listId}
        aria-activedescendant={chosen && `${listId}-${chosen.id}`}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        placeholder={words.paletteLabel}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setMoved(null);
        }}
        onKeyDown={onKeyDown}
        className="t-14 h-11 w-full border-b border-line-1 bg-bg-2 px-4 text-text-1 outline-none placeholder:text-text-3 pointer-coarse:text-[max(1rem,16px)]"
      />
      <div
        ref={list}
        id={listId}
        role="listbox"
        aria-label={words.paletteLabel}
        className="max-h-[min(400px,60dvh)] overflow-y-auto p-1"
      >
        {entries.length === 0 && <p className="t-13 px-3 py-4 text-text-2">{words.paletteEmpty(text)}</p>}
        {groups.map((group) => (
          <div key={group.kind} role="group" aria-label={HEADINGS[group.kind]}>
            <div aria-hidden="true" className="t-12 px-3 pt-2 pb-1 text-text-3">
              {HEADINGS[group.kind]}
            </div>
            {group.entries.map((entry) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the field has the focus and the keys
              <div
                key={entry.id}
                id={`${listId}-${entry.id}`}
                role="option"
                aria-selected={entry === chosen}
                onClick={(event) => perform(entry, event.metaKey || event.ctrlKey)}
                onPointerMove={() => setMoved(entry.id)}
                className={classes(
                  't-13 flex min-h-(--row-table) cursor-default items-center gap-2 px-3 select-none',
                  entry === chosen && 'tread',
                )}
              >
                <Entry entry={entry} />
              </div>
            ))}
          </div>
        ))}
      </div>
    </dialog>
  );
}

function usePerform(workspace: Workspace, onClose: () => void) {
  const router = useRouter();
  return (entry: PaletteEntry, newTab: boolean) => {
    onClose();
    if (entry.kind === 'action') {
      // after the dialog has given the focus back
      setTimeout(entry.action.perform);
      return;
    }
    const link =
      entry.kind === 'workflow'
        ? ({
            to: '/w/$workspace/workflows/$workflow',
            params: { workspace: workspace.slug, workflow: entry.workflow.id },
          } as const)
        : ({ to: '/w/$workspace/runs/$run', params: { workspace: workspace.slug, run: entry.run.id } } as const);
    if (newTab) window.open(router.buildLocation(link).href, '_blank', 'noopener');
    else void router.navigate(link);
  };
}

function useThings(workspace: Workspace, name: string) {
  const path = { workspace_id: workspace.id };
  const workflows = useQuery({
    queryKey: keys.workflows(workspace.id, { palette: name }),
    queryFn: ({ signal }) =>
      unwrap(
        api.GET('/workspaces/{workspace_id}/workflows', {
          params: { path, query: { limit: 8, q: name || undefined } },
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
  return { workflows: workflows.data?.data ?? [], runs: runs.data?.data ?? [] };
}

function Entry({ entry }: { entry: PaletteEntry }): ReactNode {
  const now = useNow(entry.kind === 'run');
  const end = 't-12 ml-auto shrink-0 pl-3 text-text-3';
  switch (entry.kind) {
    case 'action': {
      const Glyph = entry.action.glyph;
      return (
        <>
          {Glyph ? <Glyph className="size-4 shrink-0 text-text-2" /> : <span className="w-4 shrink-0" />}
          <span className={entry.action.danger ? 'text-danger' : ''}>{entry.action.name}</span>
          {entry.action.keys && (
            <span className={end}>
              <Kbd keys={entry.action.keys} />
            </span>
          )}
        </>
      );
    }
    case 'workflow':
      return (
        <>
          <span className="w-4 shrink-0" />
          <span className="truncate">{entry.workflow.name}</span>
          <span className={end}>{entry.workflow.type}</span>
        </>
      );
    case 'run':
      return (
        <>
          <StatusIcon status={entry.run.status} />
          <span className="truncate">{entry.run.name}</span>
          <span className={end}>{timeAgo(entry.run.created_at, now)}</span>
        </>
      );
  }
}
