// Who sees a prompt or a workflow. A workflow that uses prompts which fewer people see names them first.
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Visibility } from '@/api/types';
import { RadioGroup } from '@/components/Choice';
import { FormDialog } from '@/components/FormDialog';
import { toast } from '@/components/Toast';
import { NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { useShare } from '../api';
import { privatePrompts } from '../model/sharing';
import { type Thing, visibilitiesFor } from '../model/thing';
import { words } from '../strings';

const route = getRouteApi('/w/$workspace');

export default function ShareDialog({ thing, onClose }: { thing: Thing; onClose: () => void }) {
  const workspace = useWorkspace();
  const { session } = route.useRouteContext();
  const share = useShare(workspace.id, thing);
  const [visibility, setVisibility] = useState<Visibility>(thing.visibility);
  const [prompts, setPrompts] = useState<readonly string[]>([]);
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const submit = () => {
    if (visibility === thing.visibility) return onClose();
    share.mutate(
      { visibility, sharePrompts: prompts.length > 0 },
      {
        onSuccess: () => {
          onClose();
          void toast({ text: words.shared(thing.name, visibility) });
        },
        onError: (error) => {
          const named = privatePrompts(toProblem(error));
          setPrompts(named);
          setRefusal(named.length > 0 ? NO_REFUSAL : refusalOf(error, words.notShared, {}));
        },
      },
    );
  };
  return (
    <FormDialog
      title={words.shareTitle(thing.name)}
      verb={prompts.length > 0 ? words.shareToo(prompts.length) : words.shareIt}
      busyVerb={words.sharing}
      busy={share.isPending}
      dirty={false}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <RadioGroup
        id="share-visibility"
        label={words.whoSees}
        value={visibility}
        options={visibilitiesFor(thing, session.user.id).map((one) => ({
          value: one,
          label: words.visibility(one),
          help: words.visibilityHelp(one),
        }))}
        onChange={(one) => {
          setVisibility(one);
          setPrompts([]);
          setRefusal(NO_REFUSAL);
        }}
      />
      {prompts.length > 0 && (
        <p role="alert" className="t-13">
          {words.alsoShares(prompts)}
        </p>
      )}
    </FormDialog>
  );
}
