import { expect, test } from 'vitest';
import { documentTitle } from './title';

test('the title begins with the sign of the state and the progress', () => {
  expect(documentTitle({ title: 'Content pipeline', status: 'running', progress: '4/7' })).toBe(
    '▸ 4/7 Content pipeline · Stepmill',
  );
  expect(documentTitle({ title: 'Digest', status: 'failed' })).toBe('✕ Digest · Stepmill');
  expect(documentTitle({ title: 'Runs' })).toBe('Runs · Stepmill');
});
