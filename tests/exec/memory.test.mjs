// The cap on memory: what an executor holds stays near it, whatever the runs bring, and every run ends all the same.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, test } from 'node:test';
import { startRogue } from '../harness/rogue.mjs';
import { sleep, startEngine, until } from './lib/engine.mjs';

const CAP = 32; // megabytes
let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

/** Megabytes that a process has for itself. */
function privateOf(pid) {
	const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
	return [...text.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB/gm)].reduce((sum, [, kb]) => sum + Number(kb), 0) / 1024;
}

/** The most it had while the runs ended. */
async function peak(executor, ids, ms = 120000) {
	let most = 0;
	const left = () => Number(engine.one(`select count(*) from run_live where run_id in (${ids.map((id) => `'${id}'`).join(', ')})`));
	for (const end = Date.now() + ms; left() > 0; await sleep(50)) {
		most = Math.max(most, privateOf(executor.child.pid));
		assert.ok(Date.now() < end, `${left()} runs of ${ids.length} have not ended; ${most} MB`);
	}
	return most;
}
const statuses = (ids) => engine.sql(`select status, count(*) from run where id in (${ids.map((id) => `'${id}'`).join(', ')}) group by 1`);

// 80 runs: an input of 1 MB, outputs of 1, 4 and 4 MB, and a call in between that leaves all of them in flight at once.
test('eighty runs with megabytes each stay near a cap of 32 MB, and all of them end', async () => {
	const flow = engine.flow([
		{ key: 'one', model: 'builtin/echo', options: { stream_ms: 0, delay_ms: 300 } },
		{ key: 'four', kind: 'transform', value: '{{steps.one.output}}'.repeat(4) },
		{ key: 'nap', kind: 'wait', seconds: 0.3 },
		{ key: 'again', kind: 'transform', value: { text: '{{steps.four.output}}' } },
	]);
	const ids = engine.create(flow, { count: 80, input: { text: 'm'.repeat(1000000) }, quiet: true });
	const executor = engine.executor([`--memory-mb=${CAP}`, '--lease-seconds=10']);
	const most = await peak(executor, ids);
	assert.deepEqual(statuses(ids), [['completed', '80']]);
	// Three times the cap: one run alone may need five times its largest text, and what PostgreSQL sends comes on top.
	assert.ok(most < 3 * CAP, `${most} MB at most`);
});

test('a run that needs more than the cap gets on, and so do the others', async () => {
	const large = engine.flow([
		{ key: 'big', kind: 'transform', value: '{{input.text}}'.repeat(30) },
		{ key: 'same', kind: 'transform', value: ['{{steps.big.output}}'] },
	]);
	const small = engine.workflow({ steps: 2 });
	const ids = [...engine.create(large, { count: 3, input: { text: 'm'.repeat(1000000) }, quiet: true }), ...engine.create(small, { count: 50 })];
	const executor = engine.executor(['--memory-mb=16', '--lease-seconds=10']);
	await peak(executor, ids);
	assert.deepEqual(statuses(ids), [['completed', '53']]);
	await until('what was held to be given back', () => privateOf(executor.child.pid) < 48);
});

// 120 MB that come at once, each answer but its last byte, which comes later.
test('answers over HTTP are held up at the cap, and all of them come', async (t) => {
	const rogue = await startRogue({
		handler(request, answer) {
			answer.writeHead(200, { 'content-type': 'text/plain', 'content-length': 2000001 });
			answer.write('x'.repeat(2000000));
			setTimeout(() => answer.end('.'), 1500);
			return true;
		},
	});
	t.after(() => rogue.stop());
	const flow = engine.flow([{ kind: 'http', method: 'GET', url: rogue.url, timeout_seconds: 100 }, { kind: 'transform', value: 'done' }]);
	const ids = engine.create(flow, { count: 60, quiet: true });
	const executor = engine.executor(['--memory-mb=16', '--lease-seconds=10', `--allow-address=127.0.0.0/8:${rogue.port}`]);
	const most = await peak(executor, ids);
	assert.deepEqual(statuses(ids), [['completed', '60']]);
	assert.ok(most < 64, `${most} MB at most`);
});
