// Makes an account, signs in and goes on to where the person was going. The first of an installation learns what that makes of them.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, useRouter } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { Button } from '@/components/Button';
import { ErrorState } from '@/components/ErrorState';
import { focusField } from '@/components/ErrorSummary';
import { PasswordField } from '@/components/PasswordField';
import { Loading, Skeleton } from '@/components/Skeleton';
import { TextField } from '@/components/TextField';
import { asSentence, credentialWords, emailTrouble, newPasswordTrouble } from '@/lib/credentials';
import { errorAt, NO_REFUSAL, type Refusal, refusalOf } from '@/lib/refusal';
import { signUpQuery } from '@/lib/sign-in-ways';
import { useSignUp } from './api';
import { Outside, Refused } from './components/Outside';
import { words } from './sign-up-strings';

const route = getRouteApi('/sign-up');

export function SignUpPage() {
  const { to } = route.useSearch();
  const state = useQuery(signUpQuery);
  const signInInstead = (
    <Link to="/sign-in" search={{ to }} className="link t-13 inline-flex min-h-(--control) items-center">
      {words.haveOne}
    </Link>
  );
  const intro = state.data?.first ? words.first : state.data?.open ? words.workspaceToo : undefined;
  const closed = state.data !== undefined && !state.data.open;
  const heading = words.signUpHeading(window.location.hostname);
  return (
    <Outside title={words.signUpTitle} heading={closed ? words.closedHeading : heading} intro={intro}>
      {state.data?.open ? (
        <>
          <Form to={to} />
          {!state.data.first && signInInstead}
        </>
      ) : state.data ? (
        <>
          <p className="t-14 mb-3 text-text-2">{words.closed}</p>
          {signInInstead}
        </>
      ) : state.isError ? (
        <div className="-mx-(--gutter)">
          <ErrorState
            error={state.error}
            what={words.stateFailed}
            onRetry={() => void state.refetch()}
            retrying={state.isFetching}
          />
        </div>
      ) : (
        <Loading sentence={words.loading}>
          <div className="flex flex-col gap-6">
            <Skeleton className="h-8" />
            <Skeleton className="h-8" />
            <Skeleton className="h-8" />
          </div>
        </Loading>
      )}
    </Outside>
  );
}

function Form({ to }: { to: string | undefined }) {
  const router = useRouter();
  const signUp = useSignUp();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [refusal, setRefusal] = useState<Refusal>(NO_REFUSAL);
  const form = useId();
  const fields = {
    '/name': { fieldId: `${form}-name`, label: words.name },
    '/email': { fieldId: `${form}-email`, label: words.email },
    '/password': { fieldId: `${form}-password`, label: words.password },
  } as const;

  const show = (found: Refusal) => {
    setRefusal(found);
    const first = found.issues[0];
    if (first) setTimeout(() => focusField(first.fieldId));
  };
  const look = (): Refusal => {
    const troubles = {
      '/name': name.trim() === '' ? words.nameEmpty : undefined,
      '/email': emailTrouble(email),
      '/password': newPasswordTrouble(password, email),
    };
    const paths = ['/name', '/email', '/password'] as const;
    return {
      issues: paths.flatMap((path) => (troubles[path] ? [{ ...fields[path], message: troubles[path] }] : [])),
    };
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (signUp.isPending) return;
    const found = look();
    if (found.issues.length > 0) return show(found);
    setRefusal(NO_REFUSAL);
    signUp.mutate(
      { name: name.trim(), email: email.trim(), password },
      {
        onSuccess: () => router.history.push(to ?? '/'),
        onError: (error) => show(refusalOf(error, words.notSignedUp, fields)),
      },
    );
  };
  const error = (path: keyof typeof fields) => asSentence(fields[path].label, errorAt(refusal, fields[path].fieldId));

  return (
    <form noValidate onSubmit={submit} className="flex flex-col gap-4">
      <TextField
        id={fields['/name'].fieldId}
        label={words.name}
        help={words.nameHelp}
        name="name"
        autoComplete="name"
        autoFocus
        maxLength={100}
        value={name}
        onChange={setName}
        error={error('/name')}
      />
      <TextField
        id={fields['/email'].fieldId}
        label={words.email}
        type="email"
        name="email"
        autoComplete="username"
        inputMode="email"
        maxLength={254}
        value={email}
        onChange={setEmail}
        error={error('/email')}
      />
      <PasswordField
        id={fields['/password'].fieldId}
        kind="new"
        label={words.password}
        help={credentialWords.passwordHelp}
        name="password"
        value={password}
        onChange={setPassword}
        error={error('/password')}
      />
      <Button look="primary" type="submit" wide busy={signUp.isPending ? words.signingUp : false} keys="Enter">
        {words.signUp}
      </Button>
      <Refused id={`${form}-refused`} text={refusal.general} requestId={refusal.requestId} />
    </form>
  );
}
