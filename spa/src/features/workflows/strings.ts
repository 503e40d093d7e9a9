// The words of the workflow library and of the builder.
import { plural, shownOf } from '@/lib/format';

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
  shown: (count: number, more: boolean) => shownOf(count, more, 'workflow'),
  moreFailed: 'More workflows could not be loaded. Try again.',
  never: 'never run',
  steps: (count: number) => plural(count, 'step'),
  by: (name: string | null) => name ?? 'somebody who left',
  allRuns: (name: string) => `Runs of ${name}`,
} as const;
