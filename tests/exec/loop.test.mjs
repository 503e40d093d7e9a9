// Loops: their order, how many iterations go on at once, what becomes of them when one fails or an executor dies.
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
const value = (key, what, more = {}) => ({ key, kind: 'transform', value: what, ...more });
const loop = (key, items, steps, more = {}) => ({ key, kind: 'loop', items, steps, ...more });
const shown = (run) => engine.steps(run).map((s) => `${s.path}#${s.attempt} ${s.status}`).sort();
const types = (run) => engine.types(run).filter((type) => !type.startsWith('step.output'));
const output = (run) => JSON.parse(engine.run(run).output);
const error = (run) => JSON.parse(engine.run(run).error);

async function ran(steps, args) {
	const [run] = engine.create(engine.flow(steps));
	engine.executor(args);
	await engine.ended([run]);
	return run;
}

test('a loop goes through its items one by one, and gives what each iteration gave', async () => {
	const run = await ran([loop('each', ['a', 'b', 'c'], [value('one', '{{loop.item}}{{loop.index}}'), value('two', '{{steps.one.output}}!')]),
		value('after', '{{steps.each.output}}')]);
	assert.deepEqual(output(run), ['a0!', 'b1!', 'c2!']);
	assert.deepEqual(shown(run), ['after#1 completed', 'each#1 completed', ...[0, 1, 2].flatMap((i) => [`each[${i}]#1 completed`,
		`each[${i}]/one#1 completed`, `each[${i}]/two#1 completed`])].sort());
	assert.deepEqual(engine.steps(run).filter((s) => s.path === 'each[1]').map((s) => [s.kind, s.output]), [['iteration', '"b1!"']]);
	assert.deepEqual([engine.run(run).steps_done, engine.run(run).step_count], [2, 2]);
	const all = types(run);
	assert.ok(all.indexOf('step.completed each[0]') < all.indexOf('step.started each[1]'), all.join('\n'));
});

test('loops nest, and name the items and outputs around them', async () => {
	const run = await ran([value('suffix', '?'), loop('outer', [['a', 'b'], [], ['c']], [value('mark', '{{loop.index}}'),
		loop('inner', '{{loop.item}}', [value('said', '{{loop.item}}{{steps.mark.output}}{{loop.parent.index}}{{loop.parent.item.length}}{{steps.suffix.output}}')])])]);
	assert.deepEqual(output(run), [['a002?', 'b002?'], [], ['c221?']]);
	assert.ok(shown(run).includes('outer[2]/inner[0]/said#1 completed'));
});

test('loop.previous is what the iteration before gave; expressions know the loop', async () => {
	const run = await ran([loop('sum', [1, 2, 3, 4], [value('add', '{{(loop.previous ?? 0) + loop.item}}')])]);
	assert.deepEqual(output(run), [1, 3, 6, 10]);
});

