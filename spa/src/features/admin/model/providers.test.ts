import { expect, test } from 'vitest';
import type { SignInProvider } from '@/api/types';
import { checkProvider, EMPTY_PROVIDER, fieldIds, formOf, newRule, toCreate, toUpdate } from './providers';

const good = { ...EMPTY_PROVIDER, name: ' Acme ', issuer: 'https://id.acme.example', clientId: 'us', secret: 's' };
const fields = (issues: ReturnType<typeof checkProvider>) => issues.map((issue) => issue.fieldId);

test('a provider needs a name, an address, a client and, when it is new, its secret', () => {
  expect(checkProvider(good, true)).toEqual([]);
  expect(fields(checkProvider(EMPTY_PROVIDER, true))).toEqual([
    fieldIds.name,
    fieldIds.issuer,
    fieldIds.clientId,
    fieldIds.secret,
  ]);
  expect(checkProvider({ ...good, secret: '' }, false)).toEqual([]);
  expect(fields(checkProvider({ ...good, issuer: 'acme.example' }, true))).toEqual([fieldIds.issuer]);
});

test('a rule needs what its kind needs', () => {
  const rules = [newRule('w'), { ...newRule('w'), by: 'claim' as const }];
  expect(fields(checkProvider({ ...good, rules }, true))).toEqual([
    fieldIds.value(0),
    fieldIds.claim(1),
    fieldIds.value(1),
  ]);
});

test('what was configured comes back as it was; a secret that is not written is not sent', () => {
  const provider = {
    name: 'Acme',
    issuer: 'https://id.acme.example',
    client_id: 'us',
    enabled: true,
    create_accounts: false,
    link_accounts: false,
    rules: [
      { email_domain: 'acme.example', workspace_id: 'w1', role: 'member' },
      { claim: 'groups', value: 'ops', workspace_id: 'w2', role: 'admin' },
    ],
  } as unknown as SignInProvider;
  expect(toUpdate(formOf(provider))).toEqual(provider);
  expect(toUpdate({ ...formOf(provider), secret: 'new' }).client_secret).toBe('new');
  expect(toCreate(good)).toMatchObject({ name: 'Acme', client_secret: 's' });
});
