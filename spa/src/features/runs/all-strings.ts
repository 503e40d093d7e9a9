// The words of what is done with all runs that fit a filter.
import { number, plural } from '@/lib/format';

const many = (count: number, more: boolean) => (more ? `${number(count)} runs or more` : plural(count, 'run'));
const others = (rest: number, why: string) => (rest > 0 ? ` ${plural(rest, 'other')} ${why}.` : '');

export const allWords = {
  open: 'All of them…',
  title: (what: string) => `All ${what}`,
  counting: 'They are being counted.',
  none: 'None of them can be cancelled, retried or deleted.',
  choose: 'What is done with them',
  verb: {
    cancel: (count: number, more: boolean) => `Cancel ${many(count, more)}`,
    retry: (count: number, more: boolean) => `Retry ${many(count, more)}`,
    delete: (count: number, more: boolean) => `Delete ${many(count, more)}`,
  },
  busy: { cancel: 'Cancelling…', retry: 'Retrying…', delete: 'Deleting…' },
  follows: {
    cancel: 'Those that have not ended end now, and the runs that their steps have started.',
    retry:
      'Those that failed or were cancelled go on from the first step that has not completed. They cost again what is done again.',
    delete:
      'Inputs, outputs and history of those that have ended are gone for good, for everybody. What they cost stays in the usage.',
  },
  done: {
    cancel: (count: number, rest: number) =>
      `${plural(count, 'run')} asked to end.${others(rest, 'had ended, or were asked before')}`,
    retry: (count: number, rest: number) =>
      `${plural(count, 'run')} asked to go on.${others(rest, 'had nothing left to retry')}`,
    delete: (count: number, rest: number) => `${plural(count, 'run')} deleted.${others(rest, 'had not ended')}`,
  },
  number: (count: string) => `Write ${count} to delete them`,
  numberWrong: (count: string) => `That is another number. Write ${count}.`,
  progress: (looked: number, count: number, more: boolean) =>
    more ? `${number(looked)} so far.` : `${number(looked)} of ${number(count)}.`,
  stop: 'Leave the rest',
  keep: 'Leave them',
  notAll: 'Not all of them.',
} as const;
