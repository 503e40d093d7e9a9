// The words of the providers by which people sign in.
export const words = {
  providers: 'Providers',
  failed: 'The providers could not be loaded.',
  empty: 'People can sign in by a provider that knows OpenID Connect, as well as by a password. None is configured.',
  notThere: 'There is no such provider. It may have been deleted.',
  toList: 'Go to the providers',

  name: 'Name',
  nameHelp: 'As people see it: “Continue with Acme”.',
  nameEmpty: 'The name is empty.',
  issuer: 'Issuer',
  issuerHelp: 'The address in the provider’s own discovery document, letter for letter: https://accounts.example.com',
  issuerShape: 'This is not an address. It begins with https://.',
  clientId: 'Client ID',
  clientIdEmpty: 'The client ID is empty. The provider gives it to you.',
  secret: 'Client secret',
  secretHelp: 'It is sealed, and never shown again.',
  secretKept: 'It is kept as it is, unless you write another one.',
  secretEmpty: 'The client secret is empty. The provider gives it to you.',
  callback: 'Redirect address',
  callbackHelp: 'Tell the provider this one.',
  callbackLater: 'The redirect address that the provider asks for is shown when this is saved.',
  callbackWhat: 'redirect address',
  enabled: 'In use',
  enabledHelp: 'Off: nobody signs in by it, and nothing offers it.',
  createAccounts: 'Makes accounts',
  createAccountsHelp: 'Of people who have none here. Off: only those sign in by it who have connected it.',
  linkAccounts: 'A verified address is enough',
  linkAccountsHelp:
    'Lets people into the account that has their e-mail address, whoever made it. Only for a provider that you trust as much as yourself.',

  rules: 'Who comes into which workspace',
  rulesHelp:
    'Asked at each sign-in, besides those who are invited. A rule gives and never takes: roles that were given here stay as they are, and who fits no rule any more stays until somebody removes them.',
  rulesNone: 'Nobody: signing in gives an account alone.',
  ruleNumber: (number: number) => `Rule ${number}`,
  addRule: 'Add rule',
  by: 'By',
  byDomain: 'domain of the e-mail',
  byClaim: 'claim',
  domain: 'Domain',
  domainEmpty: 'The domain is empty: acme.example.',
  claim: 'Claim',
  claimHelp: 'A text or a list, in the ID token. Nothing else is asked: let the provider put it there.',
  claimEmpty: 'The claim is empty: groups.',
  value: 'Value',
  valueEmpty: 'The value is empty.',
  workspace: 'Workspace',
  otherWorkspace: 'another workspace',
  role: 'Role',
  removeRule: (number: number) => `Remove rule ${number}`,

  people: 'People',
  state: 'State',
  inUse: 'In use',
  off: 'Off',
  actions: 'Actions',
  add: 'Add provider',
  addMore: 'Add provider…',
  newTitle: 'New provider',
  save: 'Save',
  saving: 'Saving…',
  saved: 'Saved.',
  notSaved: 'Not saved.',
  remove: 'Delete',
  removeMore: 'Delete…',
  removeTitle: (name: string) => `Delete ${name}?`,
  removeText: (people: number) =>
    people === 0
      ? 'Nobody signs in by it yet.'
      : people === 1
        ? 'One person signs in by it, and cannot any more. Their account stays; without a password they need a link that sets one.'
        : `${people} people sign in by it, and cannot any more. Their accounts stay; who has no password needs a link that sets one.`,
  removing: 'Deleting…',
  keep: 'Keep it',
  notRemoved: 'It is as it was.',
} as const;

const ROLES = { viewer: 'Viewer', member: 'Member', admin: 'Admin' } as const;
export const roleName = (role: keyof typeof ROLES): string => ROLES[role];
