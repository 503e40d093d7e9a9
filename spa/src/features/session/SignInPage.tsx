// Signs in and goes back to where the person came from.
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link, Navigate, useRouter } from '@tanstack/react-router';
import { type FormEvent, lazy, Suspense, useId, useRef, useState } from 'react';
import { toProblem } from '@/api/problem';
import { Button, buttonClass } from '@/components/Button';
import { PasswordField } from '@/components/PasswordField';
import { TextField } from '@/components/TextField';
import { classes } from '@/lib/classes';
import { credentialWords, emailTrouble } from '@/lib/credentials';
import { providerStart, signUpQuery, waysQuery } from '@/lib/sign-in-ways';
import { useSignIn } from './api';
import { Outside, Refused } from './components/Outside';
import { words } from './strings';

const route = getRouteApi('/sign-in');
const ProviderProblem = lazy(() => import('./components/ProviderProblem'));
const CodeStep = lazy(() => import('./components/CodeStep'));

const SECOND_FACTOR = 'second_factor';

type Missing = { email?: string; password?: string };

function missing(email: string, password: string): Missing {
  return {
    email: email.trim() === '' ? words.emailEmpty : emailTrouble(email),
    password: password === '' ? credentialWords.passwordEmpty : undefined,
  };
}

export function SignInPage() {
  const { to, problem: met } = route.useSearch();
  const router = useRouter();
  const signIn = useSignIn();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [errors, setErrors] = useState<Missing>({});
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const refusalId = useId();
  // of somebody with a second factor: e-mail and password were right
  const [half, setHalf] = useState(met === SECOND_FACTOR);
  const [ended, setEnded] = useState<string>();

  const goOn = () => router.history.push(to ?? '/');
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (signIn.isPending) return;
    setEnded(undefined);
    const found = missing(email, password);
    setErrors(found);
    if (found.email) emailField.current?.focus();
    else if (found.password) passwordField.current?.focus();
    else
      signIn.mutate(
        { email: email.trim(), password },
        {
          onSuccess: goOn,
          onError: (error) => {
            if (toProblem(error).code === SECOND_FACTOR) setHalf(true);
            else passwordField.current?.select();
          },
        },
      );
  };
  const back = (why?: string) => {
    setHalf(false);
    setEnded(why);
    setPassword('');
    signIn.reset();
  };
  const problem = signIn.isError && !signIn.isPending ? toProblem(signIn.error) : null;

  if (half)
    return (
      <Outside title={words.title} heading={words.heading(window.location.hostname)}>
        <Suspense fallback={null}>
          <CodeStep onSignedIn={goOn} onBack={back} />
        </Suspense>
      </Outside>
    );
  return (
    <Outside title={words.title} heading={words.heading(window.location.hostname)}>
      <form
        noValidate
        onSubmit={submit}
        className="flex flex-col gap-4"
        aria-describedby={problem ? refusalId : undefined}
      >
        <TextField
          ref={emailField}
          label={words.email}
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          autoFocus
          maxLength={254}
          value={email}
          onChange={setEmail}
          error={errors.email}
        />
        <PasswordField
          ref={passwordField}
          kind="current"
          label={words.password}
          name="password"
          value={password}
          onChange={setPassword}
          error={errors.password}
        />
        <Button look="primary" type="submit" wide busy={signIn.isPending ? words.submitting : false} keys="Enter">
          {words.submit}
        </Button>
        {met && met !== SECOND_FACTOR && signIn.isIdle && ended === undefined ? (
          <Suspense fallback={<Refused id={refusalId} />}>
            <ProviderProblem id={refusalId} problem={met} />
          </Suspense>
        ) : (
          <Refused
            id={refusalId}
            text={problem ? (problem.status === 401 ? words.wrong : problem.detail) : ended}
            requestId={problem?.status === 401 ? null : problem?.request_id}
          />
        )}
      </form>
      <OtherWays to={to} />
    </Outside>
  );
}

/** Below everything, and all at once, so that nothing moves when it is known. What cannot be found out is not offered. */
function OtherWays({ to }: { to: string | undefined }) {
  const { data: signUp, isPending: asked } = useQuery(signUpQuery);
  const { data: ways, isPending: asking } = useQuery(waysQuery);
  // nobody has an account: there is nothing to sign in to
  if (signUp?.first) return <Navigate to="/sign-up" search={{ to }} replace />;
  if (asked || asking) return null;
  return (
    <>
      {ways?.map((way) => (
        <a key={way.id} href={providerStart(way.id, to ?? '/')} className={classes(buttonClass('plain', true), 'mt-3')}>
          <span className="truncate">{words.continueWith(way.name)}</span>
        </a>
      ))}
      <p className="t-13 flex flex-wrap gap-x-4">
        <Link to="/reset-password" className="link inline-flex min-h-(--control) items-center">
          {words.forgot}
        </Link>
        {signUp?.open && (
          <Link to="/sign-up" search={{ to }} className="link inline-flex min-h-(--control) items-center">
            {words.create}
          </Link>
        )}
      </p>
    </>
  );
}
