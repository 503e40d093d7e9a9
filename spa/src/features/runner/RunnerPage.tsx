// Runs a workflow: a form made of its input schema, one press, and the address becomes the run's. `?run=` fills in the inputs of an
// earlier run ("Run with changes…").
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { idempotencyKey } from '@/api/client';
import { toProblem } from '@/api/problem';
import type { Workflow } from '@/api/types';
import { Button } from '@/components/Button';
import { Select } from '@/components/Choice';
import { ErrorSummary, type FieldIssue, focusField } from '@/components/ErrorSummary';
import { TimeAgo } from '@/components/Money';
import { FieldOutlines, NotLoaded } from '@/components/NotLoaded';
import { PageHeader } from '@/components/PageHeader';
import { SchemaForm, schemaFieldId, useKeptValues } from '@/components/SchemaForm';
import { ThingNotYet } from '@/components/ThingNotYet';
import { ThingMenu } from '@/features/library/components/ThingMenu';
import { mayChange } from '@/features/library/model/thing';
import { words as shared } from '@/features/library/strings';
import { useRun } from '@/features/live/useLiveRun';
import { projectChoicesQuery } from '@/features/projects/api';
import { useCreateRun } from '@/features/runs/api';
import { workflowQuery } from '@/features/workflows/api';
import { type Action, useActions } from '@/lib/actions';
import { saveFile } from '@/lib/save-file';
import { errorsByField, fieldsOf, inputOf, type JsonSchema } from '@/lib/schema-form';
import { useTitle } from '@/lib/title';
import { mayEdit, useWorkspace } from '@/lib/workspace';
import { LastInputs } from './components/LastInputs';
import { RunnerAside } from './components/RunnerAside';
import { inputSchemaOf, withInputs } from './model/inputs';
import { words } from './strings';

const shell = getRouteApi('/w/$workspace');
const route = getRouteApi('/w/$workspace/workflows/$workflow');

export function RunnerPage() {
  const { workflow: workflowId } = route.useParams();
  const { run: fromRun } = route.useSearch();
  const workspace = useWorkspace();
  const query = useQuery(workflowQuery(workspace.id, workflowId));
  // asked for beside it: its choice stands above the inputs, and must not push them down
  const projects = useQuery(projectChoicesQuery(workspace.id));
  useTitle({ title: query.data ? `${words.run}: ${query.data.name}` : words.workflow });
  if (!query.data || projects.isPending)
    return (
      <ThingNotYet
        query={query}
        list={{ label: words.workflows, to: '/w/$workspace/workflows', params: { workspace: workspace.slug } }}
        title={words.workflow}
        what={words.readFailed}
        sentence={words.reading}
      >
        <FieldOutlines fields={2} />
      </ThingNotYet>
    );
  const workflow = query.data;
  const schema = inputSchemaOf(workflow.definition);
  return fromRun ? (
    <RunnerFromRun key={fromRun} workflow={workflow} schema={schema} runId={fromRun} />
  ) : (
    <Runner workflow={workflow} schema={schema} />
  );
}

function RunnerFromRun({ workflow, schema, runId }: { workflow: Workflow; schema: JsonSchema; runId: string }) {
  const workspace = useWorkspace();
  const run = useRun(workspace.id, runId);
  if (run.data) return <Runner workflow={workflow} schema={withInputs(schema, run.data.input)} fromRun={runId} />;
  return (
    <>
      <RunnerHeader workflow={workflow} primary={null} />
      <NotLoaded query={run} what={words.inputsFailed} sentence={words.reading}>
        <FieldOutlines fields={2} />
      </NotLoaded>
    </>
  );
}

type RunnerProps = { workflow: Workflow; schema: JsonSchema; fromRun?: string };

