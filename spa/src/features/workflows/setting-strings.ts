// The words of what a workflow says beside its steps.
import { plural } from '@/lib/format';

export const settingWords = {
  heading: 'Settings',
  made: (count: number) => (count === 0 ? 'as usual' : plural(count, 'setting')),
  output: 'What a run gives',
  outputHelp: 'A template, or JSON with templates; the output of the last step when left empty.',
  costMost: 'A run may cost, in dollars',
  costMostHelp: 'Then it ends. $5.00 for prompts in a row, any amount otherwise, when left empty.',
  costWarn: 'It says so from, in dollars',
  costWarnHelp: 'Of prompts in a row from $1.00 when left empty.',
  phases: 'Phases in their order',
  phasesHelp: 'One a line; as the steps name them when left empty.',
  phasesMany: 'At most 50 phases.',
  phasesLong: 'A phase has at most 60 characters.',
  phasesTwice: 'Two phases have the same name.',
  state: 'What a run publishes while it goes on',
  stateHelp: 'A JSON object: names, each with a template.',
  place: (field: string) => `Settings, ${field}`,
} as const;
