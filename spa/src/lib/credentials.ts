// What is wrong with an e-mail address or a new password, before the server is asked. It has the last word: it knows the commonest ones.
const SHORTEST = 10;

export const credentialWords = {
  emailEmpty: 'The e-mail is empty.',
  emailShape: 'This is not an e-mail address. It needs a name, @ and a domain.',
  passwordEmpty: 'The password is empty.',
  passwordShort: (length: number) => `At least ${SHORTEST} characters are needed; these are ${length}.`,
  passwordIsEmail: 'This is the e-mail address. Others try that first. Choose something else.',
  passwordHelp: `At least ${SHORTEST} characters. A few words that do not belong together are easy to remember and hard to guess.`,
} as const;

export function emailTrouble(email: string): string | undefined {
  if (email.trim() === '') return credentialWords.emailEmpty;
  return /^[^@\s]+@[^@\s]+$/.test(email.trim()) ? undefined : credentialWords.emailShape;
}

/** `email` as far as it is known. */
export function newPasswordTrouble(password: string, email = ''): string | undefined {
  if (password === '') return credentialWords.passwordEmpty;
  const length = [...password].length;
  if (length < SHORTEST) return credentialWords.passwordShort(length);
  const mail = email.trim().toLowerCase();
  const known = [mail, mail.split('@')[0]].filter(Boolean);
  return known.includes(password.toLowerCase()) ? credentialWords.passwordIsEmail : undefined;
}

/** The server's "is too short" goes on where the field's name stands. */
export const asSentence = (label: string, message: string | undefined): string | undefined =>
  message && (/^[a-z]/.test(message) ? `${label} ${message}` : message);
