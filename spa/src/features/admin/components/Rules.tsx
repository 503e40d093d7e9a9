// Who comes into which workspace by signing in: a row a rule, by the domain of the address or by a claim.
import { useRouteContext } from '@tanstack/react-router';
import type { Session } from '@/api/types';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { icon, X } from '@/components/Icon';
import { IconButton } from '@/components/IconButton';
import { TextField } from '@/components/TextField';
import { errorAt, type Refusal } from '@/lib/refusal';
import { fieldIds, newRule, RULE_ROLES, type RuleForm } from '../model/providers';
import { roleName, words } from '../provider-strings';

export type RulesProps = {
  rules: readonly RuleForm[];
  refusal: Refusal;
  onChange: (rules: RuleForm[]) => void;
};

export function Rules({ rules, refusal, onChange }: RulesProps) {
  const { session } = useRouteContext({ strict: false }) as { session: Session };
  const first = session.workspaces[0];
  return (
    <section aria-labelledby="rules-heading" className="border-t border-line-1 pt-5">
      <h2 id="rules-heading" tabIndex={-1} className="t-16">
        {words.rules}
      </h2>
      <p className="t-12 mb-3 text-text-2">{rules.length === 0 ? words.rulesNone : words.rulesHelp}</p>
      {rules.map((rule, index) => (
        <Rule
          key={rule.key}
          rule={rule}
          index={index}
          session={session}
          refusal={refusal}
          onChange={(next) => onChange(rules.with(index, { ...rule, ...next }))}
          onRemove={() => {
            onChange(rules.toSpliced(index, 1));
            document.getElementById('rules-heading')?.focus();
          }}
        />
      ))}
      {first && <Button onClick={() => onChange([...rules, newRule(first.id)])}>{words.addRule}</Button>}
    </section>
  );
}

type RuleProps = {
  rule: RuleForm;
  index: number;
  session: Session;
  refusal: Refusal;
  onChange: (next: Partial<RuleForm>) => void;
  onRemove: () => void;
};

function Rule({ rule, index, session, refusal, onChange, onRemove }: RuleProps) {
  const known = session.workspaces.some((one) => one.id === rule.workspace);
  const workspaces = [
    ...session.workspaces.map((one) => ({ value: one.id, label: one.name })),
    // one that the administrator does not belong to keeps its rule
    ...(known ? [] : [{ value: rule.workspace, label: words.otherWorkspace }]),
  ];
  return (
    <fieldset className="mb-4 grid grid-cols-1 items-end gap-3 border-b border-line-1 pb-4 @tablet:grid-cols-2">
      <legend className="t-13 mb-2 flex w-full items-center justify-between font-medium">
        {words.ruleNumber(index + 1)}
        <IconButton label={words.removeRule(index + 1)} onClick={onRemove}>
          <X {...icon} />
        </IconButton>
      </legend>
      <Select
        label={words.by}
        value={rule.by}
        options={[
          { value: 'domain', label: words.byDomain },
          { value: 'claim', label: words.byClaim },
        ]}
        onChange={(by) => onChange({ by })}
      />
      {rule.by === 'claim' && (
        <TextField
          id={fieldIds.claim(index)}
          label={words.claim}
          help={words.claimHelp}
          mono
          maxLength={200}
          spellCheck={false}
          autoCapitalize="none"
          value={rule.claim}
          onChange={(claim) => onChange({ claim })}
          error={errorAt(refusal, fieldIds.claim(index))}
        />
      )}
      <TextField
        id={fieldIds.value(index)}
        label={rule.by === 'domain' ? words.domain : words.value}
        mono
        maxLength={rule.by === 'domain' ? 253 : 500}
        spellCheck={false}
        autoCapitalize="none"
        value={rule.value}
        onChange={(value) => onChange({ value })}
        error={errorAt(refusal, fieldIds.value(index))}
      />
      <Select
        label={words.workspace}
        value={rule.workspace}
        options={workspaces}
        onChange={(workspace) => onChange({ workspace })}
      />
      <Select
        label={words.role}
        value={rule.role}
        options={RULE_ROLES.map((role) => ({ value: role, label: roleName(role) }))}
        onChange={(role) => onChange({ role })}
      />
    </fieldset>
  );
}
