// Ten thousand runs are due at once after an outage: no executor takes more than its slots, and a workspace with a single run does
// not wait for those of another. Judged by the order in which runs began, not by the clock.

import assert from 'node:assert/strict';
import test from 'node:test';
import { sleep, startStack, until } from '../harness/stack.mjs';
import { makeLoad } from './load.mjs';
import { createRuns } from './runs.mjs';
import { callFileOf, summary } from './summary.mjs';

const DUE = 10000;
const SLOTS = 200;

test(`${DUE} runs of one workspace due at once, and a few of another`, { timeout: 400000 }, async (t) => {
	const stack = await startStack({ build: 'build/faults', leaseSeconds: 3, executors: 2, builtinLog: callFileOf('outage') });
	t.after(() => stack.stop());
	for (const executor of stack.executors) {
		await executor.kill('SIGTERM');
		executor.args.push(`--slots=${SLOTS}`);
	}
	const { spaces: [crowd, small] } = await makeLoad(stack, { only: ['instant', 'once'] });
	createRuns(stack, crowd, 'once', DUE);
	const lonely = createRuns(stack, small, 'once', 1);
	for (const executor of stack.executors) executor.start();

	let most = 0;
	const left = () => Number(stack.sql('select count(*) from run_live')[0][0]);
	const waits = [];
	let more = 0;
	// The crowd is kept waiting until three lonely runs were made: more of them than slots, whatever the machine's speed.
	while (left() > SLOTS || waits.length < 3) {
		if (waits.length < 3 && left() <= 4 * SLOTS) more += createRuns(stack, crowd, 'once', DUE / 2).length;
		for (const [count] of stack.sql('select count(*) from run_live where holder is not null group by holder')) most = Math.max(most, Number(count));
		const [id] = createRuns(stack, small, 'once', 1);
		lonely.push(id);
		const begun = () => Number(stack.sql(`select count(*) from run where workspace_id = '${crowd.workspace}' and started_at is not null`)[0][0]);
		const before = begun();
		await until('the lonely run to begin', () => stack.sql(`select 1 from run where id = '${id}' and started_at is not null`).length, 120000, 5);
		waits.push(stack.sql(`select count(*) from run where workspace_id = '${crowd.workspace}' and started_at > (select created_at from run where id = '${id}')
			and started_at < (select started_at from run where id = '${id}')`)[0][0]);
		assert.ok(begun() >= before);
		await sleep(20);
	}
	await until('all runs to end', () => left() === 0, 120000, 200);
	t.diagnostic(JSON.stringify({ most_held: most, begun_before_each_lonely_run: waits.map(Number) }));
	assert.ok(most > SLOTS / 2 && most <= SLOTS, `an executor held ${most} runs with ${SLOTS} slots`);
	// What both executors hold may begin before it, and what they had claimed when it came: nothing that they claim afterwards.
	assert.ok(waits.length >= 3 && waits.every((n) => Number(n) <= 4 * SLOTS), `a lonely run waited for ${Math.max(...waits)} others`);
	const wrong = stack.sql(`select count(*) from run where status <> 'completed' union all select count(*) - count(distinct (run_id, path, attempt)) from step_run
		union all select ${DUE + more + lonely.length} - count(*) from step_run where status = 'completed'`).flat();
	assert.deepEqual(wrong, ['0', '0', '0']);
	summary(t, { outage: 1 }, { runs: DUE + more + lonely.length, calls: DUE + more + lonely.length, repeated: 0, lost: 0, doubled: 0, stale: 0 });
});
