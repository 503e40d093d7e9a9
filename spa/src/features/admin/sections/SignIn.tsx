// Who may make an account here.
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Installation } from '@/api/types';
import { RadioGroup } from '@/components/Choice';
import { FieldOutlines, NotLoaded } from '@/components/NotLoaded';
import { SaveForm, useRefusal } from '@/components/SaveForm';
import { toast } from '@/components/Toast';
import { refusalOf } from '@/lib/refusal';
import { installationQuery, useUpdateInstallation } from '../api';
import { words as common, signInWords as words } from '../strings';

export default function SignIn() {
  const query = useQuery(installationQuery);
  if (!query.data)
    return (
      <NotLoaded query={query} what={words.failed} sentence={common.loading}>
        <FieldOutlines fields={1} />
      </NotLoaded>
    );
  return (
    <div className="max-w-160 px-(--gutter) py-4">
      <Form installation={query.data} />
    </div>
  );
}

function Form({ installation }: { installation: Installation }) {
  const update = useUpdateInstallation();
  // only what was chosen here: until then it is what the server says
  const [chosen, setChosen] = useState<Installation['sign_up']>();
  const refused = useRefusal();
  const save = () => {
    refused.forget();
    update.mutate(
      { sign_up: chosen ?? installation.sign_up },
      {
        onSuccess: () => {
          setChosen(undefined);
          void toast({ text: words.saved });
        },
        onError: (error) => refused.refuse(refusalOf(error, words.notSaved, {})),
      },
    );
  };
  return (
    <SaveForm
      refused={refused}
      id="admin.save"
      group={common.admin}
      verb={words.save}
      busyVerb={words.saving}
      busy={update.isPending}
      onSave={save}
    >
      <RadioGroup
        label={words.signUp}
        value={chosen ?? installation.sign_up}
        options={[
          { value: 'open', label: words.open, help: words.openHelp },
          { value: 'closed', label: words.closed, help: words.closedHelp },
        ]}
        onChange={setChosen}
      />
    </SaveForm>
  );
}
