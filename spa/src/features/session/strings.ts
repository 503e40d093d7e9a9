// The words of signing in.
export const words = {
  title: 'Sign in',
  heading: (host: string) => `Sign in to ${host}`,
  email: 'E-mail',
  password: 'Password',
  show: 'Show',
  hide: 'Hide',
  showLabel: 'Show the password',
  hideLabel: 'Hide the password',
  submit: 'Sign in',
  submitting: 'Signing in…',
  wrong: 'That e-mail and password do not match. Try again.',
  emailEmpty: 'The e-mail is empty. Write the one you were invited with.',
  emailShape: 'This is not an e-mail address. It needs a name, @ and a domain.',
  passwordEmpty: 'The password is empty.',
  fields: 'E-mail and password are needed.',
} as const;
