// Why signing in by a provider did not work, by the word in the address that the server sends the browser back with.
export const PROVIDER_PROBLEMS: Readonly<Record<string, string>> = {
  ended: 'This sign-in has come to its end: it took too long, or was begun in another browser. Begin again.',
  provider_refused: 'The provider did not let you in. Try again, or sign in with your password.',
  provider_unreachable: 'The provider does not answer. Try again in a moment, or sign in with your password.',
  provider_invalid: 'The provider’s answer cannot be relied on. Nobody was signed in. Tell your administrator.',
  email_unverified: 'The provider has not verified your e-mail address. Verify it there, then try again.',
  account_exists:
    'There is an account with your e-mail address already. Sign in with its password; then connect the provider in your account.',
  no_account: 'You have no account here, and none is made for you. Ask an administrator, or for an invitation.',
  of_another_account: 'That person of the provider belongs to another account here. Sign in by it, or choose another.',
  disabled: 'This account is disabled. Ask an administrator.',
  busy: 'Too many people are signing in by a provider at once. Try again in a moment.',
  error: 'Signing in by the provider failed on this side. Try again in a moment.',
};
