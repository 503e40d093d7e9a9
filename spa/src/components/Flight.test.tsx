import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import type { Status } from '@/api/types';
import { Flight, flightSentence } from './Flight';

const marks: Status[] = ['completed', 'completed', 'skipped', 'running', 'pending', 'pending', 'pending'];
const segments = (markup: string) => [...markup.matchAll(/segment-(\w+)/g)].map((found) => found[1]);

test('the sentence counts what has begun, and says each state', () => {
  expect(flightSentence(marks)).toBe('4 of 7 steps: 2 completed, 1 skipped, 1 running');
  expect(flightSentence(['pending', 'pending'])).toBe('0 of 2 steps');
  expect(flightSentence(['completed'], 1)).toBe('1 of 1 step: 1 completed');
});

test('a segment per step, in order, with the count beside it', () => {
  const markup = renderToStaticMarkup(<Flight marks={marks} />);
  expect(segments(markup)).toEqual(marks);
  expect(markup).toContain('role="img"');
  expect(markup).toContain('4 of 7');
});

test('steps whose marks are not known yet are pending', () => {
  expect(segments(renderToStaticMarkup(<Flight marks={['running']} total={3} />))).toEqual([
    'running',
    'pending',
    'pending',
  ]);
});

test('more than 24 steps are one bar with counts', () => {
  const many: Status[] = [...Array<Status>(20).fill('completed'), 'failed', 'running'];
  const markup = renderToStaticMarkup(<Flight marks={many} total={40} />);
  expect(segments(markup)).toEqual(['completed', 'failed', 'running', 'pending']);
  expect(markup).toContain('flex-grow:20');
  expect(markup).toContain('22 of 40');
});

test('24 steps still have a segment each', () => {
  expect(segments(renderToStaticMarkup(<Flight marks={Array<Status>(24).fill('completed')} />)).length).toBe(24);
});
