// A new agent.
import { useRouter } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import { EmptyState } from '@/components/EmptyState';
import { PageHeader } from '@/components/PageHeader';
import { SaveForm, useRefusal } from '@/components/SaveForm';
import { refusalOf } from '@/lib/refusal';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { AgentFields, issuesOf, PLACES } from './AgentFields';
import { useCreateAgent } from './api';
import { emptyForm, toAgent } from './model/form';
import { words } from './strings';

export function NewAgentPage() {
  const workspace = useWorkspace();
  useTitle({ title: words.newAgent });
  return (
    <>
      <PageHeader
        path={[{ label: words.agents, to: '/w/$workspace/agents', params: { workspace: workspace.slug } }]}
        title={words.newAgent}
      />
      {mayEdit(workspace) ? <Form /> : <EmptyState sentence={words.mayNotNew} />}
    </>
  );
}

function Form() {
  const workspace = useWorkspace();
  const router = useRouter();
  const create = useCreateAgent(workspace.id);
  const [form, setForm] = useState(emptyForm);
  const refused = useRefusal();
  const intent = useRef<{ sent: string; key: string } | null>(null);
  const save = () => {
    const issues = issuesOf(form);
    if (issues.length > 0) return refused.refuse({ issues });
    const agent = toAgent(form);
    const sent = JSON.stringify(agent);
    if (intent.current?.sent !== sent) intent.current = { sent, key: idempotencyKey() };
    create.mutate(
      { agent, key: intent.current.key },
      {
        onError: (error) => refused.refuse(refusalOf(error, words.notCreated, PLACES)),
        onSuccess: (made) =>
          void router.navigate({
            to: '/w/$workspace/agents/$agent',
            params: { workspace: workspace.slug, agent: made.id },
          }),
      },
    );
  };
  return (
    <SaveForm
      refused={refused}
      id="agent.create"
      group={words.agents}
      verb={words.create}
      busyVerb={words.creating}
      busy={create.isPending}
      listsIssues
      onSave={save}
      className="flex max-w-160 flex-col gap-4 px-(--gutter) py-4"
    >
      <AgentFields
        form={form}
        refusal={refused.refusal}
        onChange={(next) => {
          setForm({ ...form, ...next });
          refused.forget();
        }}
      />
    </SaveForm>
  );
}