function Runner({ workflow, schema, fromRun }: RunnerProps) {
  const workspace = useWorkspace();
  const form = useKeptValues(`run ${workflow.id} ${fromRun ?? ''}`, schema);
  const { project } = route.useSearch();
  const submit = useSubmit(workflow, schema, form, project);
  const may = mayEdit(workspace);
  const fields = fieldsOf(schema);
  useActions([
    {
      id: 'run.start',
      name: words.run,
      keys: 'Mod+Enter',
      group: words.thisWorkflow,
      inFields: true,
      when: () => may,
      perform: submit.run,
    },
  ]);
  const start = may && (
    <Button look="primary" keys="Mod+Enter" busy={submit.busy ? words.starting : false} onClick={submit.run}>
      {words.run}
    </Button>
  );
  return (
    <>
      <RunnerHeader workflow={workflow} primary={start} />
      <div className="grid gap-x-10 gap-y-6 px-(--gutter) py-4 @desk:grid-cols-[minmax(0,640px)_minmax(0,1fr)]">
        <form
          noValidate
          aria-label={words.inputs}
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            submit.run();
          }}
          className="flex max-w-[640px] min-w-0 flex-col gap-4"
        >
          {workflow.description && <p className="t-14 text-text-2">{workflow.description}</p>}
          {!may && <p className="t-13 text-text-2">{words.mayNotRun}</p>}
          <ErrorSummary {...submit.summary} ref={submit.summaryBox} />
          {may && <ProjectChoice project={project} />}
          {fields.length === 0 ? (
            <p className="t-14 text-text-2">{words.noInputs}</p>
          ) : (
            <>
              <LastInputs workflow={workflow} schema={schema} form={form} fromRun={fromRun} />
              <SchemaForm
                schema={schema}
                values={form.values}
                onChange={(name, value) => {
                  submit.changed(name);
                  form.change(name, value);
                }}
                onLeave={submit.check}
                errors={submit.errors}
                idPrefix="input"
                disabled={!may}
              />
            </>
          )}
          {/* Enter in a field sends the form: that needs a button inside of it */}
          <button type="submit" className="sr-only" tabIndex={-1} aria-hidden="true" />
        </form>
        <RunnerAside workflow={workflow} />
      </div>
    </>
  );
}

/** In which project the run is, and with whose settings it is made: in the address, so that a project leads here. */
function ProjectChoice({ project }: { project: string | undefined }) {
  const workspace = useWorkspace();
  const navigate = route.useNavigate();
  const projects = useQuery(projectChoicesQuery(workspace.id)).data?.data ?? [];
  const known = projects.some((one) => one.id === project);
  if (projects.length === 0 && project === undefined) return null;
  return (
    <Select
      id="run-project"
      label={words.project}
      help={words.projectHelp}
      optional
      value={project ?? ''}
      options={[
        { value: '', label: words.noProject },
        ...projects.map((one) => ({ value: one.id, label: one.name })),
        ...(project === undefined || known ? [] : [{ value: project, label: words.otherProject(project.slice(-6)) }]),
      ]}
      onChange={(id) => void navigate({ search: (before) => ({ ...before, project: id || undefined }), replace: true })}
    />
  );
}

