// The second half of signing in: a code of the app, or a recovery code. Loaded for those who have a second factor.
import { type FormEvent, useId, useRef, useState } from 'react';
import { toProblem } from '@/api/problem';
import { Button } from '@/components/Button';
import { TextField } from '@/components/TextField';
import { asSentence } from '@/lib/credentials';
import { useSignInCode } from '../api';
import { codeWords as words } from '../code-strings';
import { Refused } from './Outside';

export type CodeStepProps = {
  onSignedIn: () => void;
  /** Back to e-mail and password, with what to say there. */
  onBack: (why?: string) => void;
};

export default function CodeStep({ onSignedIn, onBack }: CodeStepProps) {
  const signIn = useSignInCode();
  const [code, setCode] = useState('');
  const [recovery, setRecovery] = useState(false);
  const [error, setError] = useState<string>();
  const field = useRef<HTMLInputElement>(null);
  const refusalId = useId();
  const label = recovery ? words.recoveryCode : words.code;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (signIn.isPending) return;
    const typed = code.replaceAll(/\s/g, '').toUpperCase();
    setError(typed === '' ? words.empty : undefined);
    if (typed === '') return field.current?.focus();
    signIn.mutate(
      { code: typed },
      {
        onSuccess: onSignedIn,
        onError: (refused) => {
          const problem = toProblem(refused);
          if (problem.status === 401) return onBack(problem.detail);
          setError(asSentence(label, problem.errors.find((place) => place.path === '/code')?.message));
          field.current?.select();
        },
      },
    );
  };
  const turn = () => {
    setRecovery(!recovery);
    setCode('');
    setError(undefined);
    signIn.reset();
    field.current?.focus();
  };
  const problem = signIn.isError && !signIn.isPending ? toProblem(signIn.error) : null;
  const general = problem && problem.errors.length === 0 ? problem : null;

  return (
    <>
      <form noValidate onSubmit={submit} className="flex flex-col gap-4">
        <TextField
          // another kind of field: what the browser offers for the one must not stay for the other
          key={label}
          ref={field}
          label={label}
          help={recovery ? words.recoveryHelp : words.codeHelp}
          name="code"
          inputMode={recovery ? 'text' : 'numeric'}
          autoComplete={recovery ? 'off' : 'one-time-code'}
          autoCapitalize="characters"
          spellCheck={false}
          autoFocus
          mono
          maxLength={40}
          value={code}
          onChange={setCode}
          error={error}
        />
        <Button look="primary" type="submit" wide busy={signIn.isPending ? words.submitting : false} keys="Enter">
          {words.submit}
        </Button>
        <Refused id={refusalId} text={general?.detail} requestId={general?.request_id} />
      </form>
      <p className="t-13 flex flex-wrap gap-x-4">
        <button type="button" className="link inline-flex min-h-(--control) items-center" onClick={turn}>
          {recovery ? words.useApp : words.useRecovery}
        </button>
        <button type="button" className="link inline-flex min-h-(--control) items-center" onClick={() => onBack()}>
          {words.back}
        </button>
      </p>
    </>
  );
}
