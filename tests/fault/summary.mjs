// What `./scripts/test fault` tells at its end: each test adds its numbers to a file (STEPMILL_FAULT_SUMMARY), scripts/test adds them up.

import fs from 'node:fs';
import path from 'node:path';
import { guard } from '../harness/reaper.mjs';
import { remove } from '../harness/remove.mjs';
import { place } from '../harness/template.mjs';

const made = [];

/** Where the built-in model of a test writes down what it was asked: new for each, gone with the process. */
export function callFileOf(name) {
	const dir = fs.mkdtempSync(path.join(place, `stepmill-${name}-`));
	if (!made.length) process.once('exit', () => made.forEach((one) => remove(one)));
	made.push(dir);
	guard(dir);
	return path.join(dir, 'calls.jsonl');
}

/** faults: { 'kill an executor': 3, … }; counts: of the checker. A restart is what comes back by itself or by the test. */
export function summary(t, faults, counts) {
	const of = (pattern) => Object.entries(faults).filter(([name]) => pattern.test(name)).reduce((sum, [, n]) => sum + n, 0);
	const line = { test: t.name, kills: of(/kill/), restarts: of(/kill|restart|fail over/), other_faults: of(/^(?!.*(kill|restart|fail over))/),
		runs: counts.runs, calls: counts.calls, repeated: counts.repeated, lost: counts.lost, doubled: counts.doubled, stale: counts.stale };
	t.diagnostic(JSON.stringify(line));
	if (process.env.STEPMILL_FAULT_SUMMARY) fs.appendFileSync(process.env.STEPMILL_FAULT_SUMMARY, `${JSON.stringify(line)}\n`);
}