/** Checks, sends, and leads to the run, or to the first field that is not right. */
function useSubmit(
  workflow: Workflow,
  schema: JsonSchema,
  form: ReturnType<typeof useKeptValues>,
  project: string | undefined,
) {
  const workspace = useWorkspace();
  const navigate = route.useNavigate();
  const create = useCreateRun(workspace.id);
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [others, setOthers] = useState<{ general?: string; requestId?: string | null }>({});
  const summaryBox = useRef<HTMLDivElement>(null);
  // the same submit, sent again after the network broke, must not start a second run
  const intent = useRef<{ sent: string; key: string } | null>(null);
  const fieldId = (name: string) => schemaFieldId('input', name);

  const show = (found: Record<string, string>, general?: string, requestId?: string | null) => {
    setErrors(found);
    setOthers({ general, requestId });
    const first = fieldsOf(schema).find((field) => found[field.name]);
    // after the messages are drawn
    setTimeout(() => (first ? focusField(fieldId(first.name)) : summaryBox.current?.focus()));
  };
  const run = () => {
    if (create.isPending) return;
    const { input, problems } = inputOf(schema, form.values);
    if (Object.keys(problems).length > 0) return show(problems);
    const sent = JSON.stringify([input, project]);
    if (intent.current?.sent !== sent) intent.current = { sent, key: idempotencyKey() };
    create.mutate(
      { workflowId: workflow.id, projectId: project, input, key: intent.current.key },
      {
        onSuccess: (made) => {
          intent.current = null;
          form.sent();
          void navigate({
            to: '/w/$workspace/runs/$run',
            params: { workspace: workspace.slug, run: made.id },
            search: { view: 'output' },
          });
        },
        onError: (error) => {
          const problem = toProblem(error);
          if (!problem.retryable) intent.current = null;
          const { byField, others: rest } = errorsByField(schema, problem.errors, '/input');
          const fields = Object.keys(byField).length > 0;
          const extra = rest.map((one) => `${one.path}: ${one.message}`).join(' ');
          show(
            byField,
            fields && !extra ? undefined : `${words.notStarted} ${problem.detail} ${extra}`.trim(),
            problem.request_id,
          );
        },
      },
    );
  };
  const issues: FieldIssue[] = fieldsOf(schema).flatMap((field) => {
    const message = errors[field.name];
    return message ? [{ fieldId: fieldId(field.name), label: field.label, message }] : [];
  });
  return {
    run,
    busy: create.isPending,
    errors,
    summary: { issues, ...others },
    summaryBox,
    /** A field that is being mended is not blamed while it is typed in. */
    changed: (name: string) => errors[name] && setErrors(({ [name]: _, ...rest }) => rest),
    check: (name: string) => {
      const typed = form.values[name];
      // what was never touched is not blamed when it is left
      if (typed === undefined || typed === '') return;
      const problem = inputOf(schema, form.values).problems[name];
      if (problem) setErrors({ ...errors, [name]: problem });
    },
  };
}

function RunnerHeader({ workflow, primary }: { workflow: Workflow; primary: React.ReactNode }) {
  const workspace = useWorkspace();
  return (
    <PageHeader
      path={[{ label: words.workflows, to: '/w/$workspace/workflows', params: { workspace: workspace.slug } }]}
      title={`${words.run}: ${workflow.name}`}
      primary={primary}
      actions={<WorkflowDeeds workflow={workflow} />}
      facts={[
        workflow.type,
        shared.badge(workflow.visibility),
        words.stepsCount(workflow.step_count),
        words.version(workflow.version),
        words.byPerson(workflow.created_by.name),
        <span key="at">
          {words.edited} <TimeAgo at={workflow.updated_at} />
        </span>,
      ]}
    />
  );
}

async function download(workflow: Workflow) {
  const { documentOf, fileName } = await import('@/features/workflows/model/files');
  const text = documentOf(workflow);
  saveFile(fileName(workflow.name, text), text);
}

/** Edit for those who may; its versions, itself as a file, sharing, copies and the rest in the menu. */
function WorkflowDeeds({ workflow }: { workflow: Workflow }) {
  const workspace = useWorkspace();
  const router = useRouter();
  const { session } = shell.useRouteContext();
  const params = { workspace: workspace.slug, workflow: workflow.id };
  const may = mayChange(workflow, session.user.id, workspace.role);
  const go = (to: '/w/$workspace/workflows/$workflow/edit' | '/w/$workspace/workflows/$workflow/versions') => () =>
    void router.navigate({ to, params });
  const group = words.thisWorkflow;
  const edit = go('/w/$workspace/workflows/$workflow/edit');
  const more: Action[] = [
    { id: 'workflow.versions', name: words.versions, group, perform: go('/w/$workspace/workflows/$workflow/versions') },
    { id: 'workflow.download', name: words.download, group, perform: () => void download(workflow) },
  ];
  useActions([{ id: 'workflow.edit', name: words.edit, keys: 'E', group, when: () => may, perform: edit }, ...more]);
  return (
    <>
      {may && (
        <Button keys="E" onClick={edit}>
          {words.edit}
        </Button>
      )}
      <ThingMenu thing={{ noun: 'workflow', ...workflow }} group={group} more={more} />
    </>
  );
}