test('while: it goes on as long as its condition holds', async () => {
	const run = await ran([{ key: 'again', kind: 'loop', while: '{{(loop.previous ?? 1) < 50}}', steps: [value('double', '{{(loop.previous ?? 1) * 2}}')] }]);
	assert.deepEqual(output(run), [2, 4, 8, 16, 32, 64]);
	const endless = await ran([{ key: 'again', kind: 'loop', while: true, max_iterations: 5, steps: [value('x', 1)] }]);
	assert.deepEqual([engine.run(endless).status, error(endless).code], ['failed', 'max_iterations']);
	assert.equal(shown(endless).filter((s) => /^again\[\d\]#1 completed/.test(s)).length, 5);
});

test('max_concurrency: so many iterations go on at once, and their outputs keep their order', async () => {
	const run = await ran([loop('all', [5, 1, 4, 2, 3, 0], [call('work', 60, { input: { text: '{{loop.item}}' } })], { max_concurrency: 3 })]);
	let most = 0, now = 0;
	for (const type of types(run)) {
		if (/^step\.started all\[\d\]$/.test(type)) most = Math.max(most, ++now);
		if (/^step\.completed all\[\d\]$/.test(type)) now--;
	}
	assert.equal(most, 3);
	assert.equal(output(run).length, 6);
});

test('what it goes through must be a list, and not longer than allowed; an empty one gives an empty list', async () => {
	const none = await ran([loop('each', '{{input.text}}', [value('x', 1)])]);
	assert.equal(error(none).code, 'invalid_items');
	const many = await ran([value('list', '{{[1,2,3]}}'), loop('each', '{{steps.list.output}}', [value('x', 1)], { max_iterations: 2 })]);
	assert.equal(error(many).code, 'max_iterations');
	const empty = await ran([loop('each', [], [value('x', 1)])]);
	assert.deepEqual(output(empty), []);
});

const choosy = (more) => [loop('each', [1, 2, 3, 4], [{ key: 'check', kind: 'function', code: 'if (input.n === 2) throw new Error("not two"); return input.n',
	input: { n: '{{loop.item}}' } }], more)];

test('one by one a failure stops the loop; told otherwise the others come to their end first', async () => {
	const stops = await ran(choosy({}));
	assert.equal(error(stops).path, 'each[1]/check');
	assert.match(error(stops).message, /each\[1\] failed\./);
	assert.ok(!shown(stops).some((s) => s.startsWith('each[2]')));
	const ends = await ran(choosy({ fail_fast: false }));
	assert.equal(error(ends).path, 'each[1]/check');
	assert.match(error(ends).message, /each\[1\] failed\./);
	assert.deepEqual(shown(ends).filter((s) => /^each\[\d\]#/.test(s)), ['each[0]#1 completed', 'each[1]#1 failed', 'each[2]#1 completed', 'each[3]#1 completed']);
});

test('several at once: fail_fast drops what goes on', async () => {
	const steps = [loop('each', [1, 2, 3], [{ key: 'check', kind: 'function', code: 'if (input.n === 2) throw new Error("no"); return 1', input: { n: '{{loop.item}}' } },
		call('slow', 3000)], { max_concurrency: 3, fail_fast: true })];
	const run = await ran(steps);
	assert.equal(engine.run(run).status, 'failed');
	assert.ok(shown(run).some((s) => s === 'each[0]#1 cancelled'), shown(run).join('\n'));
});

test('an executor that is killed in the middle of a loop: nothing is done twice, and nothing is left out', async () => {
	const [run] = engine.create(engine.flow([loop('each', [...Array(12).keys()], [call('work', 120, { input: { text: '{{loop.item}}' } }),
		value('said', '{{steps.work.output}}')], { max_concurrency: 3 })]));
	for (let n = 1; n <= 3; n++) {
		const executor = engine.executor();
		await engine.called(run, n * 3);
		await executor.end('SIGKILL');
	}
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(output(run), [...Array(12).keys()].map(String));
	assert.deepEqual(shown(run).filter((s) => /^each\[/.test(s)), [...Array(12).keys()].flatMap((i) => [`each[${i}]#1 completed`, `each[${i}]/work#1 completed`,
		`each[${i}]/said#1 completed`]).sort());
	const keys = engine.calls(run).map((c) => `${c.path}/${c.attempt}`);
	assert.equal(new Set(keys).size, 12);
	assert.ok(keys.length <= 12 + 9, keys.join(' ')); // what was under way when its executor died is called again, under the same key
});

test('cancelled in a loop: what is under way in its iterations ends, and no other begins', async () => {
	const flow = engine.flow([loop('each', [1, 2, 3, 4], [{ key: 'both', kind: 'parallel', steps: [call('slow', 600000), { key: 'ask', kind: 'approval' }] }, value('never', 1)],
		{ max_concurrency: 2 }), value('after', 1)]);
	const [run] = engine.create(flow);
	engine.executor();
	await until('two iterations to be under way', () => engine.calls(run).length === 2 && engine.steps(run).filter((s) => s.status === 'waiting').length === 2);
	engine.ask(flow, run, 'cancel');
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'cancelled');
	const under = ['', '/both', '/both/ask', '/both/slow'];
	assert.deepEqual(shown(run), ['each#1 cancelled', ...[0, 1].flatMap((i) => under.map((path) => `each[${i}]${path}#1 cancelled`))].sort());
});

test('what an iteration gives may be large, and so may what the next one takes from it', async () => {
	const run = await ran([loop('grow', [1, 2, 3], [{ key: 'more', kind: 'function', code: 'return (input.before ?? "").length + "x".repeat(200000)',
		input: { before: '{{loop.previous || ""}}' } }]), value('lengths', '{{steps.grow.output.map(s => s.length)}}')]);
	assert.deepEqual(output(run), [200001, 200006, 200006]);
});

test('a step in a loop waits for a signal of its name; a decision names the iteration', async () => {
	const flow = engine.flow([loop('each', ['a', 'b'], [{ key: 'ask', kind: 'approval' }, { key: 'go', kind: 'signal', signal: 'go' }], { max_concurrency: 2 })]);
	const [run] = engine.create(flow);
	engine.executor();
	await until('both to wait', () => engine.steps(run).filter((s) => s.status === 'waiting').length === 2);
	engine.ask(flow, run, 'approval', { path: 'each[1]/ask', attempt: 1, decision: 'approve', comment: '' });
	await until('the second to go on', () => engine.steps(run).some((s) => s.path === 'each[1]/go' && s.status === 'waiting'));
	assert.ok(engine.steps(run).some((s) => s.path === 'each[0]/ask' && s.status === 'waiting'));
	engine.ask(flow, run, 'signal', { name: 'go', data: 1 });
	engine.ask(flow, run, 'approval', { path: 'each[0]/ask', attempt: 1, decision: 'approve', comment: '' });
	await until('the first to go on', () => engine.steps(run).some((s) => s.path === 'each[0]/go' && s.status === 'waiting'));
	engine.ask(flow, run, 'signal', { name: 'go', data: 2 });
	await engine.ended([run]);
	assert.deepEqual(output(run), [2, 1]);
});

test('a run is retried from a step in an iteration: that, what follows it there, and the rest; the failed one is gone on with where it stands', async () => {
	const steps = [value('first', 1), loop('each', ['a', 'b', 'c'], [call('prep', 0, { input: { text: '{{loop.item}}' } }),
		{ key: 'check', kind: 'function', code: 'if (input.item === "b") throw new Error("no"); return input.item', input: { item: '{{steps.prep.output}}' } },
		value('said', '{{steps.check.output}}!')]), value('after', '{{steps.each.output}}')];
	const flow = engine.flow(steps);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	assert.equal(error(run).path, 'each[1]/check');
	await engine.again(flow, run, { from: 'failed' });
	assert.deepEqual(engine.calls(run).map((c) => c.path), ['each[0]/prep', 'each[1]/prep']); // what had been called is not called again
	assert.deepEqual(shown(run).filter((s) => /^each\[1\]\/check/.test(s)), ['each[1]/check#1 failed', 'each[1]/check#2 failed']);
	assert.deepEqual(shown(run).filter((s) => /^each\[0\]/.test(s)), ['each[0]#1 completed', 'each[0]/check#1 completed', 'each[0]/prep#1 completed', 'each[0]/said#1 completed']);
	engine.sql(`update workflow_version set definition = replace(definition, 'throw new Error(\\"no\\")', 'return 7') where workflow_id = '${flow.id}'`);
	await engine.stopExecutors();
	engine.executor();
	await engine.again(flow, run, { from: 'step', step: 'each[1]/prep' });
	assert.deepEqual(output(run), ['a!', '7!', 'c!']);
	assert.deepEqual(engine.calls(run).map((c) => c.path), ['each[0]/prep', 'each[1]/prep', 'each[1]/prep', 'each[2]/prep']);
	const refused = engine.tryReopen(flow, run, { from: 'step', step: 'each/prep' });
	assert.match(refused.message, /Name its iteration/);
	await engine.again(flow, run, { from: 'step', step: 'after' });
	assert.deepEqual(output(run), ['a!', '7!', 'c!']);
	assert.equal(engine.calls(run).length, 4);
});

test('a run is retried from a step in a group: what stands before it there is kept', async () => {
	const flow = engine.flow([{ key: 'group', kind: 'sequential', steps: [call('one'), call('two', 0, { input: { text: '{{steps.one.output}}' } }), call('three')] }, call('last')]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	await engine.again(flow, run, { from: 'step', step: 'group/two' });
	assert.deepEqual(engine.calls(run).map((c) => c.path).slice(4), ['group/two', 'group/three', 'last']);
	assert.equal(engine.run(run).status, 'completed');
});

for (const [what, lost] of [['in the middle', 4], ['the last', 7]])
	test(`an iteration whose row is gone, ${what}, ends the run: no other's output stands in its place`, async () => {
		engine.sql(`create function test.lose() returns trigger language plpgsql security definer as $$
			begin delete from public.step_run where run_id = new.run_id and path = 'each[${lost}]'; return null; end $$;
			create trigger lose after update on step_run for each row when (new.path = 'each[7]' and new.status = 'completed') execute function test.lose()`);
		const run = await ran([loop('each', [0, 1, 2, 3, 4, 5, 6, 7], [value('x', '{{loop.item}}')]), value('after', '{{steps.each.output}}')]);
		engine.sql('drop function test.lose cascade');
		assert.equal(engine.run(run).status, 'failed');
		assert.equal(error(run).code, 'internal');
		assert.match(error(run).message, new RegExp(`^What each\\[${lost}\\] gave is not there`));
		assert.deepEqual(shown(run).filter((s) => /^(each|after)#/.test(s)), ['each#1 failed']);
	});
