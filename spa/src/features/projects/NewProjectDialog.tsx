// A new project: a name, and what its runs begin with.
import { useRouter } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import { FormDialog } from '@/components/FormDialog';
import { NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { useCreateProject } from './api';
import { emptyForm, toProject } from './model/form';
import { issuesOf, PLACES, ProjectFields } from './ProjectFields';
import { words } from './strings';

export default function NewProjectDialog({ onClose }: { onClose: () => void }) {
  const workspace = useWorkspace();
  const router = useRouter();
  const create = useCreateProject(workspace.id);
  const [form, setForm] = useState(emptyForm);
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const intent = useRef<{ sent: string; key: string } | null>(null);
  const submit = () => {
    const issues = issuesOf(form);
    if (issues.length > 0) return setRefusal({ issues });
    const project = toProject(form);
    const sent = JSON.stringify(project);
    if (intent.current?.sent !== sent) intent.current = { sent, key: idempotencyKey() };
    create.mutate(
      { project, key: intent.current.key },
      {
        onError: (error) => setRefusal(refusalOf(error, words.notCreated, PLACES)),
        onSuccess: async (made) => {
          onClose();
          await router.navigate({
            to: '/w/$workspace/projects/$project',
            params: { workspace: workspace.slug, project: made.id },
          });
        },
      },
    );
  };
  return (
    <FormDialog
      title={words.newProject}
      verb={words.create}
      busyVerb={words.creating}
      busy={create.isPending}
      dirty={form !== emptyForm}
      refusal={refusal}
      onSubmit={submit}
      onClose={onClose}
    >
      <ProjectFields
        form={form}
        refusal={refusal}
        few
        onChange={(next) => {
          setForm({ ...form, ...next });
          setRefusal(NO_REFUSAL);
        }}
      />
    </FormDialog>
  );
}
