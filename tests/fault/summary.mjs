// What `./scripts/test fault` tells at its end: each test adds its numbers to a file (STEPMILL_FAULT_SUMMARY), scripts/test adds them up.

import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Where the built-in model of a test writes down what it was asked: new for each. */
export const callFileOf = (name) => path.join(fs.mkdtempSync(path.join(os.tmpdir(), `stepmill-${name}-`)), 'calls.jsonl');

/** faults: { 'kill an executor': 3, … }; counts: of the checker. A restart is what comes back by itself or by the test. */
export function summary(t, faults, counts) {
	const of = (pattern) => Object.entries(faults).filter(([name]) => pattern.test(name)).reduce((sum, [, n]) => sum + n, 0);
	const line = { test: t.name, kills: of(/kill/), restarts: of(/kill|restart|fail over/), other_faults: of(/^(?!.*(kill|restart|fail over))/),
		runs: counts.runs, calls: counts.calls, repeated: counts.repeated, lost: counts.lost, doubled: counts.doubled, stale: counts.stale };
	t.diagnostic(JSON.stringify(line));
	if (process.env.STEPMILL_FAULT_SUMMARY) fs.appendFileSync(process.env.STEPMILL_FAULT_SUMMARY, `${JSON.stringify(line)}\n`);
}
