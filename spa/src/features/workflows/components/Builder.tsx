// Builds a workflow, new or changed: steps in a row, each variable mapped to a run input, an earlier step or a text. Everything goes by
// keyboard as well.
import { useRouter } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { Button } from '@/components/Button';
import type { RowLink } from '@/components/DataTable';
import { ErrorSummary } from '@/components/ErrorSummary';
import { PageHeader } from '@/components/PageHeader';
import { Tabs } from '@/components/Tabs';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { useKept } from '@/lib/kept';
import { useShellWidth } from '@/lib/phone';
import { useWorkspace } from '@/lib/workspace';
import { words } from '../builder-strings';
import { type Draft, type DraftStep, suggestionsOf } from '../model/draft';
import { fieldIds } from '../model/issues';
import { type Notation, sourceText } from '../model/source';
import { sourceWords } from '../source-strings';
import { type BuilderView, useBuilder } from '../useBuilder';
import { useSource } from '../useSource';
import { AddStep } from './AddStep';
import { RunInputs } from './RunInputs';
import { Steps } from './Steps';
import { Unsettled, WrittenAsCode } from './Unsettled';

// what is edited in is not needed to see the steps: it comes right after them
const editors = () => import('./StepEditor');
const settings = () => import('./Settings');
const StepEditor = lazy(editors);
const Settings = lazy(settings);
const NewPromptDialog = lazy(() =>
  import('@/features/prompts/components/NewPromptDialog').then((all) => ({ default: all.NewPromptDialog })),
);
const SourceView = lazy(() => import('./SourceView'));
const Conflict = lazy(() =>
  import('@/features/library/components/Conflict').then((all) => ({ default: all.Conflict })),
);
const AskDialog = lazy(() => import('@/components/AskDialog').then((all) => ({ default: all.AskDialog })));
const focusOn = (box: HTMLElement | null) => box?.focus();

type BuilderState = ReturnType<typeof useBuilder>;

type BuilderProps = {
  base: Draft;
  /** Of a workflow that somebody else has changed meanwhile: as it is now. */
  onReopen?: () => void;
  view: BuilderView;
  /** The step that the source is opened at. */
  at?: string;
  linkTo: (search: { view?: 'source'; step?: string }) => RowLink;
};

