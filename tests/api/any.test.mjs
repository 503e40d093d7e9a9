// What any step may say: a phase, a name for its output; notes; and what a workflow gives in the end.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { startWorld } from './lib/world.mjs';

let world;
before(async () => {
	world = await startWorld({ executors: 1 });
});
after(async () => world?.stack.stop());

const save = (steps, more = {}) => world.ada.post(world.at('/workflows'), { name: 'Any', definition: { type: 'flow', steps, ...more } });
async function run(steps, { input = {}, ...more } = {}) {
	const { status, body } = await save(steps, more);
	assert.equal(status, 201, JSON.stringify(body));
	const { id } = (await world.ada.post(world.at('/runs'), { workflow_id: body.id, input })).body;
	const ended = await until('the run to end', async () => {
		const now = (await world.ada.get(world.at(`/runs/${id}`))).body;
		return now.finished_at && now;
	});
	return { ...ended, definition: body.definition };
}
const made = (key, value, more = {}) => ({ key, kind: 'transform', value, ...more });
const note = (key, more = {}) => ({ key, kind: 'note', text: 'Why this is *so*: {{ not a template', ...more });

test('a note never runs: it has no row, no event, and is counted nowhere', async () => {
	const done = await run([note('first'), made('a', 1), note('between', { phase: 'Draft', name: 'Read this' }),
		{ key: 'g', kind: 'sequential', steps: [note('inside'), made('b', '{{steps.a.output}}')] }, note('last')]);
	assert.equal(done.status, 'completed', JSON.stringify(done.error));
	assert.deepEqual(done.steps.map((s) => s.key), ['a', 'g', 'g/b']);
	assert.deepEqual([done.step_count, done.steps_done, done.output], [2, 2, 1]);
	assert.equal(done.definition.steps[2].text, 'Why this is *so*: {{ not a template');
	const events = (await world.ada.get(world.at(`/runs/${done.id}/events?limit=100`))).body.data;
	assert.ok(events.every((e) => !/first|between|inside|last/.test(e.path ?? '')));
	const again = await world.ada.post(world.at(`/runs/${done.id}/retry`), { from: 'step', step: 'between' });
	assert.ok(again.status >= 400 && again.status < 500, JSON.stringify(again.body));
});

test('a phase is told with the step', async () => {
	const done = await run([made('a', 1, { phase: 'Entwürfe' }), made('b', 2)]);
	assert.deepEqual(done.steps.map((s) => s.phase), ['Entwürfe', null]);
});

test('outputs.NAME is the output of the step that calls it so', async () => {
	const done = await run([made('a-b', { list: [1, 2], text: 'x' }, { output: 'found' }),
		{ key: 'g', kind: 'parallel', output: 'both', steps: [made('c', '{{outputs.found.list[1]}}', { output: 'C' }), made('d', 'd')] },
		made('e', { plain: '{{outputs.found.text}}', alone: '{{outputs.found}}', fallback: '{{outputs.found.none || outputs.C}}', js: '{{ outputs.found.list.map(x => x + outputs.both.c) }}',
			more: "{{ outputs['found'].list.length + outputs.found?.list[0] }}" })]);
	assert.deepEqual(done.output, { plain: 'x', alone: { list: [1, 2], text: 'x' }, fallback: 2, js: [3, 4], more: 3 });
	assert.equal(done.definition.steps[2].value.plain, '{{steps.a-b.output.text}}');
	const again = await save(done.definition.steps); // canonical: nothing changes
	assert.deepEqual(again.body.definition.steps, done.definition.steps);
});

