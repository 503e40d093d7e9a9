// One prompt: its text, edited and saved as the next version; its versions; who sees it. What was typed is kept on this device until it is saved.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import type { Prompt } from '@/api/types';
import { Button } from '@/components/Button';
import { ErrorSummary } from '@/components/ErrorSummary';
import { TimeAgo } from '@/components/Money';
import { FieldOutlines } from '@/components/NotLoaded';
import { PageHeader } from '@/components/PageHeader';
import { Tabs } from '@/components/Tabs';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { ThingNotYet } from '@/components/ThingNotYet';
import { toast } from '@/components/Toast';
import { Conflict } from '@/features/library/components/Conflict';
import { ThingMenu } from '@/features/library/components/ThingMenu';
import { Versions } from '@/features/library/components/Versions';
import { mayChange } from '@/features/library/model/thing';
import { words as shared } from '@/features/library/strings';
import { useActions } from '@/lib/actions';
import { errorAt } from '@/lib/refusal';
import { useTitle } from '@/lib/title';
import { useWorkspace } from '@/lib/workspace';
import { promptQuery } from './api';
import { variablesOf } from './model/variables';
import { words } from './strings';
import { fieldIds, type PromptEditor, usePromptEditor } from './usePromptEditor';

const route = getRouteApi('/w/$workspace/prompts/$prompt');
const shell = getRouteApi('/w/$workspace');

export function PromptPage() {
  const workspace = useWorkspace();
  const { prompt: id } = route.useParams();
  const query = useQuery(promptQuery(workspace.id, id));
  useTitle({ title: query.data?.name ?? words.prompt });
  // keyed: nothing that was typed into one is left in another
  if (query.data) return <OnePrompt key={query.data.id} prompt={query.data} />;
  return (
    <ThingNotYet
      query={query}
      list={{ label: words.prompts, to: '/w/$workspace/prompts', params: { workspace: workspace.slug } }}
      title={words.prompt}
      what={words.readFailed}
      sentence={words.reading}
    >
      <FieldOutlines fields={2} />
    </ThingNotYet>
  );
}

function OnePrompt({ prompt }: { prompt: Prompt }) {
  const workspace = useWorkspace();
  const { session } = shell.useRouteContext();
  const { view, version } = route.useSearch();
  const may = mayChange(prompt, session.user.id, workspace.role);
  const editor = usePromptEditor(prompt);
  const here = {
    to: '/w/$workspace/prompts/$prompt' as const,
    params: { workspace: workspace.slug, prompt: prompt.id },
  };
  useActions([
    {
      id: 'prompt.save',
      name: words.saveFacts,
      keys: 'Mod+S',
      group: words.thisPrompt,
      inFields: true,
      when: () => may,
      perform: editor.save,
    },
  ]);
  const save = may && view !== 'versions' && (
    <Button look="primary" keys="Mod+S" busy={editor.busy ? words.saving : false} onClick={editor.save}>
      {editor.edit.body === prompt.body ? words.saveFacts : words.save(prompt.version + 1)}
    </Button>
  );
  return (
    <>
      <PageHeader
        path={[{ label: words.prompts, to: '/w/$workspace/prompts', params: { workspace: workspace.slug } }]}
        title={prompt.name}
        actions={<ThingMenu thing={{ noun: 'prompt', ...prompt }} group={words.thisPrompt} />}
        primary={save}
        facts={[
          words.version(prompt.version),
          shared.badge(prompt.visibility),
          prompt.cloned_from && words.clonedFrom,
          words.byPerson(prompt.created_by.name),
          <span key="at">
            {words.edited.toLowerCase()} <TimeAgo at={prompt.updated_at} />
          </span>,
          editor.dirty && words.draftKept,
        ]}
        tabs={
          <Tabs
            label={words.views}
            current={view ?? 'edit'}
            tabs={[
              { id: 'edit', label: words.edit, ...here, search: {} },
              { id: 'versions', label: words.versions, ...here, search: { view: 'versions' } },
            ]}
          />
        }
      />
      {view === 'versions' ? (
        <Versions
          thing={{ noun: 'prompt', id: prompt.id }}
          current={prompt.version}
          shown={version}
          linkTo={(chosen) => ({ ...here, search: { view: 'versions', version: chosen } })}
          deedOf={(chosen, text) =>
            may && text !== prompt.body && <TakeText editor={editor} version={chosen} text={text} here={here} />
          }
        />
      ) : (
        <EditForm prompt={prompt} editor={editor} may={may} />
      )}
    </>
  );
}

type TakeTextProps = {
  editor: PromptEditor;
  version: number;
  text: string;
  here: { to: '/w/$workspace/prompts/$prompt'; params: { workspace: string; prompt: string } };
};

/** An older text goes into the editor; only saving makes it current. */
function TakeText({ editor, version, text, here }: TakeTextProps) {
  const router = useRouter();
  const take = () => {
    editor.change({ body: text });
    void router.navigate({ ...here, search: {} });
    void toast({ text: words.taken(version) });
  };
  return (
    <div>
      <Button onClick={take}>{words.useText}</Button>
    </div>
  );
}

function EditForm({ prompt, editor, may }: { prompt: Prompt; editor: PromptEditor; may: boolean }) {
  const { edit, refusal, conflict } = editor;
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        editor.save();
      }}
      className="flex max-w-[960px] flex-col gap-4 px-(--gutter) py-4"
    >
      {conflict && (
        <Conflict
          {...conflict}
          ref={editor.conflictBox}
          busy={editor.busy}
          onTakeTheirs={editor.discard}
          onSaveMine={editor.saveOnTop}
        />
      )}
      <ErrorSummary issues={[]} general={refusal.general} requestId={refusal.requestId} ref={editor.summaryBox} />
      {!may && <p className="t-13 text-text-2">{words.mayNotChange}</p>}
      <TextField
        id={fieldIds.name}
        label={words.name}
        value={edit.name}
        onChange={(name) => editor.change({ name })}
        error={errorAt(refusal, fieldIds.name)}
        readOnly={!may}
        maxLength={200}
      />
      <TextField
        id={fieldIds.description}
        label={words.description}
        optional
        value={edit.description}
        onChange={(description) => editor.change({ description })}
        error={errorAt(refusal, fieldIds.description)}
        readOnly={!may}
        maxLength={1000}
      />
      <TextArea
        id={fieldIds.body}
        label={words.text}
        help={words.textHelp}
        value={edit.body}
        onChange={(body) => editor.change({ body })}
        error={errorAt(refusal, fieldIds.body)}
        readOnly={!may}
        rows={12}
        mono
        foot={words.variables(variablesOf(edit.body))}
      />
      {may && edit.body !== prompt.body && (
        <TextField
          id={fieldIds.message}
          label={words.message}
          help={words.messageHelp}
          optional
          value={edit.message}
          onChange={(message) => editor.change({ message })}
          error={errorAt(refusal, fieldIds.message)}
          maxLength={1000}
        />
      )}
      {may && editor.dirty && (
        <div>
          <Button look="quiet" onClick={editor.startOver}>
            {words.discardDraft}
          </Button>
        </div>
      )}
    </form>
  );
}
