// The draft with its past and future; kept on this device until it is saved, so that nothing typed is lost.
import { useCallback, useEffect, useState } from 'react';
import { type Draft, isDraft } from './model/draft';

type History = { past: readonly Draft[]; present: Draft; future: readonly Draft[]; merged: string | null };

const MOST = 100;

function readKept(key: string, base: Draft): Draft {
  try {
    const text = localStorage.getItem(key);
    const read: unknown = text === null ? null : JSON.parse(text);
    if (isDraft(read)) return read;
  } catch {
    // storage is off or holds something old: begin anew
  }
  return base;
}

function keep(key: string, draft: Draft | null) {
  try {
    if (draft) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
  } catch {
    // it holds until the page is left
  }
}

export type DraftState = {
  draft: Draft;
  /** `merge`: changes in a row with the same word are one for undo (typing). */
  change: (make: (draft: Draft) => Draft, merge?: string) => void;
  undo: () => void;
  redo: () => void;
  canUndo: boolean;
  canRedo: boolean;
  /** It has been saved, or is started over: nothing is kept. */
  clear: () => void;
  /** Something differs from where it began. */
  dirty: boolean;
};

/** `of`: the workflow that is changed; `base`: where the draft begins, and goes back to. */
export function useDraft(workspaceId: string, of: string | null, base: Draft): DraftState {
  const key = `stepmill.draft.workflow.${workspaceId}${of ? `.${of}` : ''}`;
  const [history, setHistory] = useState<History>(() => ({
    past: [],
    present: readKept(key, base),
    future: [],
    merged: null,
  }));
  const { present } = history;
  useEffect(() => {
    keep(key, present === base ? null : present);
  }, [key, present, base]);
  const change = useCallback<DraftState['change']>((make, merge) => {
    setHistory((was) => {
      const next = make(was.present);
      if (next === was.present) return was;
      const past = merge && merge === was.merged ? was.past : [...was.past.slice(-MOST), was.present];
      return { past, present: next, future: [], merged: merge ?? null };
    });
  }, []);
  const undo = useCallback(() => {
    setHistory((was) => {
      const before = was.past.at(-1);
      if (!before) return was;
      return { past: was.past.slice(0, -1), present: before, future: [was.present, ...was.future], merged: null };
    });
  }, []);
  const redo = useCallback(() => {
    setHistory((was) => {
      const [next, ...future] = was.future;
      return next ? { past: [...was.past, was.present], present: next, future, merged: null } : was;
    });
  }, []);
  const clear = useCallback(() => {
    change(() => base);
    // at once: what shows it may be gone before an effect comes
    keep(key, null);
  }, [change, base, key]);
  return {
    draft: present,
    change,
    undo,
    redo,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    clear,
    dirty: present !== base,
  };
}
