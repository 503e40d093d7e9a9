import { describe, expect, test } from 'vitest';
import type { RunMark } from '@/api/types';
import { marksOf, marksSentence, medianMs } from './marks';

const mark = (id: string, status: RunMark['status'], duration_ms: number | null): RunMark => ({
  id,
  status,
  duration_ms,
  created_at: '2026-11-21T10:00:00Z',
});

describe('the last runs of a workflow', () => {
  const runs = [
    mark('d', 'running', null),
    mark('c', 'completed', 300),
    mark('b', 'failed', 900),
    mark('a', 'completed', 100),
  ];

  test('stand oldest first, the longest highest', () => {
    const marks = marksOf(runs);
    expect(marks.map(({ run }) => run.id)).toEqual(['a', 'b', 'c', 'd']);
    expect(marks[1]?.height).toBe(1);
    expect(marks[0]?.height).toBeLessThan(marks[2]?.height ?? 0);
  });

  test('have the median of those that completed, or none', () => {
    expect(medianMs(runs)).toBe(200);
    expect(medianMs([mark('a', 'completed', 100)])).toBe(100);
    expect(medianMs([mark('a', 'failed', 100)])).toBeNull();
  });

  test('are a sentence', () => {
    expect(marksSentence(runs)).toBe('1 running, 2 completed, 1 failed');
  });
});
