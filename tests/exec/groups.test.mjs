// Steps in steps: at once or one after the other, some of them only if; what becomes of a group when a step of it fails or its executor dies.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startEngine, until } from './lib/engine.mjs';

let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
	assert.deepEqual(engine.wrong(), []);
});

const call = (key, ms = 0, more = {}) => ({ key, model: 'builtin/echo', options: { delay_ms: ms, stream_ms: 0 }, ...more });
const failing = (key, more = {}) => ({ key, model: 'builtin/echo', options: { fail: 'overloaded', fail_times: 99, stream_ms: 0 }, ...more });
const parallel = (key, steps, more = {}) => ({ key, kind: 'parallel', steps, ...more });
const sequential = (key, steps, more = {}) => ({ key, kind: 'sequential', steps, ...more });
const value = (key, what, more = {}) => ({ key, kind: 'transform', value: what, ...more });
const shown = (run) => engine.steps(run).map((s) => `${s.path}#${s.attempt} ${s.status}`).sort();
const types = (run) => engine.types(run).filter((type) => !type.startsWith('step.output'));
const output = (run) => JSON.parse(engine.run(run).output);

async function ran(steps, args) {
	const [run] = engine.create(engine.flow(steps));
	engine.executor(args);
	await engine.ended([run]);
	return run;
}

test('a parallel group begins its steps together, and gives all they gave', async () => {
	const run = await ran([parallel('both', [call('one', 300), sequential('two', [call('first', 10), value('second', { said: '{{steps.first.output}}' })])]),
		value('after', '{{steps.both.output.two.said}}, {{steps.one.output}}')]);
	assert.deepEqual(shown(run), ['after#1 completed', 'both#1 completed', 'both/one#1 completed', 'both/two#1 completed', 'both/two/first#1 completed',
		'both/two/second#1 completed']);
	const all = types(run);
	assert.ok(all.indexOf('step.completed both/two/second') < all.indexOf('step.completed both/one'), all.join('\n'));
	assert.equal(output(run), 'one two three, one two three');
	assert.deepEqual(JSON.parse(engine.steps(run).find((s) => s.path === 'both').output), { one: 'one two three', two: { said: 'one two three' } });
	assert.deepEqual([engine.run(run).steps_done, engine.run(run).step_count], [2, 2]);
});

