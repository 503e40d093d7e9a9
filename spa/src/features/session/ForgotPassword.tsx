// Asks for a link by mail. What is said afterwards is the same whether or not somebody has the address.
import { Link } from '@tanstack/react-router';
import { type FormEvent, useId, useState } from 'react';
import { toProblem } from '@/api/problem';
import { Button } from '@/components/Button';
import { focusField } from '@/components/ErrorSummary';
import { TextField } from '@/components/TextField';
import { asSentence, emailTrouble } from '@/lib/credentials';
import { useAskForReset } from './api';
import { Outside, Refused } from './components/Outside';
import { words } from './mail-strings';

export function ForgotPassword() {
  const ask = useAskForReset();
  const [email, setEmail] = useState('');
  const [error, setError] = useState<string>();
  const field = useId();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (ask.isPending) return;
    const trouble = emailTrouble(email);
    setError(asSentence(words.email, trouble));
    if (trouble) return focusField(field);
    ask.mutate({ email: email.trim() });
  };
  const back = (
    <Link to="/sign-in" className="link t-13 inline-flex min-h-(--control) items-center">
      {words.backToSignIn}
    </Link>
  );
  if (ask.isSuccess)
    return (
      <Outside title={words.forgotTitle} heading={words.sentHeading}>
        <p role="status" className="t-14 mb-4 wrap-anywhere">
          {words.sent(email.trim())}
        </p>
        {back}
      </Outside>
    );
  const problem = ask.isError && !ask.isPending ? toProblem(ask.error) : null;
  return (
    <Outside title={words.forgotTitle} heading={words.forgotHeading} intro={words.forgotIntro}>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          id={field}
          label={words.email}
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          maxLength={254}
          autoFocus
          value={email}
          onChange={setEmail}
          error={error}
        />
        <Button look="primary" type="submit" wide busy={ask.isPending ? words.sending : false} keys="Enter">
          {words.send}
        </Button>
        <Refused
          id={`${field}-refused`}
          text={problem && `${words.notSent} ${problem.detail}`}
          requestId={problem?.request_id}
        />
      </form>
      {back}
    </Outside>
  );
}
