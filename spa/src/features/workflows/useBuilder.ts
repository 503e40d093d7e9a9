// What can be done to the draft, with what is said of it: add, move, remove with undo, map, accept, save.
import { useRouter } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import { toProblem } from '@/api/problem';
import type { Prompt } from '@/api/types';
import { type FieldIssue, focusField } from '@/components/ErrorSummary';
import { toast } from '@/components/Toast';
import { announce } from '@/lib/announce';
import { useWorkspace } from '@/lib/workspace';
import { useCreateWorkflow } from './api';
import { words } from './builder-strings';
import {
  acceptAll,
  addStep,
  type Draft,
  type Lost,
  mapVariable,
  moveStep,
  removeStep,
  type Source,
  setModel,
  toWorkflow,
} from './model/draft';
import { fieldIds, issuesOf, issuesOfProblem } from './model/issues';
import { useDraft } from './useDraft';

type Refusal = { general?: string; requestId?: string | null; issues: readonly FieldIssue[] };
const NONE: Refusal = { issues: [] };

const newId = () => Math.random().toString(36).slice(2, 10);

/** What a change took away, in one sentence each. */
const lostSentence = (lost: readonly Lost[], moved: string): string =>
  lost
    .map(({ variable, step }) =>
      step.id === moved ? words.lostToOrder(variable) : words.lostOf(step.prompt.name, variable),
    )
    .join(' ');

export function useBuilder() {
  const workspace = useWorkspace();
  const state = useDraft(workspace.id);
  const { draft, change } = state;
  const [selected, setSelected] = useState<string | null>(null);
  const save = useSave(draft, state.clear);

  const edit = (make: (draft: Draft) => Draft, merge?: string) => {
    save.forget();
    change(make, merge);
  };
  const add = (prompt: Prompt) => {
    const id = newId();
    const next = addStep(draft, prompt, id);
    const suggestions = Object.keys(next.steps.at(-1)?.mappings ?? {}).length;
    edit(() => next);
    setSelected(id);
    announce(words.added(prompt.name, next.steps.length, suggestions));
  };
  const move = (id: string, to: number) => {
    const { draft: next, lost } = moveStep(draft, id, to);
    const name = draft.steps.find((step) => step.id === id)?.prompt.name ?? '';
    const focused = document.activeElement;
    edit(() => next);
    // an element that changes its place loses the focus
    requestAnimationFrame(() => focused instanceof HTMLElement && focused.focus());
    announce(`${words.moved(name, to + 1, draft.steps.length)} ${lostSentence(lost, id)}`.trim());
  };
  const remove = (id: string) => {
    const index = draft.steps.findIndex((step) => step.id === id);
    const { draft: next, lost } = removeStep(draft, id);
    const name = draft.steps[index]?.prompt.name ?? '';
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
    add,
    move,
    remove,
    rename: (name: string) => edit((was) => ({ ...was, name }), 'name'),
    describe: (description: string) => edit((was) => ({ ...was, description }), 'description'),
    map: (id: string, variable: string, source: Source | null, typing?: boolean) =>
      edit((was) => mapVariable(was, id, variable, source), typing ? `text ${id} ${variable}` : undefined),
    setModel: (id: string, model: string) => edit((was) => setModel(was, id, model)),
    acceptAll: () => edit(acceptAll),
    save,
  };
}

/** Checks, sends, and leads to the new workflow, or to what is not right. */
function useSave(draft: Draft, clear: () => void) {
  const workspace = useWorkspace();
  const router = useRouter();
  const create = useCreateWorkflow(workspace.id);
  const [refusal, setRefusal] = useState<Refusal>(NONE);
  const summaryBox = useRef<HTMLDivElement>(null);
  const intent = useRef<{ sent: string; key: string } | null>(null);

  const show = (next: Refusal) => {
    setRefusal(next);
    const first = next.issues[0];
    setTimeout(() => (first ? focusField(first.fieldId) : summaryBox.current?.focus()));
  };
  const perform = () => {
    if (create.isPending) return;
    const issues = issuesOf(draft);
    if (issues.length > 0) return show({ issues });
    const workflow = toWorkflow(draft);
    const sent = JSON.stringify(workflow);
    if (intent.current?.sent !== sent) intent.current = { sent, key: idempotencyKey() };
    create.mutate(
      { workflow, key: intent.current.key },
      {
        onSuccess: (made) => {
          clear();
          void router.navigate({
            to: '/w/$workspace/workflows/$workflow',
            params: { workspace: workspace.slug, workflow: made.id },
          });
        },
        onError: (error) => {
          const problem = toProblem(error);
          if (!problem.retryable) intent.current = null;
          const { issues: placed, others } = issuesOfProblem(draft, problem.errors);
          const rest = others.map((one) => `${one.path}: ${one.message}`).join(' ');
          const general =
            placed.length > 0 && rest === '' ? undefined : `${words.notSaved} ${problem.detail} ${rest}`.trim();
          show({ issues: placed, general, requestId: problem.request_id });
        },
      },
    );
  };
  return {
    perform,
    busy: create.isPending,
    refusal,
    summaryBox,
    /** What is being mended is not blamed on. */
    forget: () => setRefusal((was) => (was === NONE ? was : NONE)),
  };
}
