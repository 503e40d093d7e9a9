// A new workspace: its name, and its short name when one cares. Whoever makes it owns it.
import { useRouter } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import { FormDialog } from '@/components/FormDialog';
import { TextField } from '@/components/TextField';
import { errorAt, NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useCreateWorkspace } from '../api';
import { nameWrong, slugFits } from '../model/settings';
import { words } from '../strings';

const NAME = 'workspace-name';
const SLUG = 'workspace-slug';
const PLACES = {
  '/name': { fieldId: NAME, label: words.name },
  '/slug': { fieldId: SLUG, label: words.slug },
};

export default function NewWorkspaceDialog({ onClose }: { onClose: () => void }) {
  const router = useRouter();
  const create = useCreateWorkspace();
  const [name, setName] = useState('');
  const [slug, setSlug] = useState('');
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const intent = useRef<{ sent: string; key: string } | null>(null);
  const submit = () => {
    const issues = [];
    const wrong = nameWrong(name);
    if (wrong) issues.push({ ...PLACES['/name'], message: wrong });
    if (slug.trim() !== '' && !slugFits(slug.trim())) issues.push({ ...PLACES['/slug'], message: words.slugWrong });
    if (issues.length > 0) return setRefusal({ issues });
    const body = { name: name.trim(), ...(slug.trim() === '' ? {} : { slug: slug.trim() }) };
    const sent = JSON.stringify(body);
    if (intent.current?.sent !== sent) intent.current = { sent, key: idempotencyKey() };
    create.mutate(
      { body, key: intent.current.key },
      {
        onError: (error) => setRefusal(refusalOf(error, words.notCreated, PLACES)),
        onSuccess: async (made) => {
          onClose();
          await router.navigate({ to: '/w/$workspace/workflows', params: { workspace: made.slug } });
        },
      },
    );
  };
  return (
    <FormDialog
      title={words.newWorkspace}
      verb={words.create}
      busyVerb={words.creating}
      busy={create.isPending}
      dirty={name !== '' || slug !== ''}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        id={NAME}
        label={words.name}
        value={name}
        onChange={(text) => {
          setName(text);
          setRefusal(NO_REFUSAL);
        }}
        error={errorAt(refusal, NAME)}
        maxLength={200}
      />
      <TextField
        id={SLUG}
        label={words.slug}
        help={words.slugOptionalHelp}
        optional
        value={slug}
        onChange={(text) => {
          setSlug(text);
          setRefusal(NO_REFUSAL);
        }}
        error={errorAt(refusal, SLUG)}
        maxLength={100}
        spellCheck={false}
        autoCapitalize="none"
        mono
      />
    </FormDialog>
  );
}
