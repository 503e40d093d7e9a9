// The words of the second half of signing in.
export const codeWords = {
  code: 'Code',
  codeHelp: 'The six digits that your authenticator app shows.',
  recoveryCode: 'Recovery code',
  recoveryHelp: 'One of the ten that you kept. It is good once.',
  empty: 'The code is empty.',
  submit: 'Sign in',
  submitting: 'Signing in…',
  useRecovery: 'Use a recovery code',
  useApp: 'Use the app',
  back: 'Sign in as somebody else',
} as const;
