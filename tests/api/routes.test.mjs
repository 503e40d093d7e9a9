// Every route of the contract on its good path, through nginx: the answer has the status and the shape that the contract says. The routes
// themselves are in routes/, a file a subject; they share a world, so lists come before what archives and shares (changes.mjs).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import './routes/people.mjs';
import './routes/library.mjs';
import './routes/runs.mjs';
import './routes/requests.mjs';
import './routes/changes.mjs';
import { all, asked } from './routes/shared.mjs';

test('every route of the contract was asked', () => {
	const missing = Object.values(all).filter((op) => op.server === 'api' && !asked.has(op.id)).map((op) => op.id);
	assert.deepEqual(missing, []);
});
