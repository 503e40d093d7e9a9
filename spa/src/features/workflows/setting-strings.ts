// The words of what a workflow says beside its steps.
import { plural } from '@/lib/format';

export const settingWords = {
  heading: 'Settings',
  made: (count: number) => (count === 0 ? 'as usual' : plural(count, 'setting')),
  output: 'What a run gives',
  outputHelp: 'A template, or JSON with templates; the output of the last step when left empty.',
  costMost: 'A run may cost, in dollars',
  costMostHelp: 'Then it ends. $5.00 for prompts in a row, any amount otherwise, when left empty.',
  costWarn: 'It warns from, in dollars',
  costWarnHelp: 'Of prompts in a row from $1.00 when left empty.',
  timeMost: 'A run may take, in seconds',
  timeMostHelp: 'By the clock, waiting and pauses too; then it fails. Any time when left empty.',
  stepsMost: 'Step runs at most',
  stepsMostHelp: 'Each attempt of each step, in each turn of a loop; then the run fails. Any number when left empty.',
  phases: 'Phases in their order',
  phasesHelp: 'One a line; as the steps name them when left empty.',
  phasesMany: 'At most 50 phases.',
  phasesLong: 'A phase has at most 60 characters.',
  phasesTwice: 'Two phases have the same name.',
  state: 'What a run publishes while it goes on',
  stateHelp: 'A JSON object: names, each with a template.',
  onStart: 'Before a run starts',
  onStartHelp:
    'JavaScript, the body of a function: it sees input, workflow, and context with both. The object it returns is what steps see as the input; undefined leaves it as it is. A throw fails the run.',
  onComplete: 'When a run has completed',
  onCompleteHelp:
    'JavaScript, the body of a function: it sees input, output, steps, workflow, and context with all of them. What it returns is the output instead; undefined changes nothing. A throw fails the run.',
  onError: 'When a run has failed',
  onErrorHelp: 'The same, with error. What it returns makes the run completed with it; undefined changes nothing.',
  place: (field: string) => `Settings, ${field}`,
} as const;
