// The words of the workflow library and of the builder.
import { plural } from '@/lib/format';

export const words = {
  workflows: 'Workflows',
  name: 'Name',
  kind: 'Kind',
  lastRuns: 'Last runs',
  median: 'Median',
  edited: 'Edited',
  editedBy: 'By',
  actions: 'Run',
  run: 'Run',
  runOf: (name: string) => `Run ${name}`,
  search: 'Name or description',
  newWorkflow: 'New workflow',
  listFailed: 'The workflows could not be loaded.',
  listEmpty: 'Workflows belong here: prompts in a row, each working on what the one before it wrote.',
  filteredEmpty: (q: string) => `No workflow has “${q}” in its name or description.`,
  clearFilters: 'Clear filters',
  loadMore: 'Load more',
  loading: 'Loading…',
  shown: (count: number, more: boolean) =>
    more ? `The first ${plural(count, 'workflow')}` : `All ${plural(count, 'workflow')}`,
  moreFailed: 'More workflows could not be loaded. Try again.',
  never: 'never run',
  lastRunsOf: (name: string, sentence: string) => `Last runs of ${name}: ${sentence}`,
  runMark: (word: string, time: string) => (time === '' ? word : `${word}, ${time}`),
  steps: (count: number) => plural(count, 'step'),
  by: (name: string | null) => name ?? 'somebody who left',
  allRuns: (name: string) => `Runs of ${name}`,
} as const;
