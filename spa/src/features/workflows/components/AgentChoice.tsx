// Which agent a step asks, and one of its tools. What kind it is decides which fields the step has.
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { toProblem } from '@/api/problem';
import { Select } from '@/components/Choice';
import { FieldError } from '@/components/Field';
import { agentChoicesQuery } from '@/features/agents/api';
import { useWorkspace } from '@/lib/workspace';
import { kindWords as words } from '../kind-strings';
import type { DraftStep } from '../model/draft';
import type { Fields } from '../model/fields';

type ChoiceProps = {
  step: DraftStep;
  id: string;
  label: string;
  error?: string;
  /** Its id; a name, where one was written. */
  value: string;
};

function useAgents(value: string) {
  const workspace = useWorkspace();
  const query = useQuery(agentChoicesQuery(workspace.id));
  const agents = query.data?.data ?? [];
  const chosen = agents.find((agent) => agent.id === value || agent.name.toLowerCase() === value.toLowerCase());
  return { workspace, query, agents, chosen };
}

type AgentChoiceProps = ChoiceProps & { onFields: (changed: Fields) => void };

export function AgentChoice({ step, id, label, error, value, onFields }: AgentChoiceProps) {
  const { workspace, query, agents, chosen } = useAgents(value);
  const choose = (next: string) =>
    onFields({ agent: next, action: agents.find((agent) => agent.id === next)?.kind ?? '' });
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

/** Of the agent that the step asks. */
export function ToolChoice({ step, value, onChange, ...field }: ChoiceProps & { onChange: (text: string) => void }) {
  const { query, chosen } = useAgents(step.fields.agent ?? '');
  const names = chosen?.config.tools?.map((tool) => tool.name) ?? [];
  return (
    <Select
      {...field}
      value={value}
      options={[
        ...(value === ''
          ? [{ value: '', label: query.data && names.length === 0 ? words.toolOfNone : words.toolOfChoose }]
          : []),
        ...names.map((name) => ({ value: name, label: name })),
        ...(value !== '' && !names.includes(value)
          ? [{ value, label: query.data ? words.toolOfGone(value) : value }]
          : []),
      ]}
      onChange={onChange}
    />
  );
}
