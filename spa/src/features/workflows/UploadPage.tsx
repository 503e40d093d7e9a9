// Workflows from files: dropped or chosen, looked at, and saved when one says so. The same as `stepmill workflow push`, which says first what it would do.
import { useQueries, useQueryClient } from '@tanstack/react-query';
import { type DragEvent, useRef, useState } from 'react';
import { toProblem } from '@/api/problem';
import { Button } from '@/components/Button';
import { EmptyState } from '@/components/EmptyState';
import { FieldError } from '@/components/Field';
import { PageHeader } from '@/components/PageHeader';
import { TextField } from '@/components/TextField';
import { useActions } from '@/lib/actions';
import { announce } from '@/lib/announce';
import { classes } from '@/lib/classes';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { type Outcome, UploadedFile } from './components/UploadedFile';
import { DESCRIPTION_MOST } from './model/draft';
import { ENDINGS, SOURCE_MOST } from './model/files';
import { words as listWords } from './strings';
import { type Found, push, type UploadFile, uploadQuery } from './upload-api';
import { uploadWords as words } from './upload-strings';

export function UploadPage() {
  const workspace = useWorkspace();
  useTitle({ title: words.title });
  if (mayEdit(workspace)) return <Upload />;
  return (
    <>
      <Header />
      <EmptyState sentence={words.mayNot} />
    </>
  );
}

function Header({ primary }: { primary?: React.ReactNode }) {
  const workspace = useWorkspace();
  const list = { label: listWords.workflows, to: '/w/$workspace/workflows' as const };
  return (
    <PageHeader path={[{ ...list, params: { workspace: workspace.slug } }]} title={words.title} primary={primary} />
  );
}

const keyOf = (file: UploadFile, index: number) => `${file.id} ${index}`;
const targetOf = ({ own_id, name }: Found) => own_id ?? ` ${name}`;

function Upload() {
  const workspace = useWorkspace();
  const { files, refused, take, remove } = useFiles();
  const queries = useQueries({ queries: files.map((file) => uploadQuery(workspace.id, file)) });
  const found = files.flatMap((file, at) =>
    (queries[at]?.data?.found ?? []).flatMap((one, index) => (one ? [{ file, found: one, index }] : [])),
  );
  const saving = usePush(found);
  const targets = found.map((one) => targetOf(one.found));
  const changes = saving.todo.some((one) => one.found.does === 'change');
  return (
    <>
      <Header
        primary={
          <Button
            look="primary"
            keys="Mod+S"
            disabled={saving.todo.length === 0 && !saving.busy}
            busy={saving.busy ? words.saving : false}
            onClick={saving.perform}
          >
            {words.save(saving.todo.length)}
          </Button>
        }
      />
      <div className="flex max-w-[960px] flex-col gap-4 px-(--gutter) py-4">
        <DropZone onFiles={take} />
        {refused.map((sentence) => (
          <FieldError key={sentence}>{sentence}</FieldError>
        ))}
        {changes && (
          <div className="max-w-[640px]">
            <TextField
              id={MESSAGE}
              label={words.message}
              help={words.messageHelp}
              optional
              value={saving.message}
              onChange={saving.explain}
              error={saving.tooLong ? words.messageLong : undefined}
            />
          </div>
        )}
        {files.length > 0 && (
          <section aria-labelledby="upload-files" className="flex flex-col gap-3">
            <h2 id="upload-files" className="t-16">
              {words.files} <span className="t-13 text-text-3">{files.length}</span>
            </h2>
            {files.map((file, at) => {
              const query = queries[at];
              return (
                query && (
                  <UploadedFile
                    key={file.id}
                    file={file}
                    query={query}
                    busy={saving.busy}
                    outcomeOf={(index) => saving.outcomes.get(keyOf(file, index))}
                    isTwice={(one) => targets.filter((target) => target === targetOf(one)).length > 1}
                    onRemove={() => remove(file)}
                    onShare={(index) => saving.share(keyOf(file, index))}
                  />
                )
              );
            })}
          </section>
        )}
      </div>
    </>
  );
}

// ---- the files ----

const newId = () => Math.random().toString(36).slice(2, 10);

