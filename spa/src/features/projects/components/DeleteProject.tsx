// The end of a project. One that has runs asks for its name: what they have in common goes, and does not come back.
import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import type { Project } from '@/api/types';
import { Ending } from '@/components/Ending';
import { FormDialog } from '@/components/FormDialog';
import { TextField } from '@/components/TextField';
import { toast } from '@/components/Toast';
import { useActions } from '@/lib/actions';
import { errorAt, NO_REFUSAL, refusalOf } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { useDeleteProject } from '../api';
import { words } from '../strings';

const FIELD = 'project-delete-name';

export function DeleteProject({ project }: { project: Project }) {
  const [asked, setAsked] = useState(false);
  const ask = () => setAsked(true);
  useActions([{ id: 'project.delete', name: words.deleteMore, group: words.thisProject, danger: true, perform: ask }]);
  return (
    <div className="max-w-160 px-(--gutter) pt-4 pb-8">
      <div className="border-t border-line-1">
        <Ending text={words.deleteHelp} verb={words.deleteMore} onAsk={ask} />
      </div>
      {asked && <DeleteDialog project={project} onClose={() => setAsked(false)} />}
    </div>
  );
}

function DeleteDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const workspace = useWorkspace();
  const router = useRouter();
  const { remove, forget } = useDeleteProject(workspace.id, project.id);
  const [typed, setTyped] = useState('');
  const [refusal, setRefusal] = useState(NO_REFUSAL);
  const asksName = project.last_runs.length > 0;
  const perform = () => {
    if (asksName && typed.trim() !== project.name)
      return setRefusal({
        issues: [{ fieldId: FIELD, label: words.name, message: words.deleteNameWrong(project.name) }],
      });
    remove.mutate(project.revision, {
      onError: (error) => setRefusal(refusalOf(error, words.notDeleted, {})),
      onSuccess: async () => {
        // away first: this page is nothing to look at any more
        await router.navigate({ to: '/w/$workspace/projects', params: { workspace: workspace.slug } });
        forget();
        void toast({ text: words.deleted(project.name) });
      },
    });
  };
  return (
    <FormDialog
      title={words.deleteTitle(project.name)}
      verb={words.deleteIt}
      busyVerb={words.deleting}
      busy={remove.isPending}
      dirty={false}
      refusal={refusal}
      danger
      onSubmit={perform}
      onClose={onClose}
    >
      <div className="t-14 flex flex-col gap-3">
        <p>{words.deleteText}</p>
        {asksName && <p>{words.deleteRuns}</p>}
      </div>
      {asksName && (
        <TextField
          id={FIELD}
          label={words.deleteName(project.name)}
          value={typed}
          onChange={(value) => {
            setTyped(value);
            setRefusal(NO_REFUSAL);
          }}
          error={errorAt(refusal, FIELD)}
          spellCheck={false}
          maxLength={200}
        />
      )}
    </FormDialog>
  );
}
