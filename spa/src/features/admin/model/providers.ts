// A sign-in provider as it is typed, and as the server has it.
import type { SignInProvider, SignInProviderCreate, SignInProviderUpdate, SignInRule } from '@/api/types';
import type { FieldIssue } from '@/components/ErrorSummary';
import { words } from '../provider-strings';

export const RULE_ROLES = ['viewer', 'member', 'admin'] as const;
export type RuleRole = (typeof RULE_ROLES)[number];

/** Both kinds of rule in one row: what the other kind needs is kept while one is changed for the other. */
export type RuleForm = {
  key: number;
  by: 'domain' | 'claim';
  claim: string;
  value: string;
  workspace: string;
  role: RuleRole;
};

export type ProviderForm = {
  name: string;
  issuer: string;
  clientId: string;
  secret: string;
  enabled: boolean;
  createAccounts: boolean;
  linkAccounts: boolean;
  rules: readonly RuleForm[];
};

export const EMPTY_PROVIDER: ProviderForm = {
  name: '',
  issuer: '',
  clientId: '',
  secret: '',
  enabled: true,
  createAccounts: true,
  linkAccounts: false,
  rules: [],
};

let made = 0;
export const newRule = (workspace: string): RuleForm => ({
  key: ++made,
  by: 'domain',
  claim: '',
  value: '',
  workspace,
  role: 'member',
});

const ruleForm = (rule: SignInRule): RuleForm =>
  'email_domain' in rule
    ? { ...newRule(rule.workspace_id), value: rule.email_domain, role: rule.role }
    : { ...newRule(rule.workspace_id), by: 'claim', claim: rule.claim, value: rule.value, role: rule.role };

export const formOf = (provider: SignInProvider): ProviderForm => ({
  name: provider.name,
  issuer: provider.issuer,
  clientId: provider.client_id,
  secret: '',
  enabled: provider.enabled,
  createAccounts: provider.create_accounts,
  linkAccounts: provider.link_accounts,
  rules: provider.rules.map(ruleForm),
});

export const fieldIds = {
  name: 'provider-name',
  issuer: 'provider-issuer',
  clientId: 'provider-client',
  secret: 'provider-secret',
  claim: (rule: number) => `provider-rule-${rule}-claim`,
  value: (rule: number) => `provider-rule-${rule}-value`,
};

/** `fresh`: without a secret nothing works; later it is kept when nothing is written. */
export function checkProvider(form: ProviderForm, fresh: boolean): FieldIssue[] {
  const issues: FieldIssue[] = [];
  const need = (ok: boolean, fieldId: string, label: string, message: string) => {
    if (!ok) issues.push({ fieldId, label, message });
  };
  need(form.name.trim() !== '', fieldIds.name, words.name, words.nameEmpty);
  need(/^https?:\/\/[^\s/]/.test(form.issuer.trim()), fieldIds.issuer, words.issuer, words.issuerShape);
  need(form.clientId.trim() !== '', fieldIds.clientId, words.clientId, words.clientIdEmpty);
  need(!fresh || form.secret !== '', fieldIds.secret, words.secret, words.secretEmpty);
  for (const [index, rule] of form.rules.entries()) {
    const label = words.ruleNumber(index + 1);
    if (rule.by === 'claim') need(rule.claim.trim() !== '', fieldIds.claim(index), label, words.claimEmpty);
    const empty = rule.by === 'domain' ? words.domainEmpty : words.valueEmpty;
    need(rule.value.trim() !== '', fieldIds.value(index), label, empty);
  }
  return issues;
}

const ruleOf = ({ by, claim, value, workspace, role }: RuleForm): SignInRule =>
  by === 'domain'
    ? { email_domain: value.trim(), workspace_id: workspace, role }
    : { claim: claim.trim(), value: value.trim(), workspace_id: workspace, role };

const facts = (form: ProviderForm) => ({
  name: form.name.trim(),
  issuer: form.issuer.trim(),
  client_id: form.clientId.trim(),
  enabled: form.enabled,
  create_accounts: form.createAccounts,
  link_accounts: form.linkAccounts,
  rules: form.rules.map(ruleOf),
});

export const toCreate = (form: ProviderForm): SignInProviderCreate => ({ ...facts(form), client_secret: form.secret });

export const toUpdate = (form: ProviderForm): SignInProviderUpdate =>
  form.secret === '' ? facts(form) : { ...facts(form), client_secret: form.secret };