test('a workflow says what its runs give', async () => {
	const steps = [made('a', { n: 2 }, { output: 'first' }), made('skipped', 1, { condition: false }), made('b', 'last')];
	assert.deepEqual((await run(steps, { output: { n: '{{outputs.first.n}}', of: '{{input.who}}', sum: '{{ steps.a.output.n + 40 }}', fixed: [true] }, input: { who: 'me' } })).output,
		{ n: 2, of: 'me', sum: 42, fixed: [true] });
	assert.deepEqual((await run(steps, { output: '{{outputs.first}}' })).output, { n: 2 });
	assert.equal((await run(steps, { output: '{{steps.skipped.output || "none"}}' })).output, 'none');
	assert.equal((await run(steps, { output: null })).output, null);
	const failed = await run(steps, { output: '{{steps.skipped.output}}' });
	assert.deepEqual([failed.status, failed.error.code], ['failed', 'template']);
	assert.match(failed.error.message, /workflow's output could not be made/);
	const thrown = await run(steps, { output: '{{ steps.a.output.none.more + 1 }}' });
	assert.deepEqual([thrown.status, thrown.error.code], ['failed', 'expression']);
});

test('a wait that looks at a condition is saved with a step of its own, which is shown below it', async () => {
	const prompt = await world.ada.post(world.at('/prompts'), { name: 'Look', body: 'Is {{what}} there?' });
	assert.equal(prompt.status, 201, JSON.stringify(prompt.body));
	const done = await run([made('a', 2), { key: 'until', kind: 'wait', while: '{{poll.output.length}} < steps.a.output', poll_seconds: 1, output: 'seen', phase: 'Wait',
		poll: { kind: 'prompt', prompt: { id: prompt.body.id }, input: { what: '{{input.what}}' } } }, made('b', '{{outputs.seen}}')], { input: { what: 'it' } });
	assert.equal(done.status, 'completed', JSON.stringify(done.error));
	assert.deepEqual(done.steps.map((s) => [s.key, s.kind, s.depth, s.step_run.status]),
		[['a', 'transform', 0, 'completed'], ['until', 'wait', 0, 'completed'], ['until/poll', 'prompt', 1, 'completed'], ['b', 'transform', 0, 'completed']]);
	assert.deepEqual([done.output, done.step_count, done.steps_done], ['Is it there?', 3, 3]);
	const { poll, ...wait } = done.definition.steps[1];
	assert.deepEqual(wait, { key: 'until', name: 'until', kind: 'wait', while: '{{(poll.output.length) < steps.a.output}}', poll_seconds: 1, signal: 'until', output: 'seen', phase: 'Wait' });
	assert.deepEqual([poll.prompt, poll.key], [{ id: prompt.body.id, version: 1 }, undefined]);
	// Saved again as it is, it is the same.
	const again = await save(done.definition.steps);
	assert.deepEqual(again.body.definition.steps, done.definition.steps);
});

test('a signal to a wait that looks is taken as one to a step that waits for it', async () => {
	const { body } = await save([{ key: 'until', kind: 'wait', while: '{{poll.output}} < 2', poll_seconds: 86400, signal: 'now',
		poll: made('x', '{{(poll.output || 0) + 1}}') }].map(({ poll: { key, ...poll }, ...step }) => ({ ...step, poll })));
	const { id } = (await world.ada.post(world.at('/runs'), { workflow_id: body.id, input: {} })).body;
	await until('it to look', async () => (await world.ada.get(world.at(`/runs/${id}`))).body.steps[1]?.step_run?.status === 'completed');
	assert.equal((await world.ada.post(world.at(`/runs/${id}/signals/other`), {})).status, 404);
	assert.equal((await world.ada.post(world.at(`/runs/${id}/signals/now`), {})).status, 202);
	const done = await until('the run to end', async () => {
		const now = (await world.ada.get(world.at(`/runs/${id}`))).body;
		return now.finished_at && now;
	});
	assert.equal(done.output, 2);
});

test('a large output is given whole, and one that is made of too much is refused', async () => {
	const text = 'größer '.repeat(20000);
	const steps = [made('a', '{{input.text}}{{input.text}}'), made('b', 1)];
	const whole = await run(steps, { output: '{{steps.a.output}}', input: { text } });
	assert.equal(whole.status, 'completed', JSON.stringify(whole.error));
	assert.equal(whole.truncated, true);
	assert.equal(whole.output_bytes, Buffer.byteLength(text) * 2 + 2);
	const more = await run(steps, { output: { a: '{{steps.a.output}}' }, input: { text } });
	assert.deepEqual([more.status, more.output.a.length], ['completed', text.length * 2]);
	const most = await run(steps, { output: ['{{steps.a.output}}', '{{steps.a.output}}', '{{steps.a.output}}', '{{steps.a.output}}'], input: { text } });
	assert.deepEqual([most.status, most.error.code], ['failed', 'output_too_large']);
});

test('handlers of a workflow are kept as they are, and look on when a run ends', async () => {
	const well = await run([made('a', { n: 1 })], { on_complete: { code: 'return { ...context.output, m: 2 }' } });
	assert.deepEqual([well.status, well.output], ['completed', { n: 1, m: 2 }]);
	const other = await run([made('a', '{{input.x}}')], { input: { x: 'a' }, on_start: { code: 'return { x: context.input.x + 1 }' }, state: { x: '{{input.x}}' } });
	assert.deepEqual([other.output, other.input, other.started_with], ['a1', { x: 'a' }, { x: 'a1' }]);
	assert.deepEqual([well.started_with, (await run([made('a', 1)], { on_start: { code: 'return undefined' } })).started_with], [null, null]);
	assert.deepEqual((await world.ada.get(world.at(`/runs/${other.id}/state`))).body.state, { x: 'a1' }); // as its steps see it
	const fails = [{ key: 'f', kind: 'function', code: 'throw new Error("No")' }, made('later', 1)];
	const recovered = await run(fails, { on_error: { code: 'return context.error.path' } });
	assert.deepEqual([recovered.status, recovered.output, recovered.error], ['completed', 'f', null]);
	assert.equal((await run(fails, { on_error: { code: 'throw new Error("Mine")' } })).error.code, 'handler');
});

test('mistakes are told at their place, with a hint', async () => {
	const kept = { key: 'x', ttl_seconds: 1 };
	for (const [steps, more, path, says] of [
		[[note('n')], {}, '/definition/steps', /only notes/],
		[[made('a', 1), { key: 'g', kind: 'parallel', steps: [note('n')] }], {}, '/definition/steps/1/steps', /only notes/],
		[[made('a', 1), { ...note('n'), condition: true }], {}, '/definition/steps/1/condition', /note never runs/],
		[[note('n'), made('a', 1, { needs: ['n'] })], {}, '/definition/steps/1/needs/0', /is a note/],
		[[note('n'), made('a', '{{steps.n.output}}')], {}, '/definition/steps/1/value', /is a note/],
		[[{ key: 'c', kind: 'conditional', condition: true, then: 'n' }, note('n')], {}, '/definition/steps/0/then', /is a note/],
		[[made('a', 1, { text: 'x' })], {}, '/definition/steps/0/text', /Only a note/],
		[[made('a', 1, { output: 'x' }), made('b', 1, { output: 'x' })], {}, '/definition/steps/1/output', /`a` calls its output `x` as well/],
		[[made('a', 1, { output: 'summary' }), made('b', '{{outputs.sumary}}')], {}, '/definition/steps/1/value', /Did you mean `summary`/],
		[[made('a', '{{outputs.later}}'), made('b', 1, { output: 'later' })], {}, '/definition/steps/0/value', /Move `b` up/],
		[[made('a', 1), made('b', '{{ outputs.map(x => x) }}')], {}, '/definition/steps/1/value', /names no output|No step/],
		[[made('a', 1), { key: 'w', kind: 'wait', seconds: 1, cache: kept }], {}, '/definition/steps/1/cache', /pass time/],
		[[{ key: 'p', kind: 'approval', cache: kept }], {}, '/definition/steps/0/cache', /person has decided/],
		[[{ key: 's', kind: 'signal', signal: 'go', cache: kept }], {}, '/definition/steps/0/cache', /sent to one run/],
		[[{ key: 'c', kind: 'conditional', condition: true, then: 'a', cache: kept }, made('a', 1)], {}, '/definition/steps/0/cache', /chooses only looks/],
		[[{ key: 'g', kind: 'sequential', cache: kept, steps: [{ key: 'h', kind: 'parallel', steps: [made('a', 1), { key: 'p', kind: 'approval' }] }] }], {}, '/definition/steps/0/cache', /`p` in it waits for somebody/],
		[[{ key: 'g', kind: 'sequential', cache: kept, steps: [made('a', 1), made('b', '{{steps.a.output}}')] }, made('c', '{{steps.a.output}}')], {}, '/definition/steps/1/value', /`a` does not always run/],
		[[{ key: 'f', kind: 'function', code: 'return 1', cache: { key: '{{inptu.x}}', ttl_seconds: 1 } }], {}, '/definition/steps/0/cache/key', /Did you mean `input`/],
		[[{ key: 'f', kind: 'function', code: 'return 1', cache: { key: '{{ 1 + }}', ttl_seconds: 1 } }], {}, '/definition/steps/0/cache/key', /./],
		[[{ key: 'c', kind: 'conditional', condition: true, then: 'a', on_error: { code: 'return env.KEY' } }, made('a', 1)], {}, '/definition/steps/0/on_error', /do not see/],
		[[{ key: 'f', kind: 'function', code: 'return 1', on_complete: { code: 'return env.KEY' } }], {}, '/definition/steps/0/on_complete', /do not see/],
		[[{ key: 'f', kind: 'function', code: 'return 1', on_complete: { code: 'const input = context.input;\nreturn input +' } }], {}, '/definition/steps/0/on_complete/code', /line 2|too early/],
		[[made('a', 1)], { on_start: { code: 'return env.KEY' } }, '/definition/on_start', /do not see.* Let a step/],
		[[made('a', 1)], { on_complete: { code: 'return env.KEY' } }, '/definition/on_complete', /do not see.* Let a step/],
		[[made('a', 1)], { on_error: { code: '' } }, '/definition/on_error/code', /empty/],
		[[made('a', 1)], { on_error: { code: 'const input = context.input;\nreturn input +' } }, '/definition/on_error/code', /line 2|too early/],
		[[made('a', 1)], { output: '{{steps.b.output}}' }, '/definition/output', /does not exist/],
		[[made('a', 1)], { output: { k: '{{env.KEY}}' } }, '/definition/output/k', /cannot be used here/],
		[[made('a', 1)], { output: '{{ 1 + }}' }, '/definition/output', /./],
	]) {
		const { status, body } = await save(steps, more);
		assert.equal(status, 422, JSON.stringify(steps));
		const told = body.errors.find((e) => e.path === path);
		assert.ok(told, JSON.stringify([path, body.errors]));
		assert.match(told.message, says);
	}
});
