// Runs of which a person begins each phase: they stop before the first step of the next one, and no restart changes that.
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

const of = (phase, more = {}) => ({ phase, ...more });
const make = (flow, overrides = { auto_mode: false }) => {
	const [run] = engine.create(flow);
	engine.sql(`update run set overrides = '${JSON.stringify(overrides)}' where id = '${run}'`);
	return run;
};
const overrides = (run) => JSON.parse(engine.one(`select coalesce(overrides::text, 'null') from run where id = '${run}'`));
const waits = (run) => engine.one(`select coalesce(run_stands(status, overrides), '-') from run where id = '${run}'`);
const stands = async (run, phase) => {
	await until(`the run to stand before ${phase}`, () => waits(run) === `phase ${phase}`);
	await engine.asleep(run, 3600);
};
const done = (run) => engine.steps(run).map((s) => s.path);

test('a run stops before each phase but its first, says which, and goes on when it is told to', async () => {
	const flow = engine.flow([of('Draft'), {}, of('Draft'), of('Check'), of('Draft'), of('Ship')]);
	const run = make(flow);
	engine.executor();
	await stands(run, 'Check');
	assert.deepEqual(done(run), ['s1', 's2', 's3']);
	const paused = engine.events(run).at(-1);
	assert.deepEqual([paused.type, paused.data], ['run.paused', { by: null, why: 'phase', phase: 'Check' }]);
	engine.ask(flow, run, 'resume');
	await stands(run, 'Ship');
	assert.deepEqual(done(run), ['s1', 's2', 's3', 's4', 's5'], 'a phase that has begun is gone back to');
	assert.deepEqual(overrides(run), { auto_mode: false, passed: ['Check'], waits_at: 'Ship' });
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
	assert.deepEqual(engine.types(run).filter((type) => /paused|resumed/.test(type)), ['run.paused', 'run.resumed', 'run.paused', 'run.resumed']);
});

test('without that setting phases follow each other, and with it a run of steps without phases never stops', async () => {
	const [one] = engine.create(engine.flow([of('Draft'), of('Check')]));
	const two = make(engine.flow([{}, {}]));
	engine.executor();
	await engine.ended([one, two]);
	assert.ok(![one, two].some((run) => engine.types(run).includes('run.paused')));
});

test('executors that are killed before and after the word to go on change neither', async () => {
	const flow = engine.flow([of('Draft'), of('Check', { model: 'builtin/echo', options: { delay_ms: 300, stream_ms: 0 } }), of('Ship')]);
	const run = make(flow);
	const first = engine.executor();
	await until('the pause', () => waits(run) === 'phase Check');
	await first.end('SIGKILL');
	const second = engine.executor();
	await engine.asleep(run, 3600);
	assert.deepEqual([waits(run), done(run)], ['phase Check', ['s1']]);
	engine.ask(flow, run, 'resume');
	await until('it to be heard', () => engine.types(run).includes('run.resumed'));
	await second.end('SIGKILL');
	engine.executor();
	await stands(run, 'Ship');
	assert.deepEqual(done(run), ['s1', 's2']);
	assert.equal(engine.types(run).filter((type) => type === 'run.paused').length, 2, 'nobody asked twice for a phase');
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
});

test('what a killed executor has not begun of a phase that somebody began is begun without another word', async () => {
	const flow = engine.flow([of('Draft'), of('Check'), of('Ship')]);
	const run = make(flow);
	const first = engine.executor();
	await stands(run, 'Check');
	await first.end();
	engine.sql(`update run set status = 'running', overrides = '{"auto_mode": false, "passed": ["Check"]}' where id = '${run}';
		update run_live set due_at = now() where run_id = '${run}'`);
	engine.executor();
	await stands(run, 'Ship');
	assert.deepEqual(done(run), ['s1', 's2']);
});

