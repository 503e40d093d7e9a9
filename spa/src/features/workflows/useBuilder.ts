// What can be done to the draft, with what is said of it: add, move, remove with undo, map, accept, save.

import { useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { api, idempotencyKey, unwrap } from '@/api/client';
import { toProblem } from '@/api/problem';
import type { Prompt, Workflow, WorkflowDefinition } from '@/api/types';
import { type FieldIssue, focusField } from '@/components/ErrorSummary';
import { toast } from '@/components/Toast';
import type { ConflictFacts } from '@/features/library/components/Conflict';
import { privatePrompts } from '@/features/library/model/sharing';
import { announce } from '@/lib/announce';
import { useWorkspace } from '@/lib/workspace';
import { useCreateWorkflow, useUpdateWorkflow, workflowQuery } from './api';
import { words } from './builder-strings';
import { kindWords } from './kind-strings';
import {
  acceptAll,
  addOther,
  addStep,
  type Draft,
  type DraftPrompt,
  definitionOf,
  type Lost,
  mapVariable,
  moveStep,
  removeStep,
  renameStep,
  type Source,
  setFields,
  setModel,
  setPrompt,
  setSettings,
  toWorkflow,
} from './model/draft';
import { fieldIds, issuesOf, issuesOfProblem } from './model/issues';
import type { Fields, OtherKind } from './model/kinds';
import { listOf, numberOf } from './model/tree';
import { sourceWords } from './source-strings';
import { useDraft } from './useDraft';

export type BuilderView = 'steps' | 'source';

type Refusal = { general?: string; requestId?: string | null; issues: readonly FieldIssue[] };
const NONE: Refusal = { issues: [] };

/** A step's fields are drawn when it is selected, and loaded the first time. */
function focusWhenThere(fieldId: string, tries = 100) {
  setTimeout(() => {
    if (tries > 0 && !document.getElementById(fieldId)) focusWhenThere(fieldId, tries - 1);
    else focusField(fieldId);
  }, 16);
}

const newId = () => Math.random().toString(36).slice(2, 10);

/** What a change took away, in one sentence each. */
const lostSentence = (lost: readonly Lost[], moved: string): string =>
  lost
    .map(({ variable, step, named }) =>
      named
        ? words.lostName(step.name, variable)
        : step.id === moved
          ? words.lostToOrder(variable)
          : words.lostOf(step.name, variable),
    )
    .join(' ');

/** `base`: an empty draft, or that of the workflow that is changed; `onView`: shows the text, or the steps, since something there is not right. */
export function useBuilder(base: Draft, onView: (view: BuilderView) => void) {
  const workspace = useWorkspace();
  const state = useDraft(workspace.id, base.saved?.id ?? null, base);
  const { draft, change } = state;
  const [selected, setSelected] = useState<string | null>(null);
  const save = useSave(draft, state.clear, state.change, setSelected, onView);

  /** What is changed here is not what the text said any more. */
  const edit = (make: (draft: Draft) => Draft, merge?: string) => {
    save.forget();
    change((was) => {
      const next = make(was);
      return next === was ? was : { ...next, source: undefined };
    }, merge);
  };
  const numberIn = (next: Draft, id: string) => {
    const step = next.steps.find((one) => one.id === id);
    return step ? numberOf(next.steps, step) : '';
  };
  const add = (prompt: Prompt, parent?: string) => {
    const id = newId();
    const next = addStep(draft, prompt, id, parent);
    const suggestions = Object.keys(next.steps.find((step) => step.id === id)?.mappings ?? {}).length;
    edit(() => next);
    setSelected(id);
    announce(words.added(prompt.name, numberIn(next, id), suggestions));
  };
  const addKind = (kind: OtherKind, parent?: string) => {
    const id = newId();
    const next = addOther(draft, kind, kindWords.names[kind], id, parent);
    edit(() => next);
    setSelected(id);
    announce(words.added(kindWords.names[kind], numberIn(next, id), 0));
  };
  /** `parent`: the group it goes to (or out of all groups), when that is another. */
  const move = (id: string, to: number, parent?: { group: string | undefined }) => {
    const { draft: next, lost } = moveStep(draft, id, to, parent);
    const step = draft.steps.find((one) => one.id === id);
    if (!step || next === draft) return;
    const nameOf = (group: string | undefined) => draft.steps.find((one) => one.id === group)?.name;
    const [from, into] = [nameOf(step.parent), nameOf(parent?.group)];
    const said =
      !parent || parent.group === step.parent
        ? words.moved(step.name, to + 1, listOf(draft.steps, step.parent).length)
        : into
          ? words.movedInto(step.name, into)
          : words.movedOut(step.name, from ?? '');
    const focused = document.activeElement;
    const again = focused?.id || (focused?.matches('[data-grip]') ? `[data-step-card="${id}"] [data-grip]` : '');
    edit(() => next);
    // an element that changes its place loses the focus; in another list it is drawn anew
    requestAnimationFrame(() => {
      if (focused instanceof HTMLElement && focused.isConnected) return focused.focus();
      const place = again.startsWith('[') ? document.querySelector(again) : document.getElementById(again);
      (place instanceof HTMLElement ? place : document.getElementById(fieldIds.step(id)))?.focus();
    });
    announce(`${said} ${lostSentence(lost, id)}`.trim());
  };
  const remove = (id: string) => {
    const index = draft.steps.findIndex((step) => step.id === id);
    const { draft: next, lost } = removeStep(draft, id);
    const name = draft.steps[index]?.name ?? '';
    edit(() => next);
    const after = next.steps[index] ?? next.steps.at(-1);
    setSelected(after?.id ?? null);
    const grip = after ? `[data-step-card="${after.id}"] [data-grip]` : `#${fieldIds.add}`;
    requestAnimationFrame(() => document.querySelector<HTMLElement>(grip)?.focus());
    void toast({
      text: `${words.removed(name)} ${lostSentence(lost, id)}`.trim(),
      // as it was, with what has been done since left alone where it can be
      action: { label: words.undo, perform: () => change(() => draft) },
    });
  };
  return {
    ...state,
    selected: draft.steps.find((step) => step.id === selected) ?? null,
    select: setSelected,
    /** Nothing of it is kept, and nothing can be undone. */
    giveUp: () => {
      state.clear();
      save.settle();
    },
    add,
    addKind,
    move,
    remove,
    rename: (name: string) => edit((was) => ({ ...was, name }), 'name'),
    describe: (description: string) => edit((was) => ({ ...was, description }), 'description'),
    map: (id: string, variable: string, source: Source | null, typing?: boolean) =>
      edit((was) => mapVariable(was, id, variable, source), typing ? `text ${id} ${variable}` : undefined),
    setModel: (id: string, model: string) => edit((was) => setModel(was, id, model)),
    /** `typed`: where; what is typed there in a row is one for undo. */
    setFields: (id: string, changed: Fields, typed?: string) =>
      edit((was) => setFields(was, id, changed), typed && `field ${id} ${typed}`),
    setSettings: (changed: Fields, typed?: string) =>
      edit((was) => setSettings(was, changed), typed && `setting ${typed}`),
    renameStep: (id: string, name: string) => edit((was) => renameStep(was, id, name), `rename ${id}`),
    setPrompt: (id: string, prompt: DraftPrompt) => edit((was) => setPrompt(was, id, prompt)),
    // why it changes is none of what it says
    explain: (message: string) => change((was) => ({ ...was, message }), 'message'),
    write: (text: string) => {
      save.forget();
      change((was) => ({ ...was, source: { text, settled: false } }), 'source');
    },
    dropSource: () => edit((was) => ({ ...was, source: undefined })),
    acceptAll: () => edit(acceptAll),
    save,
  };
}

/** What two people made of one workflow. */
export type BuilderConflict = ConflictFacts & { revision: number };

/** Checks, sends, and leads to the workflow, or to what is not right. */
function useSave(
  draft: Draft,
  clear: () => void,
  change: (make: (draft: Draft) => Draft) => void,
  select: (id: string) => void,
  onView: (view: BuilderView) => void,
) {
  const workspace = useWorkspace();
  const router = useRouter();
  const client = useQueryClient();
  const create = useCreateWorkflow(workspace.id);
  const update = useUpdateWorkflow(workspace.id);
  const [refusal, setRefusal] = useState<Refusal>(NONE);
  const [conflict, setConflict] = useState<BuilderConflict | null>(null);
  /** Prompts that would have to be shared with it. */
  const [unshared, setUnshared] = useState<readonly string[]>([]);
  const summaryBox = useRef<HTMLDivElement>(null);
  const intent = useRef<{ sent: string; key: string } | null>(null);
  const { saved } = draft;

  /** The fields of a step are there only while it is selected. */
  const goTo = (fieldId: string) => {
    const step = draft.steps.find(
      ({ id }) => fieldId === fieldIds.step(id) || fieldId.startsWith(`${fieldIds.step(id)}-`),
    );
    if (step) select(step.id);
    // why it changes is asked beside the text as well
    if (fieldId !== fieldIds.message) onView('steps');
    focusWhenThere(fieldId);
  };
  const show = (next: Refusal) => {
    setRefusal(next);
    const first = next.issues[0];
    if (first) goTo(first.fieldId);
    else setTimeout(() => summaryBox.current?.focus());
  };
  const done = (made: Workflow) => {
    clear();
    setUnshared([]);
    setConflict(null);
    void router.navigate({
      to: '/w/$workspace/workflows/$workflow',
      params: { workspace: workspace.slug, workflow: made.id },
    });
  };
  const refused = (error: unknown) => {
    const problem = toProblem(error);
    if (!problem.retryable) intent.current = null;
    const prompts = privatePrompts(problem);
    setUnshared(prompts);
    if (prompts.length > 0) return;
    if (saved && problem.status === 412) {
      findConflict(saved.id, saved.version).catch(refused);
      return;
    }
    const { issues: placed, others } = issuesOfProblem(draft, problem.errors);
    const rest = others.map((one) => `${one.path}: ${one.message}`).join(' ');
    const general = placed.length > 0 && rest === '' ? undefined : `${words.notSaved} ${problem.detail} ${rest}`.trim();
    show({ issues: placed, general, requestId: problem.request_id });
  };
  /** Who was faster, and what they made of it. */
  const findConflict = async (id: string, mine: number) => {
    const now = await client.fetchQuery({ ...workflowQuery(workspace.id, id), staleTime: 0 });
    const versions = await unwrap(
      api.GET('/workspaces/{workspace_id}/workflows/{workflow_id}/versions', {
        params: { path: { workspace_id: workspace.id, workflow_id: id }, query: { limit: 1 } },
      }),
    );
    const told = (definition: WorkflowDefinition) => JSON.stringify(definition.steps, null, 2);
    setConflict({
      revision: now.revision,
      who: versions.data[0]?.created_by.name ?? null,
      theirs: { version: now.version, text: told(now.definition) },
      mine: { version: mine, text: told(definitionOf(draft)) },
    });
  };
  const send = ({ sharePrompts = false, revision = saved?.revision ?? 0 } = {}) => {
    if (create.isPending || update.isPending) return;
    if (draft.source && !draft.source.settled) {
      onView('source');
      return show({ issues: [], general: sourceWords.notSaved });
    }
    const issues = issuesOf(draft);
    if (issues.length > 0) return show({ issues });
    const sharing = sharePrompts ? { share_prompts: true } : {};
    const { name, description, definition: made, visibility } = toWorkflow(draft);
    // as it was written, with its remarks, where that is what it says
    const said = draft.source ? { source: draft.source.text } : { definition: made };
    if (saved) {
      const message = draft.message?.trim();
      const changes = { name, description, ...said, ...(message ? { message } : {}), ...sharing };
      update.mutate({ workflowId: saved.id, revision, changes }, { onSuccess: done, onError: refused });
      return;
    }
    const workflow = { name, description, visibility, ...said, ...sharing };
    const sent = JSON.stringify(workflow);
    if (intent.current?.sent !== sent) intent.current = { sent, key: idempotencyKey() };
    create.mutate({ workflow, key: intent.current.key }, { onSuccess: done, onError: refused });
  };
  return {
    settle: () => setConflict(null),
    perform: () => send(),
    busy: create.isPending || update.isPending,
    refusal,
    goTo,
    conflict,
    unshared,
    summaryBox,
    shareAndSave: () => send({ sharePrompts: true }),
    keepPrivate: () => setUnshared([]),
    /** After both were seen: on what is there now. */
    saveOnTop: () => {
      if (!conflict || !saved) return;
      const { revision } = conflict;
      change((was) => (was.saved ? { ...was, saved: { ...was.saved, revision } } : was));
      send({ revision });
    },
    /** What is being mended is not blamed on. */
    forget: () => setRefusal((was) => (was === NONE ? was : NONE)),
  };
}
