// Name and password. The e-mail address is what one signs in with: shown, not changed.
import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Account } from '@/api/types';
import { Button } from '@/components/Button';
import { ErrorSummary } from '@/components/ErrorSummary';
import { FieldOutlines, NotLoaded } from '@/components/NotLoaded';
import { PasswordField } from '@/components/PasswordField';
import { SaveForm, useRefusal } from '@/components/SaveForm';
import { SectionHead } from '@/components/Sections';
import { TextField } from '@/components/TextField';
import { toast } from '@/components/Toast';
import { asSentence, credentialWords, newPasswordTrouble } from '@/lib/credentials';
import { dateTime } from '@/lib/format';
import { errorAt, refusalOf } from '@/lib/refusal';
import { signUpQuery } from '@/lib/sign-in-ways';
import { accountQuery, useChangePassword, useSendConfirmation, useUpdateAccount } from '../api';
import { Identities } from '../components/Identities';
import { words as common, profileWords as words } from '../strings';

export default function Profile() {
  const query = useQuery(accountQuery);
  const installation = useQuery(signUpQuery);
  // both at once, so that nothing is pushed down
  const account = installation.isPending ? undefined : query.data;
  const since = account && words.since(dateTime(account.created_at));
  return (
    <>
      {/* its line is kept while it loads, so that nothing is pushed down */}
      <SectionHead facts={[since ?? '\u00a0', account?.admin && words.administrator]} />
      {account ? (
        <div className="flex max-w-160 flex-col gap-8 px-(--gutter) py-4">
          <NameForm account={account} />
          {/* where no mail is sent nobody can */}
          {!account.email_confirmed_at && installation.data?.mail && <ConfirmEmail />}
          {account.has_password ? <PasswordForm account={account} /> : <NoPassword />}
          <Identities />
        </div>
      ) : (
        <NotLoaded query={query} what={common.failed} sentence={common.loading}>
          <FieldOutlines fields={3} />
        </NotLoaded>
      )}
    </>
  );
}

const IDS = { name: 'account-name', current: 'account-current', next: 'account-next' };
const NAME_PLACES = { '/name': { fieldId: IDS.name, label: words.name } };
const PASSWORD_PLACES = {
  '/current_password': { fieldId: IDS.current, label: words.current },
  '/new_password': { fieldId: IDS.next, label: words.next },
};

function NameForm({ account }: { account: Account }) {
  const router = useRouter();
  const update = useUpdateAccount();
  // only what was typed: until then it is what the server says
  const [typed, setTyped] = useState<string>();
  const refused = useRefusal();
  const { refusal, refuse } = refused;
  const name = typed ?? account.name;
  const save = () => {
    if (name.trim() === '') return refuse({ issues: [{ ...NAME_PLACES['/name'], message: words.nameEmpty }] });
    refused.forget();
    update.mutate(
      { name: name.trim() },
      {
        onSuccess: () => {
          setTyped(undefined);
          void router.invalidate();
          void toast({ text: words.saved });
        },
        onError: (error) => refuse(refusalOf(error, words.notSaved, NAME_PLACES)),
      },
    );
  };
  return (
    <SaveForm
      refused={refused}
      id="account.save"
      group={common.account}
      verb={words.save}
      busyVerb={words.saving}
      busy={update.isPending}
      onSave={save}
    >
      <TextField
        id={IDS.name}
        label={words.name}
        help={words.nameHelp}
        autoComplete="name"
        maxLength={100}
        value={name}
        onChange={setTyped}
        error={asSentence(words.name, errorAt(refusal, IDS.name))}
      />
      <TextField
        label={words.email}
        help={words.emailHelp}
        type="email"
        readOnly
        value={account.email}
        onChange={() => {}}
      />
    </SaveForm>
  );
}

/** Nobody has shown yet that the address is theirs. */
function ConfirmEmail() {
  const send = useSendConfirmation();
  return (
    <section aria-labelledby="confirm-heading" className="flex flex-col items-start gap-3 border-t border-line-1 pt-6">
      <h2 id="confirm-heading" className="t-16">
        {words.confirm}
      </h2>
      <p className="t-13 text-text-2">{send.isSuccess ? words.confirmSent : words.confirmText}</p>
      {!send.isSuccess && (
        <Button busy={send.isPending ? words.confirmSending : false} onClick={() => send.mutate()}>
          {words.confirmSend}
        </Button>
      )}
      <p role="status" className={send.isSuccess ? 'sr-only' : 't-13 text-failed empty:hidden'}>
        {send.isSuccess ? words.confirmSent : send.isError && toProblem(send.error).detail}
      </p>
    </section>
  );
}

/** Who signs in by a provider alone. */
function NoPassword() {
  return (
    <section aria-labelledby="password-heading" className="border-t border-line-1 pt-6">
      <h2 id="password-heading" className="t-16 mb-2">
        {words.password}
      </h2>
      <p className="t-13 text-text-2">{words.noPassword}</p>
    </section>
  );
}

function PasswordForm({ account }: { account: Account }) {
  const change = useChangePassword();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const { refusal, refuse, forget, summaryId } = useRefusal();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (change.isPending) return;
    const troubles = {
      '/current_password': current === '' ? words.currentEmpty : undefined,
      '/new_password': newPasswordTrouble(next, account.email),
    };
    const paths = ['/current_password', '/new_password'] as const;
    const issues = paths.flatMap((path) => {
      const message = troubles[path];
      return message ? [{ ...PASSWORD_PLACES[path], message }] : [];
    });
    if (issues.length > 0) return refuse({ issues });
    forget();
    change.mutate(
      { current_password: current, new_password: next },
      {
        onSuccess: () => {
          setCurrent('');
          setNext('');
          void toast({ text: words.changed });
        },
        onError: (error) => refuse(refusalOf(error, words.notChanged, PASSWORD_PLACES)),
      },
    );
  };
  return (
    <form
      noValidate
      onSubmit={submit}
      aria-labelledby="password-heading"
      className="flex flex-col gap-5 border-t border-line-1 pt-6"
    >
      <h2 id="password-heading" className="t-16">
        {words.password}
      </h2>
      <ErrorSummary id={summaryId} issues={[]} general={refusal.general} requestId={refusal.requestId} />
      {/* whose password it is, for what keeps passwords */}
      <input type="text" name="username" autoComplete="username" value={account.email} readOnly hidden />
      <PasswordField
        id={IDS.current}
        kind="current"
        label={words.current}
        value={current}
        onChange={setCurrent}
        error={asSentence(words.current, errorAt(refusal, IDS.current))}
      />
      <PasswordField
        id={IDS.next}
        kind="new"
        label={words.next}
        help={credentialWords.passwordHelp}
        value={next}
        onChange={setNext}
        error={asSentence(words.next, errorAt(refusal, IDS.next))}
      />
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" busy={change.isPending ? words.changing : false}>
          {words.change}
        </Button>
        <span className="t-12 text-text-2">{words.changeHelp}</span>
      </div>
    </form>
  );
}