test('what is going on comes to its end first: in a group the other step, and a wait that sleeps', async () => {
	const group = { key: 'g', kind: 'parallel', phase: 'Draft', steps: [of('Draft', { key: 'a' }), of('Check', { key: 'b' }),
		{ key: 'c', kind: 'wait', seconds: 1 }], max_concurrency: 1 };
	const flow = engine.flow([group, of('Ship')]);
	const run = make(flow);
	engine.executor();
	await stands(run, 'Check');
	assert.deepEqual(engine.steps(run).map((s) => [s.path, s.status]), [['g', 'running'], ['g/a', 'completed'], ['g/c', 'completed']]);
	engine.ask(flow, run, 'resume');
	await stands(run, 'Ship');
	assert.deepEqual(engine.steps(run).filter((s) => s.path === 'g/b').map((s) => s.status), ['completed']);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
});

test('a loop is of one phase, and a step that is not to run asks nobody', async () => {
	const each = { key: 'each', kind: 'loop', phase: 'Draft', items: [1, 2], steps: [of('Draft', { key: 'a' }), of('Inner', { key: 'b' })] };
	const flow = engine.flow([each, of('Check', { key: 'never', condition: '{{input.none || ""}}' }), of('Ship', { key: 'ship' })]);
	const run = make(flow);
	engine.executor();
	await stands(run, 'Ship');
	assert.equal(engine.steps(run).find((s) => s.path === 'never').status, 'skipped');
	assert.equal(engine.types(run).filter((type) => type === 'run.paused').length, 1);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
});

test('a phase in which there is nothing to do is one, and what comes next waits for a person all the same', async () => {
	const empty = (key) => of('Draft', { key, kind: 'loop', items: [], steps: [{ key: `${key}-in` }] });
	const skipped = of('Draft', { key: 'all', kind: 'sequential', steps: [{ key: 'none', condition: '{{input.none || ""}}' }] });
	const flow = engine.flow([empty('one'), skipped, of('Check', { key: 'check' }), of('Ship', { key: 'ship' })]);
	const run = make(flow);
	const first = engine.executor();
	await stands(run, 'Check');
	await first.end('SIGKILL');
	engine.executor();
	engine.ask(flow, run, 'resume');
	await stands(run, 'Ship');
	assert.deepEqual(done(run).sort(), ['all', 'all/none', 'check', 'one']);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	engine.reopen(flow, run, { from: 'step', step: 'check' });
	await stands(run, 'Ship');
	engine.ask(flow, run, 'cancel');
	await engine.ended([run]);
});

test('run again from a step it goes on there, and stops before the phases that follow', async () => {
	const flow = engine.flow([of('Draft'), of('Check'), of('Ship')]);
	const run = make(flow);
	engine.executor();
	for (const phase of ['Check', 'Ship']) {
		await stands(run, phase);
		engine.ask(flow, run, 'resume');
	}
	await engine.ended([run]);
	engine.reopen(flow, run, { from: 'step', step: 's2' });
	await stands(run, 'Ship');
	assert.deepEqual(overrides(run), { auto_mode: false, passed: [], waits_at: 'Ship' });
	engine.ask(flow, run, 'cancel');
	await engine.ended([run]);
	assert.equal(waits(run), '-');
});

test('a fork goes on at its step, and stops before the phases that follow', async () => {
	const flow = engine.flow([of('Draft'), of('Check'), of('Ship')]);
	const run = make(flow);
	engine.executor();
	await stands(run, 'Check');
	engine.ask(flow, run, 'cancel');
	await engine.ended([run]);
	const fork = engine.fork(flow, run, { step: 's2' });
	await stands(fork, 'Ship');
	assert.deepEqual(overrides(fork), { auto_mode: false, passed: ['Check'], waits_at: 'Ship' });
});

test('a run that a step starts does not stop: it is that step', async () => {
	const child = engine.flow([of('One'), of('Two')]);
	const flow = engine.flow([{ key: 'call', kind: 'workflow', phase: 'Draft', workflow: { id: child.id, version: 1 }, input: { text: 'x' } }]);
	const run = make(flow);
	engine.executor();
	await engine.ended([run]);
	assert.equal(engine.run(run).status, 'completed');
});
