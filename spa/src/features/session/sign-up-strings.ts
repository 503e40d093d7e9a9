// The words of signing up, and of a new password by a link.
export const words = {
  email: 'E-mail',
  password: 'Password',
  submit: 'Sign in',
  signUpTitle: 'Create account',
  signUpHeading: (host: string) => `Create an account on ${host}`,
  name: 'Name',
  nameHelp: 'Others see it beside what you do.',
  nameEmpty: 'The name is empty.',
  signUp: 'Create account',
  signingUp: 'Creating…',
  notSignedUp: 'No account was made.',
  first:
    'You are the first here: this account administers the installation. It decides who else may sign up, and makes links for those who forget their password.',
  workspaceToo: 'It comes with a workspace of its own.',
  closedHeading: 'Signing up is closed',
  closed:
    'Nobody can sign up here by themselves: the administrator of this installation has closed it. Ask them for an account.',
  haveOne: 'Sign in instead',
  stateFailed: 'Whether somebody can sign up here could not be found out.',
  loading: 'Whether somebody can sign up here is being asked.',

  resetTitle: 'New password',
  resetHeading: 'Choose a new password',
  resetIntro: 'The link is good once. All sessions of the account end; you sign in anew.',
  newPassword: 'New password',
  reset: 'Set password',
  resetting: 'Setting…',
  notReset: 'The password is as it was.',
  linkNotGood: 'This link was used, has expired, or never was one. Ask for another one: a link is good for an hour.',
  resetDone: 'The password is set, and all sessions have ended. Sign in with the new one.',
  noLinkHeading: 'Forgot your password?',
  noLink:
    'An administrator of this installation makes a link for you that sets a new one. Ask the person who runs it; who runs it alone makes the link on the machine:',
  noLinkCommand: 'stepmill user reset E-MAIL --db CONNINFO',
  backToSignIn: 'Back to signing in',
} as const;
