// The fields of a project, new or changed.
import { useQuery } from '@tanstack/react-query';
import { Select, Switch } from '@/components/Choice';
import { TextField } from '@/components/TextField';
import { errorAt, type Refusal } from '@/lib/refusal';
import { useWorkspace } from '@/lib/workspace';
import { workflowChoicesQuery } from './api';
import { check, type ProjectForm, type Wrong } from './model/form';
import { words } from './strings';

export const fieldIds = {
  name: 'project-name',
  description: 'project-description',
  workflow: 'project-workflow',
  model: 'project-model',
  timeout: 'project-timeout',
  directory: 'project-directory',
  auto: 'project-auto',
  network: 'project-network',
} as const;

export const PLACES = {
  '/name': { fieldId: fieldIds.name, label: words.name },
  '/description': { fieldId: fieldIds.description, label: words.description },
  '/default_workflow_id': { fieldId: fieldIds.workflow, label: words.workflow },
  '/config/model': { fieldId: fieldIds.model, label: words.model },
  '/config/timeout_seconds': { fieldId: fieldIds.timeout, label: words.timeout },
  '/directory': { fieldId: fieldIds.directory, label: words.directory },
  '/config/auto_mode': { fieldId: fieldIds.auto, label: words.auto },
  '/config/script_network': { fieldId: fieldIds.network, label: words.network },
};

const LABELS: Record<keyof ProjectForm, string> = {
  name: words.name,
  description: words.description,
  workflow: words.workflow,
  model: words.model,
  timeout: words.timeout,
  directory: words.directory,
  auto: words.auto,
  network: words.network,
};
const MESSAGES: Record<keyof ProjectForm, Partial<Record<NonNullable<Wrong['name']>, string>>> = {
  name: { empty: words.nameEmpty, long: words.nameLong },
  description: { long: words.descriptionLong },
  workflow: {},
  model: { long: words.modelLong },
  timeout: { number: words.timeoutWrong },
  directory: {},
  auto: {},
  network: {},
};

export function issuesOf(form: ProjectForm): Refusal['issues'] {
  const wrong = check(form);
  return (Object.keys(LABELS) as (keyof ProjectForm)[]).flatMap((field) => {
    const what = wrong[field];
    const message = what && MESSAGES[field][what];
    return message ? [{ fieldId: fieldIds[field], label: LABELS[field], message }] : [];
  });
}

type ProjectFieldsProps = {
  form: ProjectForm;
  refusal: Refusal;
  readOnly?: boolean;
  /** A new one needs only a name; the rest can wait. */
  few?: boolean;
  onChange: (next: Partial<ProjectForm>) => void;
};

export function ProjectFields({ form, refusal, readOnly, few, onChange }: ProjectFieldsProps) {
  const workspace = useWorkspace();
  const workflows = useQuery(workflowChoicesQuery(workspace.id)).data?.data ?? [];
  const text = (field: Exclude<keyof ProjectForm, 'workflow' | 'auto' | 'network'>, help?: string, optional = true) => (
    <TextField
      id={fieldIds[field]}
      label={LABELS[field]}
      help={help}
      optional={optional}
      value={form[field]}
      onChange={(value) => onChange({ [field]: value })}
      error={errorAt(refusal, fieldIds[field])}
      readOnly={readOnly}
      maxLength={1000}
    />
  );
  return (
    <>
      {text('name', undefined, false)}
      {text('description')}
      <Select
        id={fieldIds.workflow}
        label={words.workflow}
        help={words.workflowHelp}
        optional
        value={form.workflow}
        disabled={readOnly}
        options={[
          { value: '', label: words.noWorkflow },
          ...workflows.map((workflow) => ({ value: workflow.id, label: workflow.name })),
        ]}
        onChange={(workflow) => onChange({ workflow })}
        error={errorAt(refusal, fieldIds.workflow)}
      />
      {!few && (
        <>
          {text('model', words.modelHelp)}
          {text('timeout', words.timeoutHelp)}
          {text('directory', words.directoryHelp)}
          <Switch
            id={fieldIds.auto}
            label={words.auto}
            help={words.autoHelp}
            checked={form.auto}
            disabled={readOnly}
            onChange={(auto) => onChange({ auto })}
            error={errorAt(refusal, fieldIds.auto)}
          />
          <Switch
            id={fieldIds.network}
            label={words.network}
            help={words.networkHelp}
            checked={form.network}
            disabled={readOnly}
            onChange={(network) => onChange({ network })}
            error={errorAt(refusal, fieldIds.network)}
          />
        </>
      )}
    </>
  );
}
