// Signs in and goes back to where the person came from. No shell, no picture.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useId, useRef, useState } from 'react';
import { api, keys, unwrap } from '@/api/client';
import { Problem } from '@/api/problem';
import { Button } from '@/components/Button';
import { Mark } from '@/components/Mark';
import { StatusIcon } from '@/components/StatusIcon';
import { TextField } from '@/components/TextField';
import { useTitle } from '@/lib/title';
import { words } from './strings';

const route = getRouteApi('/sign-in');

type Missing = { email?: string; password?: string };

function missing(email: string, password: string): Missing {
  const found: Missing = {};
  if (email.trim() === '') found.email = words.emailEmpty;
  else if (!/^\S+@\S+$/.test(email.trim())) found.email = words.emailShape;
  if (password === '') found.password = words.passwordEmpty;
  return found;
}

export function SignInPage() {
  const { to } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [shown, setShown] = useState(false);
  const [errors, setErrors] = useState<Missing>({});
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const refusalId = useId();
  useTitle({ title: words.title });

  const signIn = useMutation({
    mutationFn: () => unwrap(api.POST('/session', { body: { email: email.trim(), password } })),
    onSuccess: (session) => {
      client.clear();
      client.setQueryData(keys.session, session);
      router.history.push(to ?? '/');
    },
    onError: () => passwordField.current?.select(),
  });

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (signIn.isPending) return;
    const found = missing(email, password);
    setErrors(found);
    if (found.email) emailField.current?.focus();
    else if (found.password) passwordField.current?.focus();
    else signIn.mutate();
  };

  return (
    <main
      id="main"
      tabIndex={-1}
      className="flex min-h-dvh flex-col items-center bg-bg-1 px-4 pt-[min(18dvh,160px)] pb-8"
    >
      <div className="w-full max-w-[360px]">
        <Mark withWord size={28} className="t-16" />
        <h1 tabIndex={-1} className="t-24 mt-6 mb-6 wrap-anywhere">
          {words.heading(window.location.hostname)}
        </h1>
        <form
          noValidate
          onSubmit={submit}
          className="flex flex-col gap-4"
          aria-describedby={signIn.isError ? refusalId : undefined}
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
          <TextField
            ref={passwordField}
            label={words.password}
            type={shown ? 'text' : 'password'}
            name="password"
            autoComplete="current-password"
            maxLength={1024}
            value={password}
            onChange={setPassword}
            error={errors.password}
            aside={
              <button
                type="button"
                className="link t-12 min-h-6 px-1"
                aria-pressed={shown}
                aria-label={shown ? words.hideLabel : words.showLabel}
                onClick={() => setShown(!shown)}
              >
                {shown ? words.hide : words.show}
              </button>
            }
          />
          <Button look="primary" type="submit" wide busy={signIn.isPending ? words.submitting : false} keys="Enter">
            {words.submit}
          </Button>
          {/* its place is kept, so that nothing jumps when it is needed */}
          <div role="alert" id={refusalId} className="min-h-10">
            {signIn.isError && !signIn.isPending && <Refusal error={signIn.error} />}
          </div>
        </form>
      </div>
    </main>
  );
}

function Refusal({ error }: { error: Error }) {
  const problem = error instanceof Problem ? error : null;
  return (
    <p className="t-13 flex gap-2 text-failed">
      <StatusIcon status="failed" decorative className="mt-0.5" />
      <span>
        {problem?.status === 401 ? words.wrong : error.message}
        {problem?.request_id && problem.status !== 401 && (
          <span className="mono-12 mt-1 block text-text-3">{problem.request_id}</span>
        )}
      </span>
    </p>
  );
}
