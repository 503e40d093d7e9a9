// The words of what may be done with a run: pause it, decide for it, delete it.
import { plural } from '@/lib/format';

export const deedWords = {
  pause: 'Pause',
  pausing: 'Pausing…',
  resume: 'Resume',
  goOn: 'Continue',
  resuming: 'Resuming…',
  notPaused: 'Not paused.',
  notResumed: 'Not resumed.',

  move: 'Other version…',
  moveVerb: 'Go on with it',
  versionField: 'Version',
  versionOf: ({ version, message }: { version: number; message: string }) =>
    message ? `v${version} · ${message}` : `v${version}`,
  readingVersions: 'Reading the versions…',
  versionsFailed: 'The versions cannot be read.',
  noOtherVersion: 'The workflow has no other version. Save a change of it first.',
  earlierVersions: 'Earlier versions',
  notMoved: (version: number, own: number) =>
    `It was to go on with v${version}, but had gone on meanwhile, so it stays on v${own}. While it waits, choose Other version… again.`,
  moveMeans: (version: number) =>
    `What has begun must be there as it is in v${version}. What has not begun is that of the other version.`,

  deleteRun: 'Delete…',
  deleteTitle: (name: string) => `Delete this run of ${name}?`,
  deleteText: (steps: number) =>
    `Its input, the outputs of its ${plural(steps, 'step')} and its history are gone for good, for everybody. What it cost stays in the usage.`,
  keepIt: 'Keep it',
  deleteIt: 'Delete run',
  deleting: 'Deleting…',
  notDeleted: 'Not deleted.',
  deleted: (name: string) => `The run of ${name} was deleted.`,

  select: (name: string) => `Select ${name}`,
  selectRow: 'Select the row',
  selected: (count: number) => `${plural(count, 'run')} selected`,
  selectedMost: 'A hundred runs at most are selected at once.',
  cancelMany: (count: number) => `Cancel ${plural(count, 'run')}`,
  deleteMany: (count: number) => `Delete ${plural(count, 'run')}…`,
  deleteManyTitle: (count: number) => `Delete ${plural(count, 'run')}?`,
  deleteManyText:
    'Their inputs, outputs and history are gone for good, for everybody. What they cost stays in the usage. Runs that have not ended are kept.',
  deleteThem: 'Delete runs',
  clear: 'Clear',
  manyCancelled: (count: number, rest: number) =>
    `${plural(count, 'run')} asked to end.${rest > 0 ? ` ${plural(rest, 'other')} had ended, or were asked before.` : ''}`,
  manyDeleted: (count: number, rest: number) =>
    `${plural(count, 'run')} deleted.${rest > 0 ? ` ${plural(rest, 'other')} had not ended.` : ''}`,

  asks: (index: number, name: string) => `Step ${index}, ${name}, waits for approval`,
  until: (when: string) => `until ${when}`,
  shown: (name: string) => `what ${name} shows`,
  follows: 'Approve: the run goes on. Reject: this step fails, and the run with it.',
  comment: 'Comment',
  reason: 'Reason',
  reasonEmpty: 'Reason is empty. Say what has to change.',
  approve: 'Approve',
  approving: 'Approving…',
  reject: 'Reject…',
  rejectIt: 'Reject',
  rejecting: 'Rejecting…',
  back: 'Back',
  approved: 'Approved. The run goes on as soon as an executor has read it.',
  rejected: 'Rejected. The step fails as soon as an executor has read it.',
  notDecided: 'Not decided.',

  failedAsks: (index: number, name: string) => `Step ${index}, ${name}, failed. What is to follow?`,
  failedFollows:
    'Try again: the same step with the same input. Skip: the run goes on without its output. Let it fail: so does the run.',
  tryAgain: 'Try again',
  skip: 'Skip the step',
  stop: 'Let it fail',
  answering: 'Sending…',
  answered: {
    retry: 'It is tried again as soon as an executor has read this.',
    skip: 'It is skipped as soon as an executor has read this.',
    stop: 'The run fails as soon as an executor has read this.',
  },
  mayNotDecide: 'You read here. A member decides.',
  hears: (index: number, name: string, signal: string) => `Step ${index}, ${name}, waits for the signal ${signal}`,
  signalData: 'What comes with it',
  signalDataHelp: 'JSON, or a text; it is the output of the step.',
  sendSignal: (signal: string) => `Send ${signal}`,
  signalSending: 'Sending…',
  signalSent: 'It is sent. The run goes on in a moment.',
  signalNotSent: 'Not sent.',
  mayNotSignal: 'You read here. A program or a member sends it.',
} as const;
