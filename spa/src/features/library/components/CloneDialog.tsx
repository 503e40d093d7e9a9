// A private copy, under a name.
import { useRouter } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import { FormDialog } from '@/components/FormDialog';
import { TextField } from '@/components/TextField';
import { errorAt, NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { useClone } from '../api';
import type { Thing } from '../model/thing';
import { words } from '../strings';

const NAME = 'clone-name';
const PLACES = { '/name': { fieldId: NAME, label: words.name } };
const NAME_MOST = 100;

export default function CloneDialog({
  thing,
  onClose,
}: {
  thing: Pick<Thing, 'noun' | 'id' | 'name'>;
  onClose: () => void;
}) {
  const workspace = useWorkspace();
  const router = useRouter();
  const clone = useClone(workspace.id, thing);
  const [name, setName] = useState(thing.name);
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const intent = useRef<{ sent: string; key: string } | null>(null);
  const submit = () => {
    const wanted = name.trim();
    const wrong = wanted === '' ? words.nameEmpty : [...wanted].length > NAME_MOST ? words.nameLong : null;
    if (wrong) return setRefusal({ issues: [{ ...PLACES['/name'], message: wrong }] });
    if (intent.current?.sent !== wanted) intent.current = { sent: wanted, key: idempotencyKey() };
    clone.mutate(
      { name: wanted, key: intent.current.key },
      {
        onError: (error) => setRefusal(refusalOf(error, words.notCloned, PLACES)),
        onSuccess: async (id) => {
          onClose();
          if (thing.noun === 'prompt')
            await router.navigate({
              to: '/w/$workspace/prompts/$prompt',
              params: { workspace: workspace.slug, prompt: id },
            });
          else
            await router.navigate({
              to: '/w/$workspace/workflows/$workflow',
              params: { workspace: workspace.slug, workflow: id },
            });
        },
      },
    );
  };
  return (
    <FormDialog
      title={words.cloneTitle(thing.name)}
      verb={words.cloneIt}
      busyVerb={words.cloning}
      busy={clone.isPending}
      dirty={name !== thing.name}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="t-13 text-text-2">{words.cloneText(thing.noun)}</p>
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
    </FormDialog>
  );
}
