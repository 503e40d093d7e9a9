// Setting up a second factor: whose account it is, the key for the app and a code of it, then the recovery codes.
import { useState } from 'react';
import type { SecondFactorSecret } from '@/api/types';
import { CopyButton } from '@/components/CopyButton';
import { FormDialog } from '@/components/FormDialog';
import { PasswordField } from '@/components/PasswordField';
import { TextField } from '@/components/TextField';
import { asSentence } from '@/lib/credentials';
import { errorAt, NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useBeginFactor, useConfirmFactor } from '../api';
import { factorWords as words } from '../factor-strings';
import { cleanCode, grouped, isAppCode } from '../model/factor';
import { QrCode } from './QrCode';
import { RecoveryCodes } from './RecoveryCodes';

const PASSWORD = 'factor-password';
const CODE = 'factor-code';
const PLACES = {
  '/current_password': { fieldId: PASSWORD, label: words.password },
  '/code': { fieldId: CODE, label: words.code },
};

export function SetUpFactor({ email, onClose }: { email: string; onClose: () => void }) {
  const begin = useBeginFactor();
  const [password, setPassword] = useState('');
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  if (begin.data) return <ConfirmFactor secret={begin.data} email={email} onClose={onClose} />;
  const submit = () => {
    if (password === '')
      return setRefusal({ issues: [{ ...PLACES['/current_password'], message: words.passwordEmpty }] });
    begin.mutate(
      { current_password: password },
      { onError: (error) => setRefusal(refusalOf(error, words.notBegun, PLACES)) },
    );
  };
  return (
    <FormDialog
      title={words.setUpTitle}
      verb={words.goOn}
      busyVerb={words.asking}
      busy={begin.isPending}
      dirty={false}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="t-13 text-text-2">{words.whose}</p>
      <PasswordField
        id={PASSWORD}
        kind="current"
        label={words.password}
        value={password}
        onChange={setPassword}
        error={asSentence(words.password, errorAt(refusal, PASSWORD))}
      />
    </FormDialog>
  );
}

type ConfirmFactorProps = { secret: SecondFactorSecret; email: string; onClose: () => void };

function ConfirmFactor({ secret, email, onClose }: ConfirmFactorProps) {
  const confirm = useConfirmFactor();
  const [code, setCode] = useState('');
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  if (confirm.data) return <RecoveryCodes codes={confirm.data.recovery_codes} email={email} onClose={onClose} />;
  const submit = () => {
    if (!isAppCode(code))
      return setRefusal({
        issues: [{ ...PLACES['/code'], message: code.trim() === '' ? words.codeEmpty : words.codeShape }],
      });
    confirm.mutate(
      { code: cleanCode(code) },
      { onError: (error) => setRefusal(refusalOf(error, words.notOn, PLACES)) },
    );
  };
  return (
    <FormDialog
      title={words.setUpTitle}
      verb={words.turnOn}
      busyVerb={words.turningOn}
      busy={confirm.isPending}
      dirty={false}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="t-13">{words.scan}</p>
      <div className="flex flex-wrap items-center gap-4">
        <QrCode text={secret.uri} label={words.picture} />
        <div className="min-w-0 flex-1 basis-40">
          <p className="t-13 flex items-center gap-2 font-medium">
            {words.key}
            <CopyButton text={secret.secret} what={words.keyWhat} />
          </p>
          <p className="mono-13 wrap-anywhere">{grouped(secret.secret)}</p>
        </div>
      </div>
      <TextField
        id={CODE}
        label={words.code}
        help={words.codeHelp}
        inputMode="numeric"
        autoComplete="one-time-code"
        autoFocus
        maxLength={12}
        mono
        value={code}
        onChange={(text) => {
          setCode(text);
          setRefusal(NO_REFUSAL);
        }}
        error={asSentence(words.code, errorAt(refusal, CODE))}
      />
    </FormDialog>
  );
}
