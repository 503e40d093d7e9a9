// Which agent a step asks. What kind it is decides which fields the step has.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { toProblem } from '@/api/problem';
import { Select } from '@/components/Choice';
import { FieldError } from '@/components/Field';
import { agentChoicesQuery } from '@/features/agents/api';
import { useWorkspace } from '@/lib/workspace';
import { kindWords as words } from '../kind-strings';
import type { DraftStep } from '../model/draft';

type AgentChoiceProps = {
  step: DraftStep;
  id: string;
  label: string;
  error?: string;
  /** Its id; a name, where one was written. */
  value: string;
  onField: (name: string, text: string) => void;
};

export function AgentChoice({ step, id, label, error, value, onField }: AgentChoiceProps) {
  const workspace = useWorkspace();
  const query = useQuery(agentChoicesQuery(workspace.id));
  const agents = query.data?.data ?? [];
  const chosen = agents.find((agent) => agent.id === value || agent.name.toLowerCase() === value.toLowerCase());
  const choose = (next: string) => {
    onField('agent', next);
    onField('action', agents.find((agent) => agent.id === next)?.kind ?? '');
  };
  return (
    <div className="flex flex-col gap-1">
      <Select
        id={id}
        label={label}
        error={error}
        help={
          chosen ? `${words.agentKind[chosen.kind]}${chosen.description ? ` · ${chosen.description}` : ''}` : undefined
        }
        value={chosen?.id ?? value}
        options={[
          ...(value === '' ? [{ value: '', label: words.agentChoose }] : []),
          ...agents.map((agent) => ({ value: agent.id, label: agent.name })),
          ...(value !== '' && !chosen && query.data ? [{ value, label: words.agentGone(nameIn(step, value)) }] : []),
        ]}
        onChange={choose}
      />
      {query.isError && <FieldError>{`${words.agentsFailed} ${toProblem(query.error).detail}`}</FieldError>}
      {query.data && agents.length === 0 && (
        <p className="t-12 text-text-2">
          {words.agentNone}{' '}
          <Link to="/w/$workspace/agents" params={{ workspace: workspace.slug }} className="link">
            {words.agentNew}
          </Link>
        </p>
      )}
    </div>
  );
}

/** An id says nothing to people. */
const nameIn = (step: DraftStep, value: string) => (/^[0-9a-f-]{36}$/.test(value) ? step.name : value);
