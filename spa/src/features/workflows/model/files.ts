// Workflows as files: what a file is by its name, and what a workflow is called and says as one. Pure.
import type { StepDefinition, Workflow } from '@/api/types';
import { type Language, languageOf } from '@/components/code/mark';
import { toYaml } from '@/lib/yaml';

/** What the server takes as one document. */
export const SOURCE_MOST = 500_000;
export const ENDINGS = ['.yaml', '.yml', '.json', '.ts', '.js', '.mts', '.mjs'] as const;

const FORMATS: Readonly<Record<string, Language>> = {
  yaml: 'yaml',
  yml: 'yaml',
  json: 'json',
  ts: 'typescript',
  mts: 'typescript',
  js: 'typescript',
  mjs: 'typescript',
};
const nameAndEnding = (file: string) => /^(.+?)(?:\.([A-Za-z]+))?$/.exec(file) ?? [];

/** undefined: its looks tell. */
export const formatOf = (file: string): Language | undefined => FORMATS[nameAndEnding(file)[2]?.toLowerCase() ?? ''];
/** "content-pipeline" of "content-pipeline.yaml": the name of a workflow that says none. */
export const stemOf = (file: string): string => nameAndEnding(file)[1] ?? file;

const ENDING: Record<Language, string> = { yaml: 'yaml', json: 'json', typescript: 'ts' };
const slug = (name: string): string =>
  name
    .toLowerCase()
    .normalize('NFKD')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 100) || 'workflow';

export const fileName = (name: string, text: string): string => `${slug(name)}.${ENDING[languageOf(text)]}`;

/** Without what the server makes anew whenever it is saved. */
function written(step: StepDefinition): StepDefinition {
  const { call: _, ...rest } = step as StepDefinition & { call?: unknown };
  const poll = rest.poll && (written(rest.poll as StepDefinition) as typeof rest.poll);
  return { ...rest, ...(poll ? { poll } : {}), ...(rest.steps ? { steps: rest.steps.map(written) } : {}) };
}

/** As it was written; else as YAML, with the id by which an upload finds it again. */
export function documentOf({ id, own_id, name, description, definition, source }: Workflow): string {
  if (source !== null) return source;
  const steps = definition.steps.map(written);
  return toYaml({ id: own_id ?? id, name, ...(description ? { description } : {}), ...definition, steps });
}
