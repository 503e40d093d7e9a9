// Who may make an account here.
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { Installation } from '@/api/types';
import { Button } from '@/components/Button';
import { RadioGroup } from '@/components/Choice';
import { ErrorState } from '@/components/ErrorState';
import { ErrorSummary } from '@/components/ErrorSummary';
import { Loading, Skeleton } from '@/components/Skeleton';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { SectionHeader } from '../AdminPage';
import { installationQuery, useUpdateInstallation } from '../api';
import { words as common, signInWords as words } from '../strings';

export default function SignIn() {
  const query = useQuery(installationQuery);
  return (
    <>
      <SectionHeader section="sign-in" title={common.signIn} />
      {query.data ? (
        <div className="flex max-w-160 flex-col gap-8 px-(--gutter) py-4">
          <Form installation={query.data} />
        </div>
      ) : query.isError ? (
        <ErrorState
          error={query.error}
          what={words.failed}
          onRetry={() => void query.refetch()}
          retrying={query.isFetching}
        />
      ) : (
        <Loading sentence={common.loading}>
          <div className="flex max-w-160 flex-col gap-3 px-(--gutter) py-4">
            <Skeleton className="w-40" />
            <Skeleton className="w-72" />
            <Skeleton className="w-72" />
          </div>
        </Loading>
      )}
    </>
  );
}

function Form({ installation }: { installation: Installation }) {
  const update = useUpdateInstallation();
  // only what was chosen here: until then it is what the server says
  const [chosen, setChosen] = useState<Installation['sign_up']>();
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const submit = (event?: FormEvent) => {
    event?.preventDefault();
    if (update.isPending) return;
    setRefusal(NO_REFUSAL);
    update.mutate(
      { sign_up: chosen ?? installation.sign_up },
      {
        onSuccess: () => {
          setChosen(undefined);
          void toast({ text: words.saved });
        },
        onError: (error) => setRefusal(refusalOf(error, words.notSaved, {})),
      },
    );
  };
  useActions([
    { id: 'admin.save', name: words.save, keys: 'Mod+S', group: common.admin, inFields: true, perform: submit },
  ]);
  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-5">
      <ErrorSummary issues={[]} general={refusal.general} requestId={refusal.requestId} />
      <RadioGroup
        label={words.signUp}
        value={chosen ?? installation.sign_up}
        options={[
          { value: 'open', label: words.open, help: words.openHelp },
          { value: 'closed', label: words.closed, help: words.closedHelp },
        ]}
        onChange={setChosen}
      />
      <div>
        <Button look="primary" type="submit" keys="Mod+S" busy={update.isPending ? words.saving : false}>
          {words.save}
        </Button>
      </div>
    </form>
  );
}
