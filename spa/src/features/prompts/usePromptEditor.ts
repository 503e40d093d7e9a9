// Editing a prompt: what was typed is kept on this device with the revision it was typed on, and saved on top of that revision only. When
// somebody else was faster, both texts are shown and nothing is overwritten.
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { api, unwrap } from '@/api/client';
import { toProblem } from '@/api/problem';
import type { Prompt } from '@/api/types';
import { focusField } from '@/components/ErrorSummary';
import { toast } from '@/components/Toast';
import type { ConflictFacts } from '@/features/library/components/Conflict';
import { announce } from '@/lib/announce';
import { NO_REFUSAL, type Refusal, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { promptQuery, useUpdatePrompt } from './api';
import { changesOf, check, editOf, type Kept, type PromptEdit } from './model/edit';
import { words } from './strings';

export const fieldIds = {
  name: 'prompt-name',
  description: 'prompt-description',
  body: 'prompt-body',
  message: 'prompt-message',
} as const;

const LABELS = { name: words.name, description: words.description, body: words.text, message: words.message } as const;
const MESSAGES = {
  name: { empty: words.nameEmpty, long: words.nameLong },
  description: { empty: '', long: words.descriptionLong },
  body: { empty: words.textEmpty, long: '' },
  message: { empty: '', long: words.messageLong },
} as const;
const FIELDS = ['name', 'description', 'body', 'message'] as const;
const PLACES = Object.fromEntries(
  FIELDS.map((field) => [`/${field}`, { fieldId: fieldIds[field], label: LABELS[field] }]),
);

const keyOf = (prompt: Prompt) => `stepmill.draft.prompt.${prompt.id}`;

function readKept(prompt: Prompt): Kept | null {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(keyOf(prompt)) ?? 'null');
    return typeof read === 'object' && read !== null && 'edit' in read ? (read as Kept) : null;
  } catch {
    return null;
  }
}

function keep(prompt: Prompt, kept: Kept | null) {
  try {
    if (kept) localStorage.setItem(keyOf(prompt), JSON.stringify(kept));
    else localStorage.removeItem(keyOf(prompt));
  } catch {
    // it holds until the page is left
  }
}

export type PromptEditor = ReturnType<typeof usePromptEditor>;

export function usePromptEditor(prompt: Prompt) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const update = useUpdatePrompt(workspace.id, prompt.id);
  const [kept, setKept] = useState(() => readKept(prompt));
  const [refusal, setRefusal] = useState<Refusal>(NO_REFUSAL);
  const [conflict, setConflict] = useState<ConflictFacts | null>(null);
  const summaryBox = useRef<HTMLDivElement>(null);
  const conflictBox = useRef<HTMLDivElement>(null);
  const edit = editOf(prompt, kept);
  const changes = changesOf(prompt, edit);

  const store = (next: Kept | null) => {
    setKept(next);
    keep(prompt, next);
  };
  const refuse = (next: Refusal) => {
    setRefusal(next);
    const first = next.issues[0];
    setTimeout(() => (first ? focusField(first.fieldId) : summaryBox.current?.focus()));
  };
  const done = (now: Prompt) => {
    store(null);
    setConflict(null);
    void toast({ text: now.version > prompt.version ? words.saved(now.version) : words.savedFacts });
  };
  /** Who was faster, and what they wrote. */
  const findConflict = async () => {
    const now = await client.fetchQuery({ ...promptQuery(workspace.id, prompt.id), staleTime: 0 });
    const versions = await unwrap(
      api.GET('/workspaces/{workspace_id}/prompts/{prompt_id}/versions', {
        params: { path: { workspace_id: workspace.id, prompt_id: prompt.id }, query: { limit: 1 } },
      }),
    );
    setConflict({
      who: versions.data[0]?.created_by.name ?? null,
      theirs: { version: now.version, text: now.body },
      mine: { version: kept?.version ?? prompt.version, text: edit.body },
    });
    setTimeout(() => conflictBox.current?.focus());
  };
  const send = (revision: number) => {
    if (update.isPending) return;
    const wrong = check(edit);
    const issues = FIELDS.flatMap((field) => {
      const what = wrong[field];
      return what ? [{ fieldId: fieldIds[field], label: LABELS[field], message: MESSAGES[field][what] }] : [];
    });
    if (issues.length > 0) return refuse({ issues });
    if (!changes) {
      store(null);
      return announce(words.nothingChanged);
    }
    update.mutate(
      { revision, changes },
      {
        onSuccess: done,
        onError: (error) => {
          if (toProblem(error).status !== 412) return refuse(refusalOf(error, words.notSaved, PLACES));
          findConflict().catch((failed) => refuse(refusalOf(failed, words.notSaved, PLACES)));
        },
      },
    );
  };
  return {
    edit,
    dirty: changes !== null,
    busy: update.isPending,
    refusal,
    conflict,
    summaryBox,
    conflictBox,
    change: (next: Partial<PromptEdit>) => {
      setRefusal(NO_REFUSAL);
      store({
        revision: kept?.revision ?? prompt.revision,
        version: kept?.version ?? prompt.version,
        edit: { ...kept?.edit, ...next },
      });
    },
    /** On what it was typed on. */
    save: () => send(kept?.revision ?? prompt.revision),
    /** On what is there now, after both were seen. */
    saveOnTop: () => send(prompt.revision),
    discard: () => {
      store(null);
      setConflict(null);
      setRefusal(NO_REFUSAL);
    },
    startOver: () => {
      const before = kept;
      store(null);
      setConflict(null);
      setRefusal(NO_REFUSAL);
      void toast({ text: words.discarded, action: { label: words.undo, perform: () => store(before) } });
    },
  };
}
