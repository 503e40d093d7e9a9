// A new prompt without leaving what one is building: name, text, and the variables found in it.
import { type FormEvent, useId, useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import { toProblem } from '@/api/problem';
import type { Prompt } from '@/api/types';
import { Button } from '@/components/Button';
import { Dialog } from '@/components/Dialog';
import { ErrorSummary, focusField } from '@/components/ErrorSummary';
import { TextArea } from '@/components/TextArea';
import { TextField } from '@/components/TextField';
import { useWorkspace } from '@/lib/workspace';
import { useCreatePrompt } from '../api';
import { variablesOf } from '../model/variables';
import { words } from '../strings';

type Errors = { name?: string; body?: string; general?: string; requestId?: string | null };

function missing(name: string, body: string): Errors {
  const errors: Errors = {};
  if (name.trim() === '') errors.name = words.nameEmpty;
  else if ([...name.trim()].length > 100) errors.name = words.nameLong;
  if (body.trim() === '') errors.body = words.textEmpty;
  return errors;
}

export type NewPromptDialogProps = {
  /** What was typed where the prompt was looked for. */
  startName: string;
  onCreated: (prompt: Prompt) => void;
  onClose: () => void;
};

export function NewPromptDialog({ startName, onCreated, onClose }: NewPromptDialogProps) {
  const workspace = useWorkspace();
  const create = useCreatePrompt(workspace.id);
  const [name, setName] = useState(startName);
  const [body, setBody] = useState('');
  const [errors, setErrors] = useState<Errors>({});
  const [leaving, setLeaving] = useState(false);
  const intent = useRef<{ sent: string; key: string } | null>(null);
  const form = useId();
  const ids = { name: `${form}-name`, body: `${form}-body` };

  const show = (found: Errors) => {
    setErrors(found);
    setTimeout(() => focusField(found.name ? ids.name : ids.body));
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (create.isPending) return;
    const found = missing(name, body);
    if (found.name || found.body) return show(found);
    const prompt = { name: name.trim(), body };
    const sent = JSON.stringify(prompt);
    if (intent.current?.sent !== sent) intent.current = { sent, key: idempotencyKey() };
    create.mutate(
      { prompt, key: intent.current.key },
      {
        onSuccess: onCreated,
        onError: (error) => {
          const problem = toProblem(error);
          const at = (path: string) => problem.errors.find((one) => one.path === path)?.message;
          const byField = { name: at('/name'), body: at('/body') };
          const general = byField.name || byField.body ? undefined : `${words.notCreated} ${problem.detail}`;
          show({ ...byField, general, requestId: problem.request_id });
        },
      },
    );
  };
  const dirty = body !== '' || name !== startName;
  const close = () => (dirty && !leaving ? setLeaving(true) : onClose());
  const foot = leaving ? (
    <>
      <span className="t-13 mr-auto self-center">
        {words.discard} {words.discardText}
      </span>
      {/* keyed: a button that becomes the submitting one while it is pressed would submit */}
      <Button key="stay" onClick={() => setLeaving(false)}>
        {words.keepWriting}
      </Button>
      <Button key="leave" look="danger-filled" onClick={onClose}>
        {words.discardIt}
      </Button>
    </>
  ) : (
    <>
      <Button onClick={close}>{words.cancel}</Button>
      <Button key="submit" look="primary" type="submit" form={form} busy={create.isPending ? words.creating : false}>
        {words.create}
      </Button>
    </>
  );
  return (
    <Dialog open title={words.newPrompt} onClose={close} wide foot={foot}>
      <form
        id={form}
        noValidate
        onSubmit={submit}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event);
        }}
        className="flex flex-col gap-4"
      >
        <ErrorSummary issues={[]} general={errors.general} requestId={errors.requestId} />
        <TextField
          id={ids.name}
          label={words.name}
          value={name}
          onChange={setName}
          error={errors.name}
          maxLength={200}
          autoFocus
        />
        <TextArea
          id={ids.body}
          label={words.text}
          help={words.textHelp}
          value={body}
          onChange={setBody}
          error={errors.body}
          rows={8}
          mono
          foot={words.variables(variablesOf(body))}
        />
      </form>
    </Dialog>
  );
}
