// An agent as a form: what is in it, what is wrong, what is sent. What has no field (tools, a prompt of the library, options of a built-in model) stays as it is. Pure.
import type { Agent, AgentCreate, AgentUpdate } from '@/api/types';

export type AgentForm = {
  kind: Agent['kind'];
  name: string;
  description: string;
  system: string;
  model: string;
  base_url: string;
  endpoint: string;
  headers: string;
};

export const emptyForm: AgentForm = {
  kind: 'prompt',
  name: '',
  description: '',
  system: '',
  model: '',
  base_url: '',
  endpoint: '',
  headers: '',
};

export const formOf = (agent: Agent): AgentForm => ({
  kind: agent.kind,
  name: agent.name,
  description: agent.description,
  system: agent.config.system ?? '',
  model: agent.config.model ?? '',
  base_url: agent.config.base_url ?? '',
  endpoint: agent.config.endpoint ?? '',
  headers: Object.entries(agent.config.headers ?? {})
    .map(([name, value]) => `${name}: ${String(value)}`)
    .join('\n'),
});

export type Field = Exclude<keyof AgentForm, 'kind'>;
export const OF_KIND: Record<Agent['kind'], readonly Field[]> = {
  prompt: ['system', 'model'],
  http: ['base_url', 'endpoint', 'headers'],
};

export type Fault = 'empty' | 'long' | 'wrong';
export type Wrong = Partial<Record<Field, Fault>>;
const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,62}$/;
const URL_FORM = /^https?:\/\/[^\s]+$/;
const PATH = /^\/[^\s{}]*$/;
const long = (text: string, most: number) => [...text].length > most;

const headerLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

export function check(form: AgentForm): Wrong {
  const wrong: Wrong = {};
  if (form.name.trim() === '') wrong.name = 'empty';
  else if (!NAME.test(form.name.trim())) wrong.name = 'wrong';
  if (long(form.description.trim(), 500)) wrong.description = 'long';
  if (form.kind === 'prompt') {
    if (long(form.system, 20_000)) wrong.system = 'long';
    return wrong;
  }
  if (form.base_url.trim() === '') wrong.base_url = 'empty';
  else if (!URL_FORM.test(form.base_url.trim())) wrong.base_url = 'wrong';
  if (form.endpoint.trim() !== '' && !PATH.test(form.endpoint.trim())) wrong.endpoint = 'wrong';
  if (!headerLines(form.headers).every((line) => /^[^\s:]+:/.test(line))) wrong.headers = 'wrong';
  return wrong;
}

type Config = AgentCreate['config'];

function configOf(form: AgentForm, was: Config = {}): Config {
  if (form.kind === 'prompt') {
    const { system: _, model: __, ...kept } = was;
    return {
      ...kept,
      ...(form.system.trim() ? { system: form.system } : {}),
      ...(form.model.trim() ? { model: form.model.trim() } : {}),
    };
  }
  const headers = headerLines(form.headers).map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
  return {
    base_url: form.base_url.trim(),
    ...(form.endpoint.trim() ? { endpoint: form.endpoint.trim() } : {}),
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers) } : {}),
  };
}

export const toAgent = (form: AgentForm): AgentCreate => ({
  name: form.name.trim(),
  description: form.description.trim(),
  kind: form.kind,
  config: configOf(form),
});

/** Only what differs; null: nothing. */
export function changesOf(was: Agent, form: AgentForm): AgentUpdate | null {
  const before = formOf(was);
  const changes: AgentUpdate = {};
  if (form.name.trim() !== was.name) changes.name = form.name.trim();
  if (form.description.trim() !== was.description) changes.description = form.description.trim();
  if (OF_KIND[was.kind].some((field) => form[field].trim() !== before[field].trim()))
    changes.config = configOf(form, was.config);
  return Object.keys(changes).length > 0 ? changes : null;
}