function useFiles() {
  const [files, setFiles] = useState<readonly UploadFile[]>([]);
  const [refused, setRefused] = useState<readonly string[]>([]);
  const readAll = async (chosen: readonly File[]) => {
    const read = await Promise.all(
      chosen.map(async (file) => {
        const bytes = await file.arrayBuffer().catch(() => null);
        try {
          const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes ?? new Uint8Array([0xff]));
          if (text.length > SOURCE_MOST) return words.tooLarge(file.name);
          return text.includes('\0') ? words.unreadable(file.name) : { id: newId(), name: file.name, text };
        } catch {
          return words.unreadable(file.name);
        }
      }),
    );
    const fresh = read.filter((one) => typeof one !== 'string');
    setRefused(read.filter((one) => typeof one === 'string'));
    // one that is chosen again is read again
    setFiles((was) => [...was.filter((old) => !fresh.some(({ name }) => name === old.name)), ...fresh]);
  };
  return {
    files,
    refused,
    take: (chosen: readonly File[]) => void readAll(chosen),
    remove: (file: UploadFile) => {
      setFiles((was) => was.filter((one) => one !== file));
      announce(words.removed(file.name));
      document.getElementById(CHOOSE)?.focus();
    },
  };
}

const CHOOSE = 'upload-choose';

function DropZone({ onFiles }: { onFiles: (files: readonly File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const onDrag = (event: DragEvent) => {
    event.preventDefault();
    setOver(event.type === 'dragover');
  };
  return (
    <section
      aria-label={words.input}
      onDragOver={onDrag}
      onDragLeave={onDrag}
      onDrop={(event) => {
        onDrag(event);
        onFiles([...event.dataTransfer.files]);
      }}
      className={classes(
        'flex min-h-32 flex-col items-center justify-center gap-2 rounded-card border border-dashed px-4 py-6 text-center',
        over ? 'border-accent bg-selected' : 'border-line-3 bg-bg-0',
      )}
    >
      <p className="t-13">{over ? words.dropNow : words.dropHere}</p>
      <Button id={CHOOSE} onClick={() => input.current?.click()}>
        {words.choose}
      </Button>
      <p className="t-12 text-text-2">{words.help}</p>
      <input
        ref={input}
        type="file"
        multiple
        accept={ENDINGS.join(',')}
        aria-label={words.input}
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          onFiles([...(event.target.files ?? [])]);
          // the same file may be chosen again
          event.target.value = '';
        }}
      />
    </section>
  );
}

// ---- saving them ----

const MESSAGE = 'upload-message';
type Todo = { file: UploadFile; found: Found; index: number };

function usePush(all: readonly Todo[]) {
  const workspace = useWorkspace();
  const client = useQueryClient();
  const [outcomes, setOutcomes] = useState<ReadonlyMap<string, Outcome>>(new Map());
  const [busy, setBusy] = useState(false);
  const [message, setMessage] = useState('');
  const [tooLong, setTooLong] = useState(false);
  const isDone = ({ file, index }: Todo) => {
    const outcome = outcomes.get(keyOf(file, index));
    return outcome !== undefined && 'pushed' in outcome;
  };
  const todo = all.filter((one) => ['create', 'change'].includes(one.found.does) && !isDone(one));
  /** One after the other: what one of them starts runs of may be another. */
  const send = async (these: readonly Todo[], sharing: boolean) => {
    setBusy(true);
    let saved = 0;
    for (const one of these) {
      let outcome: Outcome;
      try {
        outcome = { pushed: await push(client, workspace.id, { ...one, message: message.trim(), sharing }) };
        saved++;
      } catch (error) {
        outcome = { problem: toProblem(error) };
      }
      const key = keyOf(one.file, one.index);
      setOutcomes((was) => new Map(was).set(key, outcome));
    }
    setBusy(false);
    announce(saved === these.length ? words.allSaved(saved) : words.someSaved(saved, these.length - saved));
  };
  const perform = () => {
    if (busy || todo.length === 0) return;
    const long = [...message.trim()].length > DESCRIPTION_MOST;
    setTooLong(long);
    if (long) document.getElementById(MESSAGE)?.focus();
    else void send(todo, false);
  };
  useActions([
    {
      id: 'upload.save',
      name: words.save(0),
      keys: 'Mod+S',
      group: words.thisPage,
      inFields: true,
      when: () => todo.length > 0,
      perform,
    },
  ]);
  return {
    todo,
    outcomes,
    busy,
    message,
    tooLong,
    explain: (text: string) => {
      setTooLong(false);
      setMessage(text);
    },
    perform,
    share: (key: string) =>
      void send(
        todo.filter((one) => keyOf(one.file, one.index) === key),
        true,
      ),
  };
}
