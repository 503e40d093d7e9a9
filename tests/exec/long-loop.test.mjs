// A loop of a hundred thousand items. It has a database of its own: whatever looks at all that was recorded (test.wrong) looks once at so much.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { A, startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());

const value = (key, what) => ({ key, kind: 'transform', value: what });
const peak = (executor) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${executor.child.pid}/status`, 'utf8'))[1]);

test('a hundred thousand items need no more room than what goes on at once, and another executor goes on with what is left', { timeout: 900000 }, async () => {
	const [run] = engine.create(engine.flow([value('list', '{{Array.from({ length: 100000 }, (_, i) => i)}}'),
		{ key: 'each', kind: 'loop', items: '{{steps.list.output}}', steps: [value('x', '{{loop.index}}')], max_iterations: 100000 }, value('after', '{{steps.each.output.length}}')]));
	const first = engine.executor();
	await until('a third of it to have begun', () => engine.one(`select 1 from step_run where workspace_id = '${A}' and run_id = '${run}' and path = 'each[30000]'`), 400000);
	const had = peak(first);
	await first.end('SIGKILL');
	const second = engine.executor();
	await until('its end', () => engine.one(`select count(*) from run_live where run_id = '${run}'`) === '0', 400000);
	const has = peak(second);
	assert.equal(JSON.parse(engine.run(run).output), 100000);
	assert.deepEqual(engine.sql(`select count(*) filter (where path like 'each[%' and path not like '%/%'), count(*) filter (where path like 'each[%/x'),
			count(*) filter (where attempt > 1 or status <> 'completed'), count(distinct path) from step_run where run_id = '${run}'`),
	[['100000', '100000', '0', '200003']]);
	assert.equal(engine.one(`select count(*) from run_event where run_id = '${run}' and type = 'step.completed'`), '200003');
	assert.ok(had < 200000 && has < 200000, `${had} kB, ${has} kB`);
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});
