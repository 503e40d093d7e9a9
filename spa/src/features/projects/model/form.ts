// A project as a form: what is in it, what is wrong, what is sent. Pure.
import type { Project, ProjectCreate, ProjectUpdate } from '@/api/types';

export type ProjectForm = {
  name: string;
  description: string;
  workflow: string;
  model: string;
  timeout: string;
  directory: string;
  /** Phases follow each other; else somebody begins each. */
  auto: boolean;
  /** Script steps that ask for it get there. */
  network: boolean;
};

export const emptyForm: ProjectForm = {
  name: '',
  description: '',
  workflow: '',
  model: '',
  timeout: '',
  directory: '',
  auto: true,
  network: false,
};

export const formOf = (project: Project): ProjectForm => ({
  name: project.name,
  description: project.description,
  workflow: project.default_workflow_id ?? '',
  model: project.config.model ?? '',
  timeout: project.config.timeout_seconds === undefined ? '' : String(project.config.timeout_seconds),
  directory: project.directory ?? '',
  auto: project.config.auto_mode ?? true,
  network: project.config.script_network ?? false,
});

export type Wrong = Partial<Record<keyof ProjectForm, 'empty' | 'long' | 'number'>>;
const long = (text: string, most: number) => [...text.trim()].length > most;
const TIMEOUT_MOST = 86_400;

export function check(form: ProjectForm): Wrong {
  const wrong: Wrong = {};
  const seconds = Number(form.timeout);
  if (form.name.trim() === '') wrong.name = 'empty';
  else if (long(form.name, 100)) wrong.name = 'long';
  if (long(form.description, 500)) wrong.description = 'long';
  if (long(form.model, 100)) wrong.model = 'long';
  if (form.timeout.trim() !== '' && !(Number.isInteger(seconds) && seconds >= 1 && seconds <= TIMEOUT_MOST))
    wrong.timeout = 'number';
  return wrong;
}

const configOf = (form: ProjectForm) => ({
  ...(form.model.trim() ? { model: form.model.trim() } : {}),
  ...(form.timeout.trim() ? { timeout_seconds: Number(form.timeout) } : {}),
  ...(form.auto ? {} : { auto_mode: false }),
  ...(form.network ? { script_network: true } : {}),
});

export const toProject = (form: ProjectForm): ProjectCreate => ({
  name: form.name.trim(),
  description: form.description.trim(),
  ...(form.workflow ? { default_workflow_id: form.workflow } : {}),
  config: configOf(form),
  ...(form.directory.trim() ? { directory: form.directory.trim() } : {}),
});

/** Only what differs; null: nothing. */
export function changesOf(was: Project, form: ProjectForm): ProjectUpdate | null {
  const before = formOf(was);
  const changes: ProjectUpdate = {};
  if (form.name.trim() !== was.name) changes.name = form.name.trim();
  if (form.description.trim() !== was.description) changes.description = form.description.trim();
  if (form.workflow !== before.workflow) changes.default_workflow_id = form.workflow || null;
  const config = configOf(form);
  if (JSON.stringify(config) !== JSON.stringify(configOf(before))) changes.config = config;
  if (form.directory.trim() !== before.directory) changes.directory = form.directory.trim() || null;
  return Object.keys(changes).length > 0 ? changes : null;
}
