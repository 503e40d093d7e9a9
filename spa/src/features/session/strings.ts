// The words of signing in.
export const words = {
  title: 'Sign in',
  heading: (host: string) => `Sign in to ${host}`,
  email: 'E-mail',
  password: 'Password',
  submit: 'Sign in',
  submitting: 'Signing in…',
  wrong: 'That e-mail and password do not match. Try again.',
  emailEmpty: 'The e-mail is empty. Write the one of your account.',
  forgot: 'Forgot password',
  continueWith: (name: string) => `Continue with ${name}`,
  create: 'Create account',
} as const;
