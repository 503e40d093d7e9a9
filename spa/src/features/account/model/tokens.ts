// What a token may do and until when: the choices of the form, and how a token stands.

import type { Scope, Token, TokenCreate } from '@/api/types';
import type { FieldIssue } from '@/components/ErrorSummary';
import { tokenWords as words } from '../strings';

export const SCOPES: readonly Scope[] = ['read', 'runs:write', 'workflows:write', 'admin'];

/** Days; the longest the server gives, and none at all. */
export const TERMS = ['30', '90', '366', 'never'] as const;
export type Term = (typeof TERMS)[number];
export const ALL_WORKSPACES = 'all';

export type TokenForm = { name: string; scopes: readonly Scope[]; term: Term; workspace: string };
export const EMPTY_FORM: TokenForm = { name: '', scopes: ['read'], term: '90', workspace: ALL_WORKSPACES };

export const fieldIds = {
  name: 'token-name',
  scopes: 'token-scopes',
  term: 'token-term',
  workspace: 'token-workspace',
};

export function checkToken(form: TokenForm): FieldIssue[] {
  const issues: FieldIssue[] = [];
  if (form.name.trim() === '') issues.push({ fieldId: fieldIds.name, label: words.name, message: words.nameEmpty });
  if (form.scopes.length === 0)
    issues.push({ fieldId: fieldIds.scopes, label: words.scopes, message: words.scopesNone });
  return issues;
}

export const toCreate = (form: TokenForm): TokenCreate => ({
  name: form.name.trim(),
  scopes: [...form.scopes],
  expires_in_days: form.term === 'never' ? null : Number(form.term),
  workspace_id: form.workspace === ALL_WORKSPACES ? null : form.workspace,
});

const SOON_MS = 7 * 24 * 3600 * 1000;
export type TokenState = 'good' | 'soon' | 'expired';

export function tokenState(token: Pick<Token, 'expires_at'>, now: number): TokenState {
  if (token.expires_at === null) return 'good';
  const left = Date.parse(token.expires_at) - now;
  return left <= 0 ? 'expired' : left <= SOON_MS ? 'soon' : 'good';
}
