// Waits that go on while a condition holds: what runs between two looks, what wakes them, and what a crash leaves of it.
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

const status = (run) => engine.run(run).status;
const output = (run) => JSON.parse(engine.run(run).output);
const error = (run) => JSON.parse(engine.run(run).error);
const polls = (run, path = 's1/poll') => engine.steps(run).filter((s) => s.path === path).sort((a, b) => a.attempt - b.attempt);
/** Counts how often it has run. */
const counting = { kind: 'transform', value: '{{(poll.output || 0) + 1}}' };
const prompt = { kind: 'prompt', timeout_seconds: 60, prompt: { id: '', version: 1 }, input: { text: 'again' }, model: 'builtin/instant' };

test('a wait looks when it begins, and does not wait for what is so already', async () => {
	const flow = engine.flow([{ kind: 'wait', while: '{{input.text !== "one two three"}}', poll_seconds: 60, poll: counting },
		{ kind: 'transform', value: 'after' }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	assert.equal(output(run), 'after');
	assert.deepEqual(polls(run), [], 'nothing of it is named, so it had no reason to run');
	assert.equal(engine.steps(run)[0].waiting_for, 'condition');
});

test('what runs between two looks is another attempt each time, and its last output the wait\'s', async () => {
	const flow = engine.flow([{ kind: 'wait', while: '{{poll.output < 3}}', poll_seconds: 1, poll: counting }, { kind: 'transform', value: ['{{steps.s1.output}}'] }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(output(run), [3]);
	assert.deepEqual(polls(run).map((s) => [s.attempt, s.status, s.output]), [[1, 'completed', '1'], [2, 'completed', '2'], [3, 'completed', '3']]);
	const [wait] = engine.steps(run).filter((s) => s.path === 's1');
	assert.deepEqual([wait.status, wait.output, wait.attempt], ['completed', '3', 1]);
});

test('between two looks nobody holds the run', async () => {
	const flow = engine.flow([{ kind: 'wait', while: '{{poll.output < 9}}', poll_seconds: 1, poll: counting }]);
	const [run] = engine.create(flow);
	engine.executor();
	for (const attempt of [1, 3]) {
		await until(`look ${attempt}`, () => polls(run).length >= attempt);
		await until('it to be given back', () => engine.one(`select count(*) from run_live where run_id = '${run}' and holder is null`) === '1');
	}
	engine.cancel(flow, run);
	await engine.ended([run]);
	assert.equal(status(run), 'cancelled');
	assert.equal(engine.steps(run).find((s) => s.path === 's1').status, 'cancelled');
});

test('a signal lets it look at once, each once', async () => {
	const flow = engine.flow([{ kind: 'wait', while: '{{poll.output < 3}}', poll_seconds: 86400, signal: 'now', poll: counting }]);
	const [run] = engine.create(flow);
	const first = engine.executor();
	await engine.asleep(run, 3600);
	assert.equal(polls(run).length, 1);
	engine.ask(flow, run, 'signal', { name: 'other' });
	engine.ask(flow, run, 'signal', { name: 'now' });
	await until('another look', () => polls(run).length === 2);
	await engine.asleep(run, 3600);
	await first.end('SIGKILL');
	engine.executor();
	engine.ask(flow, run, 'signal', { name: 'now' });
	await engine.ended([run]);
	assert.equal(output(run), 3);
	assert.equal(polls(run).length, 3);
});

test('without a step of its own it looks at the time and at variables, and has no output', async () => {
	const flow = engine.flow([{}, { kind: 'wait', while: '{{Date.now() < Date.parse(input.at)}}', poll_seconds: 1 }]);
	const [run] = engine.create(flow, { input: { text: 'x', at: new Date(Date.now() + 3000).toISOString() } });
	engine.executor();
	await engine.ended([run]);
	assert.equal(output(run), 'x', 'a wait gives nothing');
	const [wait] = engine.steps(run).filter((s) => s.path === 's2');
	assert.equal(wait.output, null);
});

test('when its time is over it looks for the last time, and fails', async () => {
	const flow = engine.flow([{ kind: 'wait', while: true, poll_seconds: 86400, max_seconds: 1.5, poll: counting }]);
	const late = engine.flow([{ kind: 'wait', while: '{{poll.output < 2}}', poll_seconds: 86400, max_seconds: 1.5, poll: counting }]);
	const [run] = engine.create(flow);
	const [other] = engine.create(late);
	engine.executor();
	await engine.ended([run, other]);
	assert.equal(error(run).code, 'max_wait');
	assert.match(error(run).message, /within 1\.5 s/);
	assert.deepEqual(polls(run).map((s) => s.status), ['completed'], 'at the end of its time');
	assert.equal(status(other), 'completed');
	assert.equal(output(other), 2);
});

test('a step of its own that fails fails the wait, unless it says that the wait goes on', async () => {
	const failing = { kind: 'function', input: {}, code: 'throw new Error("not there yet")' };
	const strict = engine.flow([{ kind: 'wait', while: '{{!poll.output}}', poll_seconds: 1, poll: failing }]);
	const patient = engine.flow([{ kind: 'wait', while: '{{poll.error?.code === "function" && !input.enough}}', poll_seconds: 1, max_seconds: 2, on_failure: 'continue',
		poll: { ...failing, on_failure: 'continue' } }, { kind: 'transform', value: '{{steps.s1.error.code}}' }]);
	const [a] = engine.create(strict);
	const [b] = engine.create(patient);
	engine.executor();
	await engine.ended([a, b]);
	assert.deepEqual([status(a), error(a).code, error(a).path], ['failed', 'function', 's1/poll']);
	assert.equal(output(b), 'max_wait');
	assert.ok(polls(b).length >= 2 && polls(b).every((s) => s.status === 'failed'));
});

test('paused it does not look, and goes on when it is resumed', async () => {
	const flow = engine.flow([{ kind: 'wait', while: '{{poll.output < 2}}', poll_seconds: 86400, poll: counting }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.asleep(run, 3600);
	engine.ask(flow, run, 'pause');
	await until('it to be paused', () => status(run) === 'paused');
	engine.ask(flow, run, 'signal', { name: 's1' });
	await until('the signal to be kept', () => engine.one(`select count(*) from run_inbox where run_id = '${run}' and kept`) === '1');
	await engine.asleep(run, 3600);
	assert.equal(polls(run).length, 1);
	engine.ask(flow, run, 'resume');
	await engine.ended([run]);
	assert.equal(output(run), 2);
});

test('a large output of its step is there for the condition, and for the step after it', async () => {
	const large = { kind: 'function', input: { n: '{{poll.output?.n || 0}}' }, code: 'return {n: input.n + 1, much: "x".repeat(200000)}' };
	const flow = engine.flow([{ kind: 'wait', while: '{{poll.output.n < 3}}', poll_seconds: 1, poll: large },
		{ kind: 'transform', value: ['{{steps.s1.output.n}}', '{{steps.s1.output.much.length}}'] }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(output(run), [3, 200000]);
});

test('each iteration of a loop waits for itself', async () => {
	const flow = engine.flow([{ kind: 'loop', items: [1, 2, 3], max_concurrency: 3, steps: [
		{ key: 'until', kind: 'wait', while: '{{poll.output < loop.item}}', poll_seconds: 1, poll: counting }] }]);
	const [run] = engine.create(flow);
	engine.executor();
	await engine.ended([run]);
	assert.deepEqual(output(run), [1, 2, 3]);
	assert.deepEqual([0, 1, 2].map((i) => polls(run, `s1[${i}]/until/poll`).length), [1, 2, 3]);
});

test('executors that are killed while they look neither lose a look nor look twice', async () => {
	const flow = engine.flow([{ kind: 'wait', while: '{{poll.output < 6}}', poll_seconds: 1, poll: { kind: 'function', input: { n: '{{poll.output || 0}}' }, code: 'return input.n + 1' } }]);
	const runs = engine.create(flow, { count: 20 });
	for (let kills = 0; engine.one(`select count(*) from run_live where run_id = any ('{${runs}}')`) !== '0'; kills++) {
		const executor = engine.executor();
		const before = Number(engine.one(`select count(*) from step_run where run_id = any ('{${runs}}')`));
		if (kills >= 5) break;
		await until('it to get on', () => Number(engine.one(`select count(*) from step_run where run_id = any ('{${runs}}')`)) > before
			|| engine.one(`select count(*) from run_live where run_id = any ('{${runs}}')`) === '0');
		await executor.end('SIGKILL');
	}
	await engine.ended(runs);
	for (const run of runs) {
		assert.equal(output(run), 6);
		assert.deepEqual(polls(run).map((s) => [s.attempt, s.status, JSON.parse(s.output)]), [1, 2, 3, 4, 5, 6].map((n) => [n, 'completed', n]));
		const [wait] = engine.steps(run).filter((s) => s.path === 's1');
		assert.deepEqual([wait.attempt, wait.status, wait.output], [1, 'completed', '6']);
	}
});
