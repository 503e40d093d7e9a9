// The words and marks of the states, in one table: icon path, word, sign for the title (ui.md, 2.2).
import type { Status } from '@/api/types';

export type StatusMark = {
  word: string;
  path: string;
  filled: boolean;
  dashed?: boolean;
  sign: string;
};

export const STATUS: Record<Status, StatusMark> = {
  pending: {
    word: 'Pending',
    sign: '○',
    filled: false,
    dashed: true,
    path: 'M13.25 8A5.25 5.25 0 1 1 2.75 8a5.25 5.25 0 0 1 10.5 0z',
  },
  running: { word: 'Running', sign: '▸', filled: false, path: 'M8 2.75A5.25 5.25 0 1 1 2.75 8M8 7v2' },
  waiting: {
    word: 'Waiting',
    sign: '⧗',
    filled: false,
    path: 'M4 2.25h8M4 13.75h8M5.25 2.25V5L8 8l2.75-3V2.25M5.25 13.75V11L8 8l2.75 3v2.75',
  },
  paused: { word: 'Paused', sign: '‖', filled: true, path: 'M4.5 3h2.5v10H4.5zM9 3h2.5v10H9z' },
  completed: {
    word: 'Completed',
    sign: '✓',
    filled: true,
    path: 'M8 1.75a6.25 6.25 0 1 1 0 12.5 6.25 6.25 0 0 1 0-12.5zM4.6 8.1l2.6 2.7 4.5-4.5-1.1-1.1-3.4 3.4L5.7 7z',
  },
  failed: {
    word: 'Failed',
    sign: '✕',
    filled: true,
    path: 'M5.4 1.75h5.2l3.65 3.65v5.2l-3.65 3.65H5.4L1.75 10.6V5.4zM5.2 6.2 7 8 5.2 9.8l1 1L8 9l1.8 1.8 1-1L9 8l1.8-1.8-1-1L8 7 6.2 5.2z',
  },
  cancelled: {
    word: 'Cancelled',
    sign: '⊘',
    filled: false,
    path: 'M13.75 8a5.75 5.75 0 1 1-11.5 0 5.75 5.75 0 0 1 11.5 0zM4.25 11.75l7.5-7.5',
  },
  skipped: {
    word: 'Skipped',
    sign: '↷',
    filled: false,
    path: 'M2.25 9.5C3 4.5 10 3 12.75 8M13.25 4v4.25H9M6 12.5h3.5',
  },
  rolled_back: {
    word: 'Rolled back',
    sign: '↶',
    filled: false,
    path: 'M5.75 2.75 2.5 6l3.25 3.25M2.5 6h7a3.6 3.6 0 0 1 0 7.25H5',
  },
};

const ENDED: readonly Status[] = ['completed', 'failed', 'cancelled', 'skipped', 'rolled_back'];
export const hasEnded = (status: Status): boolean => ENDED.includes(status);
