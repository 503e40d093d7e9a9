// Builds a chain: prompts in a row, each variable mapped to a run input, an earlier step or a text. Everything goes by keyboard as well.
import { useState } from 'react';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { ErrorSummary } from '@/components/ErrorSummary';
import { PageHeader } from '@/components/PageHeader';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { toast } from '@/components/Toast';
import { NewPromptDialog } from '@/features/prompts/components/NewPromptDialog';
import { useActions } from '@/lib/actions';
import { useShellWidth } from '@/lib/phone';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { words } from './builder-strings';
import { AddStep } from './components/AddStep';
import { RunInputs } from './components/RunInputs';
import { StepEditor } from './components/StepEditor';
import { Steps } from './components/Steps';
import { type DraftStep, emptyDraft, suggestionsOf } from './model/draft';
import { fieldIds } from './model/issues';
import { useBuilder } from './useBuilder';

type Builder = ReturnType<typeof useBuilder>;

export function NewWorkflowPage() {
  const workspace = useWorkspace();
  useTitle({ title: words.newWorkflow });
  return mayEdit(workspace) ? <Building /> : <NotForViewers />;
}

function NotForViewers() {
  return (
    <>
      <Header />
      <EmptyState sentence={words.mayNot} />
    </>
  );
}

function Building() {
  const builder = useBuilder();
  const { draft, save } = builder;
  const beside = useShellWidth() === 'desk';
  const [newPrompt, setNewPrompt] = useState<string | null>(null);
  useBuilderActions(builder);
  const errors = new Map(save.refusal.issues.map((issue) => [issue.fieldId, issue.message]));
  const editorOf = (step: DraftStep) => (
    <StepEditor draft={draft} step={step} onModel={(model) => builder.setModel(step.id, model)} />
  );
  const suggestions = suggestionsOf(draft);
  return (
    <>
      <Header
        actions={draft !== emptyDraft && <StartOver builder={builder} />}
        primary={
          <Button look="primary" keys="Mod+S" busy={save.busy ? words.saving : false} onClick={save.perform}>
            {words.save}
          </Button>
        }
        note={draft !== emptyDraft}
      />
      <div className="grid items-start gap-x-8 gap-y-6 px-(--gutter) py-4 @desk:grid-cols-[minmax(0,1fr)_minmax(300px,380px)]">
        <div className="flex min-w-0 flex-col gap-4">
          <ErrorSummary {...save.refusal} ref={save.summaryBox} />
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
              />
            )}
            <AddStep error={errors.get(fieldIds.add)} onAdd={builder.add} onNew={setNewPrompt} />
          </section>
        </div>
        <div className="flex min-w-0 flex-col gap-6 @desk:sticky @desk:top-[calc(var(--page-header,0px)+1rem)]">
          {beside && (
            <section aria-label={words.selectedStep}>
              {builder.selected ? (
                <>
                  <h2 className="t-16 mb-2 truncate">{builder.selected.prompt.name}</h2>
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
      {newPrompt !== null && (
        <NewPromptDialog
          startName={newPrompt}
          onClose={() => setNewPrompt(null)}
          onCreated={(prompt) => {
            setNewPrompt(null);
            builder.add(prompt);
          }}
        />
      )}
    </>
  );
}

type HeaderProps = { actions?: React.ReactNode; primary?: React.ReactNode; note?: boolean };

function Header({ actions, primary, note }: HeaderProps) {
  const workspace = useWorkspace();
  return (
    <PageHeader
      path={[{ label: words.workflows, to: '/w/$workspace/workflows', params: { workspace: workspace.slug } }]}
      title={words.newWorkflow}
      actions={actions}
      primary={primary}
      facts={note ? [words.draftKept] : undefined}
    />
  );
}

function StartOver({ builder }: { builder: Builder }) {
  const before = builder.draft;
  return (
    <Button
      look="quiet"
      onClick={() => {
        builder.clear();
        void toast({
          text: words.startedOver,
          action: { label: words.undo, perform: () => builder.change(() => before) },
        });
      }}
    >
      {words.startOver}
    </Button>
  );
}

function NameFields({ builder, errors }: { builder: Builder; errors: ReadonlyMap<string, string> }) {
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
    </div>
  );
}

function useBuilderActions(builder: Builder) {
  const group = words.thisWorkflow;
  useActions([
    { id: 'workflow.save', name: words.save, keys: 'Mod+S', group, inFields: true, perform: builder.save.perform },
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
