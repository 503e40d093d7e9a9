// The words of administrators: who may sign up, people, what happened.
export const words = {
  admin: 'Administration',
  sections: 'Sections of the administration',
  signIn: 'Signing in',
  people: 'People',
  providers: 'Providers',
  activity: 'Activity',
  goTo: (section: string) => `Go to ${section.toLowerCase()}`,
  loading: 'The administration is being loaded.',
} as const;

export const signInWords = {
  failed: 'The settings could not be loaded.',
  signUp: 'Who may make an account',
  open: 'Anybody who reaches this page',
  openHelp: 'Each account comes with a workspace of its own.',
  closed: 'Nobody by themselves',
  closedHelp: 'People who have an account go on. Those who open the address to sign up are told to ask you.',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Saved.',
  notSaved: 'Not saved.',
} as const;