export function Builder({ base, onReopen, view, at, linkTo }: BuilderProps) {
  const router = useRouter();
  const go = (next: BuilderView) => {
    if (next !== view) void router.navigate(linkTo(next === 'source' ? { view: next } : {}));
  };
  const builder = useBuilder(base, go);
  const { draft, save } = builder;
  const [notation, setNotation] = useKept<Notation>('builder.notation', 'yaml');
  const text = view === 'source' ? (draft.source?.text ?? sourceText(draft, notation)) : null;
  const source = useSource(draft, builder.change, text);
  const beside = useShellWidth() === 'desk';
  const [newPrompt, setNewPrompt] = useState<{ name: string; parent?: string } | null>(null);
  useBuilderActions(builder);
  const errors = new Map(save.refusal.issues.map((issue) => [issue.fieldId, issue.message]));
  useEffect(() => {
    void editors();
    void settings();
  }, []);
  const editorOf = (step: DraftStep) => (
    <Suspense>
      <StepEditor
        key={step.id}
        draft={draft}
        step={step}
        errors={errors}
        source={linkTo({ view: 'source', step: step.key })}
        onModel={(model) => builder.setModel(step.id, model)}
        onPrompt={(prompt) => builder.setPrompt(step.id, prompt)}
        onFields={(changed, typed) => builder.setFields(step.id, changed, typed)}
        onRename={(name) => builder.renameStep(step.id, name)}
      />
    </Suspense>
  );
  const suggestions = suggestionsOf(draft);
  // what is changed among the steps would not be in the code
  const coded = draft.rest?.code !== undefined;
  const adding = {
    onAdd: builder.add,
    onNew: (name: string, parent?: string) => setNewPrompt({ name, parent }),
    onKind: builder.addKind,
  };
  const notices = (
    <>
      {save.conflict && (
        <Suspense>
          <Conflict
            key={save.conflict.revision}
            {...save.conflict}
            ref={focusOn}
            busy={save.busy}
            onTakeTheirs={() => {
              builder.giveUp();
              onReopen?.();
            }}
            onSaveMine={save.saveOnTop}
          />
        </Suspense>
      )}
      <ErrorSummary {...save.refusal} onGo={save.goTo} ref={save.summaryBox} />
    </>
  );
  const stepsView = (
    <>
      {coded && !source.unsettled && <WrittenAsCode onGo={() => go('source')} />}
      {source.unsettled && <Unsettled state={source} onGo={() => go('source')} onDrop={builder.dropSource} />}
      <div
        inert={source.unsettled || coded}
        className="grid items-start gap-x-8 gap-y-6 px-(--gutter) py-4 @desk:grid-cols-[minmax(0,1fr)_minmax(300px,380px)]"
      >
        <div className="flex min-w-0 flex-col gap-4">
          {!source.unsettled && notices}
          <NameFields builder={builder} errors={errors} />
          <section aria-labelledby="steps-heading" className="min-w-0">
            <div className="flex min-h-(--control) items-center gap-2">
              <h2 id="steps-heading" className="t-16">
                {words.steps} <span className="t-13 text-text-3">{draft.steps.length}</span>
              </h2>
              {suggestions > 0 && (
                <Button look="quiet" keys="Mod+Enter" className="ml-auto" onClick={builder.acceptAll}>
                  {words.acceptAll(suggestions)}
                </Button>
              )}
            </div>
            {draft.steps.length === 0 && <p className="t-13 py-2 text-text-2">{words.noSteps}</p>}
            {draft.steps.length > 0 && (
              <Steps
                draft={draft}
                selected={builder.selected?.id ?? null}
                errors={errors}
                onSelect={builder.select}
                onMove={builder.move}
                onRemove={builder.remove}
                onMap={builder.map}
                editorOf={beside ? undefined : editorOf}
                addTo={(group) => <AddStep into={group} error={errors.get(fieldIds.addTo(group.id))} {...adding} />}
              />
            )}
            <AddStep error={errors.get(fieldIds.add)} {...adding} />
          </section>
          <Suspense fallback={<div className="h-10" />}>
            <Settings draft={draft} errors={errors} onSettings={builder.setSettings} />
          </Suspense>
        </div>
        <div className="flex min-w-0 flex-col gap-6 @desk:sticky @desk:top-[calc(var(--page-header,0px)+1rem)]">
          {beside && (
            <section aria-label={words.selectedStep}>
              {builder.selected ? (
                <>
                  <h2 className="t-16 mb-2 truncate">{builder.selected.name}</h2>
                  {editorOf(builder.selected)}
                </>
              ) : (
                draft.steps.length > 0 && <p className="t-12 text-text-2">{words.noSelection}</p>
              )}
            </section>
          )}
          <RunInputs draft={draft} />
        </div>
      </div>
    </>
  );
  return (
    <>
      <Header
        draft={draft}
        tabs={
          <Tabs
            label={sourceWords.views}
            current={view}
            tabs={[
              { id: 'steps', label: sourceWords.steps, ...linkTo({}) },
              { id: 'source', label: sourceWords.source, ...linkTo({ view: 'source' }) },
            ]}
          />
        }
        actions={builder.dirty && <StartOver builder={builder} />}
        primary={
          <Button look="primary" keys="Mod+S" busy={save.busy ? words.saving : false} onClick={save.perform}>
            {words.save((draft.saved?.version ?? 0) + 1)}
          </Button>
        }
        note={builder.dirty}
      />
      {text !== null ? (
        <>
          <div className="flex flex-col gap-4 px-(--gutter) pt-4 empty:hidden">
            {notices}
            <WhyItChanges builder={builder} errors={errors} />
          </div>
          <Suspense>
            <SourceView
              name={draft.name}
              text={text}
              notation={draft.source ? 'own' : notation}
              state={source}
              step={at}
              onText={builder.write}
              onNotation={(chosen) => {
                setNotation(chosen);
                builder.dropSource();
              }}
            />
          </Suspense>
        </>
      ) : (
        stepsView
      )}
      {save.unshared.length > 0 && (
        <Suspense>
          <AskDialog
            title={words.shareTitle}
            verb={words.shareAndSave}
            busyVerb={words.saving}
            keep={words.keepPrivate}
            busy={save.busy}
            error={null}
            notDone={words.notSaved}
            harmless
            onPerform={save.shareAndSave}
            onClose={save.keepPrivate}
          >
            <p>{words.alsoShares(save.unshared)}</p>
          </AskDialog>
        </Suspense>
      )}
      {newPrompt !== null && (
        <Suspense>
          <NewPromptDialog
            startName={newPrompt.name}
            onClose={() => setNewPrompt(null)}
            onCreated={(prompt) => {
              setNewPrompt(null);
              builder.add(prompt, newPrompt.parent);
            }}
          />
        </Suspense>
      )}
    </>
  );
}

