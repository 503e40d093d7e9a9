// The words of what goes by mail: a link for a new password, and a confirmed address.
export const words = {
  email: 'E-mail',
  forgotTitle: 'New password',
  forgotHeading: 'Forgot your password?',
  forgotIntro: 'A link that sets a new one is sent to the address of your account. It is good once, for an hour.',
  send: 'Send the link',
  sending: 'Sending…',
  notSent: 'No link was sent.',
  sentHeading: 'Look into your mail',
  sent: (email: string) =>
    `If ${email} has an account here, a link is on its way. Another one can be sent in five minutes. An administrator can make one, too.`,
  confirmTitle: 'Confirm address',
  confirmHeading: 'Confirm your e-mail address',
  confirmIntro: 'You have a link from a mail of ours. With it you show that the address is yours.',
  confirm: 'Confirm address',
  confirming: 'Confirming…',
  confirmed: 'It is known now that the address is yours.',
  notConfirmed: 'Nothing was changed.',
  confirmNotGood:
    'This link was used, has expired, or never was one. Ask for another one in your account: a link is good for a day.',
  goOn: 'Go on',
  backToSignIn: 'Back to signing in',
} as const;
