// What changes the second factor asks for both: the password, and a code of the app or a recovery code.
import { useState } from 'react';
import type { SecondFactorProof } from '@/api/types';
import { FormDialog } from '@/components/FormDialog';
import { PasswordField } from '@/components/PasswordField';
import { TextField } from '@/components/TextField';
import { asSentence } from '@/lib/credentials';
import { errorAt, NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { factorWords as words } from '../factor-strings';
import { cleanCode } from '../model/factor';

const PASSWORD = 'proof-password';
const CODE = 'proof-code';
const PLACES = {
  '/current_password': { fieldId: PASSWORD, label: words.password },
  '/code': { fieldId: CODE, label: words.code },
};

export type ProofDialogProps = {
  title: string;
  text: string;
  verb: string;
  busyVerb: string;
  busy: boolean;
  danger?: boolean;
  /** "The second factor is on as before." */
  notDone: string;
  onProof: (proof: SecondFactorProof, refused: (error: unknown) => void) => void;
  onClose: () => void;
};

export function ProofDialog(props: ProofDialogProps) {
  const { title, text, verb, busyVerb, busy, danger, notDone, onProof, onClose } = props;
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const submit = () => {
    const issues = [
      ...(password === '' ? [{ ...PLACES['/current_password'], message: words.passwordEmpty }] : []),
      ...(code.trim() === '' ? [{ ...PLACES['/code'], message: words.codeEmpty }] : []),
    ];
    if (issues.length > 0) return setRefusal({ issues });
    onProof({ current_password: password, code: cleanCode(code) }, (error) =>
      setRefusal(refusalOf(error, notDone, PLACES)),
    );
  };
  return (
    <FormDialog
      title={title}
      verb={verb}
      busyVerb={busyVerb}
      busy={busy}
      danger={danger}
      dirty={false}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <p className="t-13">{text}</p>
      <PasswordField
        id={PASSWORD}
        kind="current"
        label={words.password}
        value={password}
        onChange={setPassword}
        error={asSentence(words.password, errorAt(refusal, PASSWORD))}
      />
      <TextField
        id={CODE}
        label={words.proof}
        autoComplete="one-time-code"
        autoCapitalize="characters"
        spellCheck={false}
        maxLength={40}
        mono
        value={code}
        onChange={setCode}
        error={asSentence(words.code, errorAt(refusal, CODE))}
      />
    </FormDialog>
  );
}