type HeaderProps = {
  draft: Draft;
  actions?: React.ReactNode;
  primary?: React.ReactNode;
  tabs?: React.ReactNode;
  note?: boolean;
};

function Header({ draft, actions, primary, tabs, note }: HeaderProps) {
  const workspace = useWorkspace();
  return (
    <PageHeader
      path={[{ label: words.workflows, to: '/w/$workspace/workflows', params: { workspace: workspace.slug } }]}
      title={draft.saved ? words.editTitle(draft.name) : words.newWorkflow}
      actions={actions}
      primary={primary}
      tabs={tabs}
      facts={note ? [words.draftKept] : undefined}
    />
  );
}

function StartOver({ builder }: { builder: BuilderState }) {
  const before = builder.draft;
  return (
    <Button
      look="quiet"
      onClick={() => {
        builder.clear();
        void toast({
          text: before.saved ? words.discarded : words.startedOver,
          action: { label: words.undo, perform: () => builder.change(() => before) },
        });
      }}
    >
      {before.saved ? words.discardDraft : words.startOver}
    </Button>
  );
}

type NameFieldsProps = { builder: BuilderState; errors: ReadonlyMap<string, string> };

function NameFields({ builder, errors }: NameFieldsProps) {
  return (
    <div className="flex max-w-[640px] flex-col gap-4">
      <TextField
        id={fieldIds.name}
        label={words.name}
        value={builder.draft.name}
        onChange={builder.rename}
        error={errors.get(fieldIds.name)}
      />
      <TextArea
        id={fieldIds.description}
        label={words.description}
        optional
        rows={2}
        value={builder.draft.description}
        onChange={builder.describe}
        error={errors.get(fieldIds.description)}
      />
      <WhyItChanges builder={builder} errors={errors} />
    </div>
  );
}

/** Asked wherever it can be saved; there from the beginning, so that nothing moves when the first letter is typed. */
function WhyItChanges({ builder, errors }: NameFieldsProps) {
  if (!builder.draft.saved) return null;
  return (
    <div className="max-w-[640px]">
      <TextField
        id={fieldIds.message}
        label={words.message}
        help={words.messageHelp}
        optional
        value={builder.draft.message ?? ''}
        onChange={builder.explain}
        error={errors.get(fieldIds.message)}
      />
    </div>
  );
}

function useBuilderActions(builder: BuilderState) {
  const group = words.thisWorkflow;
  useActions([
    { id: 'workflow.save', name: words.saveName, keys: 'Mod+S', group, inFields: true, perform: builder.save.perform },
    {
      id: 'step.add',
      name: words.addStep,
      keys: 'A',
      group,
      perform: () => document.getElementById(fieldIds.add)?.focus(),
    },
    {
      id: 'mapping.acceptAll',
      name: words.acceptAllName,
      keys: 'Mod+Enter',
      group,
      inFields: true,
      when: () => suggestionsOf(builder.draft) > 0,
      perform: builder.acceptAll,
    },
    { id: 'draft.undo', name: words.undo, keys: 'Mod+Z', group, when: () => builder.canUndo, perform: builder.undo },
    {
      id: 'draft.redo',
      name: words.redo,
      keys: 'Mod+Shift+Z',
      group,
      when: () => builder.canRedo,
      perform: builder.redo,
    },
  ]);
}
