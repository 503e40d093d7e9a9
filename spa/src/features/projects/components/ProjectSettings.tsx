// What the runs of a project are made with.
import { useState } from 'react';
import { toProblem } from '@/api/problem';
import type { Project } from '@/api/types';
import { SaveForm, useRefusal } from '@/components/SaveForm';
import { toast } from '@/components/Toast';
import { refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { useUpdateProject } from '../api';
import { changesOf, formOf, type ProjectForm } from '../model/form';
import { issuesOf, PLACES, ProjectFields } from '../ProjectFields';
import { words } from '../strings';

export function ProjectSettings({ project, may }: { project: Project; may: boolean }) {
  const workspace = useWorkspace();
  const update = useUpdateProject(workspace.id, project.id);
  // only what was typed here: the rest stays what the server says
  const [typed, setTyped] = useState<Partial<ProjectForm>>({});
  const refused = useRefusal();
  const { refuse } = refused;
  const form = { ...formOf(project), ...typed };
  const save = () => {
    const issues = issuesOf(form);
    if (issues.length > 0) return refuse({ issues });
    const changes = changesOf(project, form);
    if (!changes) return setTyped({});
    update.mutate(
      { revision: project.revision, changes },
      {
        onSuccess: () => {
          setTyped({});
          refused.forget();
          void toast({ text: words.saved });
        },
        onError: (error) =>
          refuse(
            toProblem(error).status === 412
              ? { issues: [], general: words.faster }
              : refusalOf(error, words.notSaved, PLACES),
          ),
      },
    );
  };
  return (
    <SaveForm
      refused={refused}
      id="project.save"
      group={words.thisProject}
      verb={words.save}
      busyVerb={words.saving}
      busy={update.isPending}
      may={may}
      onSave={save}
      className="flex max-w-160 flex-col gap-4 px-(--gutter) py-4"
    >
      <h2 className="sr-only">{words.settings}</h2>
      {!may && !project.archived_at && <p className="t-13 text-text-2">{words.mayNot}</p>}
      <ProjectFields
        form={form}
        refusal={refused.refusal}
        readOnly={!may}
        onChange={(next) => {
          setTyped({ ...typed, ...next });
          refused.forget();
        }}
      />
    </SaveForm>
  );
}
