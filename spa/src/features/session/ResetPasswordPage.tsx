// A new password by a link. What makes the link good stands behind its #, which browsers send nowhere: no log and no other site has it.
// Without one the page asks for a link by mail; where no mail is sent it says how to come by one.
import { useQuery } from '@tanstack/react-query';
import { Link, useLocation } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { toProblem } from '@/api/problem';
import { Button, buttonClass } from '@/components/Button';
import { focusField } from '@/components/ErrorSummary';
import { PasswordField } from '@/components/PasswordField';
import { StatusIcon } from '@/components/StatusIcon';
import { asSentence, credentialWords, newPasswordTrouble } from '@/lib/credentials';
import { signUpQuery } from '@/lib/sign-in-ways';
import { useResetPassword } from './api';
import { Outside, Refused } from './components/Outside';
import { ForgotPassword } from './ForgotPassword';
import { words } from './sign-up-strings';

export function ResetPasswordPage() {
  const token = useLocation({ select: ({ hash }) => hash }); // also of a link that is opened while this page is shown
  return token ? <WithLink key={token} token={token} /> : <WithoutLink />;
}

function WithoutLink() {
  const installation = useQuery(signUpQuery);
  if (installation.data?.mail) return <ForgotPassword />;
  return (
    <Outside title={words.noLinkHeading} heading={words.noLinkHeading} intro={words.noLink}>
      <p className="mono-12 mb-4 rounded-control bg-bg-0 p-2 break-all">{words.noLinkCommand}</p>
      <Link to="/sign-in" className="link t-13 inline-flex min-h-(--control) items-center">
        {words.backToSignIn}
      </Link>
    </Outside>
  );
}

function WithLink({ token }: { token: string }) {
  const reset = useResetPassword();
  const [password, setPassword] = useState('');
  const [error, setError] = useState<string>();
  const field = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reset.isPending) return;
    const trouble = newPasswordTrouble(password);
    setError(trouble);
    if (trouble) return focusField(field);
    reset.mutate(
      { token, password },
      {
        onError: (refused) => {
          const weak = toProblem(refused).errors.find((place) => place.path === '/password');
          setError(asSentence(words.newPassword, weak?.message));
          focusField(field);
        },
      },
    );
  };
  if (reset.isSuccess)
    return (
      <Outside title={words.resetTitle} heading={words.resetHeading}>
        <p role="status" className="t-14 mb-4 flex gap-2">
          <StatusIcon status="completed" decorative className="mt-0.5 text-completed" />
          {words.resetDone}
        </p>
        <Link to="/sign-in" className={buttonClass('primary', true)}>
          {words.submit}
        </Link>
      </Outside>
    );
  const problem = reset.isError && !reset.isPending ? toProblem(reset.error) : null;
  const used = problem?.errors.some((place) => place.path === '/token');
  const atField = problem?.errors.some((place) => place.path === '/password');
  return (
    <Outside title={words.resetTitle} heading={words.resetHeading} intro={words.resetIntro}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <PasswordField
          id={field}
          kind="new"
          label={words.newPassword}
          help={credentialWords.passwordHelp}
          name="password"
          autoFocus
          value={password}
          onChange={setPassword}
          error={error}
        />
        <Button look="primary" type="submit" wide busy={reset.isPending ? words.resetting : false} keys="Enter">
          {words.reset}
        </Button>
        <Refused
          id={`${field}-refused`}
          text={used ? words.linkNotGood : problem && !atField ? `${words.notReset} ${problem.detail}` : null}
          requestId={used ? null : problem?.request_id}
        />
      </form>
      <Link to="/sign-in" className="link t-13 inline-flex min-h-(--control) items-center">
        {words.backToSignIn}
      </Link>
    </Outside>
  );
}
