// What the runs of a project are made with.
import type { Project } from '@/api/types';
import { RevisedForm } from '@/features/library/components/Revised';
import { useWorkspace } from '@/lib/workspace';
import { useUpdateProject } from '../api';
import { changesOf, formOf } from '../model/form';
import { issuesOf, PLACES, ProjectFields } from '../ProjectFields';
import { words } from '../strings';

export function ProjectSettings({ project, may }: { project: Project; may: boolean }) {
  const workspace = useWorkspace();
  return (
    <RevisedForm
      thing={project}
      update={useUpdateProject(workspace.id, project.id)}
      may={may}
      id="project.save"
      group={words.thisProject}
      words={words}
      formOf={formOf}
      issuesOf={issuesOf}
      changesOf={changesOf}
      places={PLACES}
    >
      {(form, refusal, change) => (
        <>
          <h2 className="sr-only">{words.settings}</h2>
          <ProjectFields form={form} refusal={refusal} readOnly={!may} onChange={change} />
        </>
      )}
    </RevisedForm>
  );
}
