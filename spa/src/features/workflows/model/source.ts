// The text of a workflow that is made of its steps. Pure.
import { toYaml } from '@/lib/yaml';
import { type Draft, definitionOf } from './draft';

export type Notation = 'yaml' | 'json';

/** Name and description stand in it, so that the text is the whole. */
export function sourceText(draft: Draft, notation: Notation): string {
  const [name, description] = [draft.name.trim(), draft.description.trim()];
  const whole = { ...(name ? { name } : {}), ...(description ? { description } : {}), ...definitionOf(draft) };
  return notation === 'yaml' ? toYaml(whole) : `${JSON.stringify(whole, null, 2)}\n`;
}