test('max_concurrency: no more than that go on at once', async () => {
	const run = await ran([parallel('all', ['a', 'b', 'c', 'd'].map((key) => call(key, 60)), { max_concurrency: 2 })]);
	let most = 0, now = 0;
	for (const type of types(run)) {
		if (/^step\.started all\//.test(type)) most = Math.max(most, ++now);
		if (/^step\.completed all\//.test(type)) now--;
	}
	assert.equal(most, 2);
	assert.equal(engine.run(run).status, 'completed');
});

test('needs: a step begins when those are over, wherever it is written', async () => {
	const run = await ran([call('slow', 400), call('quick', 10, { needs: [] }), value('early', '{{steps.quick.output}}', { needs: ['quick'] }),
		value('late', '{{steps.slow.output}}', { needs: ['slow', 'early'] })]);
	const all = types(run);
	assert.ok(all.indexOf('step.completed early') < all.indexOf('step.completed slow'), all.join('\n'));
	assert.ok(all.indexOf('step.completed slow') < all.indexOf('step.started late'), all.join('\n'));
});

test('a step of a group fails: the others come to their end, then the group fails, and the run with the place where it began', async () => {
	const run = await ran([parallel('both', [failing('bad'), call('good', 200)]), value('never', 1)]);
	assert.deepEqual(shown(run), ['both#1 failed', 'both/bad#1 failed', 'both/good#1 completed']);
	const error = JSON.parse(engine.run(run).error);
	assert.deepEqual([error.code, error.path], ['overloaded', 'both/bad']);
	assert.match(error.message, /^Step 1, both, failed\. bad failed\. /);
});

test('fail_fast: the others are dropped; on_failure continue: the run goes on without the group', async () => {
	const run = await ran([parallel('both', [failing('bad'), call('slow', 60000)], { fail_fast: true, on_failure: 'continue' }),
		value('after', '{{steps.both.output || "nothing"}}: {{steps.both.error.code}}')]);
	assert.deepEqual(shown(run), ['after#1 completed', 'both#1 failed', 'both/bad#1 failed', 'both/slow#1 cancelled']);
	assert.equal(output(run), 'nothing: overloaded');
});

test('conditions, conditionals and switches: what is not chosen is skipped, and says why', async () => {
	const run = await ran([
		value('no', false), value('one', 1, { condition: '{{steps.no.output}}' }), value('two', 2, { condition: '{{input.text}}' }),
		{ key: 'ask', kind: 'conditional', condition: '{{steps.no.output}}', then: 'three', else: 'four' }, value('three', 3), value('four', 4),
		{ key: 'route', kind: 'switch', value: 'b', cases: { a: 'five', b: 'six' } }, value('five', 5), value('six', 6),
		value('all', ['{{steps.ask.output}}', '{{steps.ask.branch}}', '{{steps.route.output}}', '{{steps.route.case}}', '{{steps.one.output || "none"}}']),
	]);
	assert.deepEqual(shown(run), ['all#1 completed', 'ask#1 completed', 'five#1 skipped', 'four#1 completed', 'no#1 completed', 'one#1 skipped',
		'route#1 completed', 'six#1 completed', 'three#1 skipped', 'two#1 completed']);
	assert.deepEqual(output(run), ['four', 'else', 'six', 'b', 'none']);
	assert.deepEqual(engine.events(run).filter((e) => e.type === 'step.skipped').map((e) => [e.path, e.data.why]),
		[['one', 'condition'], ['three', 'branch'], ['five', 'branch']]);
	assert.equal(engine.run(run).steps_done, 10);
});

test('a skipped group leaves no rows of what is in it', async () => {
	const run = await ran([parallel('both', [call('one'), call('two')], { condition: false }), value('after', 1)]);
	assert.deepEqual(shown(run), ['after#1 completed', 'both#1 skipped']);
});

test('two steps of a group wait for the same signal: each takes one', async () => {
	const flow = engine.flow([parallel('both', [{ key: 'one', kind: 'signal', signal: 'go' }, { key: 'two', kind: 'signal', signal: 'go' }])]);
	const [run] = engine.create(flow);
	engine.ask(flow, run, 'signal', { name: 'go', data: 1 });
	engine.ask(flow, run, 'signal', { name: 'go', data: 2 });
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(output(run), { one: 1, two: 2 });
	assert.equal(engine.one(`select count(*) from run_inbox where run_id = '${run}'`), '0');
});

test('an approval in a group is decided by its path, while another step of it still runs', async () => {
	const flow = engine.flow([parallel('both', [{ key: 'ask', kind: 'approval' }, call('slow', 400)])]);
	const [run] = engine.create(flow);
	engine.executor();
	await until('the approval to wait', () => engine.steps(run).some((s) => s.path === 'both/ask' && s.status === 'waiting'));
	engine.ask(flow, run, 'approval', { path: 'both/ask', attempt: 1, decision: 'approve', comment: '', data: null });
	await engine.ended([run]);
	assert.equal(output(run).ask.decision, 'approve');
	assert.equal(output(run).slow, 'one two three');
});

test('a wait in a group is over in time while a call of it goes on, and sleeps without a slot when nothing else does', async () => {
	const run = await ran([parallel('both', [{ key: 'wait', kind: 'wait', seconds: 0.2 }, call('slow', 2000)])]);
	const all = types(run);
	assert.ok(all.indexOf('step.completed both/wait') < all.indexOf('step.completed both/slow'), all.join('\n'));
	const [asleep] = engine.create(engine.flow([parallel('both', [{ key: 'wait', kind: 'wait', seconds: 3600 }, call('quick', 10)])]));
	await engine.asleep(asleep, 3000);
	assert.deepEqual(shown(asleep), ['both#1 running', 'both/quick#1 completed', 'both/wait#1 waiting']);
});

test('killed in a group: another goes on where it was, and calls only what was in flight again', async () => {
	const [run] = engine.create(engine.flow([parallel('all', [call('done', 10), call('slow', 3000), sequential('deep', [call('first', 10), call('second', 3000)])])]));
	const doomed = engine.executor();
	await until('two calls to be in flight', () => engine.steps(run).filter((s) => s.status === 'running').length === 4
		&& engine.steps(run).filter((s) => s.status === 'completed').length === 2);
	await engine.called(run, 4);
	await doomed.end('SIGKILL');
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	assert.deepEqual(shown(run), ['all#1 completed', 'all/deep#1 completed', 'all/deep/first#1 completed', 'all/deep/second#1 completed', 'all/done#1 completed',
		'all/slow#1 completed']);
	assert.deepEqual(engine.calls(run).map((c) => `${c.path}#${c.attempt}`).sort(),
		['all/deep/first#1', 'all/deep/second#1', 'all/deep/second#1', 'all/done#1', 'all/slow#1', 'all/slow#1']);
});

test('a run that failed in a group and is retried does again what failed there, and nothing that was over', async () => {
	const flow = engine.flow([call('before'), parallel('both', [call('good'), { ...failing('bad'), options: { fail: 'overloaded', fail_times: 1, stream_ms: 0 } }])]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'failed');
	engine.reopen(flow, run);
	await until('the second generation to end', () => engine.run(run).status === 'completed');
	assert.deepEqual(engine.calls(run).map((c) => `${c.path}#${c.attempt}`).sort(), ['before#1', 'both/bad#1', 'both/bad#2', 'both/good#1']);
	assert.deepEqual(output(run), { good: 'one two three', bad: 'one two three' });
});

test('cancelled in a group: everything that is under way ends', async () => {
	const flow = engine.flow([parallel('both', [call('slow', 60000), { key: 'ask', kind: 'approval' }])]);
	const [run] = engine.create(flow);
	engine.executor();
	await until('both to be under way', () => engine.steps(run).length === 3);
	engine.ask(flow, run, 'cancel');
	await engine.ended([run]);
	assert.deepEqual(shown(run), ['both#1 cancelled', 'both/ask#1 cancelled', 'both/slow#1 cancelled']);
});
