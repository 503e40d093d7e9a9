// A run of 100,000 step runs as the API shows it: pages reach each row once, and what is read grows with what is shown.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { look } from './lib/plans.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

const STEPS = 1000;
const ATTEMPTS = 100;
const DONE = STEPS - 2;
const zero = "'00000000-0000-0000-0000-000000000000'";
let world;
let run;
let chain;
before(async () => {
	world = await startWorld();
	chain = await makeChain(world.ada);
	const definition = JSON.stringify({ type: 'flow', input: { type: 'object' }, steps: Array.from({ length: STEPS }, (_, i) => ({
		key: key(i), name: `Step ${i}`, kind: 'transform', value: i })) });
	run = (await world.ada.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'x' } })).body.id;
	world.stack.sql(`
		update workflow_version set definition = '${definition}', step_count = ${STEPS} where workflow_id = '${chain.workflow.id}';
		update run set status = 'running', started_at = now(), step_count = ${STEPS} where id = '${run}';
		insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, error, tokens_in, tokens_out, cost_nano, started_at, finished_at)
		select '${ids.home}', '${run}', 's' || lpad(p::text, 4, '0'), n, 'transform', case when n = ${ATTEMPTS} then 'completed' else 'failed' end,
			case when n = ${ATTEMPTS} then '"out"' end, case when n < ${ATTEMPTS} then '{"code":"overloaded","message":"Too much to do."}' end, 3, 2, 10,
			now() + ((p * ${ATTEMPTS} + n) / 7) * interval '1 ms', now()
		from generate_series(0, ${DONE - 1}) p, generate_series(1, ${ATTEMPTS}) n;
		insert into run_record (workspace_id, run_id, seq, count, at, data)
		select '${ids.home}', '${run}', s, 2, now(), json_build_array(json_build_array('step.started', p.path, p.attempt),
			json_build_array(case when (s + 1) / 2 % ${ATTEMPTS} = 0 then 'step.completed' else 'step.failed' end, p.path, p.attempt))
		from generate_series(2, ${2 * DONE * ATTEMPTS + 1}, 2) s
		cross join lateral (select 's' || lpad(((s - 2) / ${2 * ATTEMPTS})::text, 4, '0') as path, 1 + (s - 2) / 2 % ${ATTEMPTS} as attempt) p`);
});
after(async () => world?.stack.stop());

function key(i) {
	return `s${String(i).padStart(4, '0')}`;
}
/** All rows of a list, page by page; `from` is the first page's query. */
async function pages(path, limit) {
	const rows = [];
	for (let cursor = ''; cursor !== null;) {
		const { status, body } = await world.vic.get(world.at(`/runs/${run}/${path}?limit=${limit}${cursor}`));
		assert.equal(status, 200, JSON.stringify(body));
		assert.ok(body.data.length <= limit);
		rows.push(...body.data);
		cursor = body.next_cursor ? `&cursor=${body.next_cursor}` : null;
	}
	return rows;
}
/** Fails when a statement looks at more rows than that. */
function reads(most, name, ...args) {
	const { rows, used } = look(world, name, [`'${ids.home}'`, ...args].join(', '));
	assert.ok(rows <= most, `${name} looked at ${rows} rows:\n${used.join('\n')}`);
}
const counted = () => world.stack.sql(`update run_live set steps_done = ${DONE}, tokens_in = ${3 * DONE * ATTEMPTS}, tokens_out = ${2 * DONE * ATTEMPTS},
	cost_nano = ${10 * DONE * ATTEMPTS} where run_id = '${run}'`);

test('what is shown of it is right, whether its holder has counted or not, and after its end', async () => {
	const facts = (r) => [r.steps_done, r.tokens_in, r.tokens_out, r.cost_usd, r.marks.length, new Set(r.marks).size, r.marks[0]];
	const expected = [DONE, 3 * DONE * ATTEMPTS, 2 * DONE * ATTEMPTS, DONE * ATTEMPTS / 1e8, 24, 1, 'completed'];
	const both = async () => {
		const whole = (await world.vic.get(world.at(`/runs/${run}`))).body;
		assert.deepEqual(facts(whole), expected);
		assert.deepEqual(facts((await world.vic.get(world.at('/runs'))).body.data[0]), expected);
		assert.deepEqual(whole.steps.map((s) => s.step_run?.attempt ?? 0), [...Array(DONE).fill(ATTEMPTS), 0, 0]);
	};
	await both();
	counted();
	await both();
	world.stack.sql(`update run_live set cost_nano = null where run_id = '${run}'`);
	assert.equal((await world.vic.get(world.at(`/runs/${run}`))).body.cost_usd, null, 'an unknown cost stays unknown');
	counted();
});

test('each statement reads as much as it shows, with statistics and without', () => {
	counted();
	const middle = world.stack.sql(`select (extract(epoch from max(started_at)) * 1000000)::bigint - 7000000 from step_run where run_id = '${run}'`)[0][0];
	for (const how of ['', 'analyze']) {
		if (how) world.stack.sql(how);
		reads(2 * STEPS + 600, 'run_read', `'${run}'`);
		reads(600, 'run_list', 50, 'null', zero, 'null', 'null', 'null', 'null');
		reads(110, 'step_run_list', `'${run}'`, 100, 'null', 'null', 'null');
		reads(120, 'step_run_list', `'${run}'`, 100, middle, 50, `'${key(500)}'`);
		reads(210, 'event_list', `'${run}'`, 100000, 200);
		reads(10 + 2 * 5000 + 60, 'checkpoint_list', `'${run}'`, 50, 100000);
		reads(10, 'run_outputs', `'${run}'`, `'{${key(3)},${key(3)},${key(999)}}'`, 1000);
	}
});

test('attempts, events and checkpoints are reached page by page, each once', async () => {
	const steps = await pages('step-runs', 500);
	assert.equal(steps.length, DONE * ATTEMPTS);
	assert.equal(new Set(steps.map((s) => `${s.path}#${s.attempt}`)).size, DONE * ATTEMPTS);
	assert.ok(steps.every((s, i) => !i || steps[i - 1].started_at <= s.started_at), 'in the order they started');
	const checkpoints = await pages('checkpoints', 300);
	assert.deepEqual(checkpoints.map((c) => c.step_id), Array.from({ length: DONE }, (_, i) => key(i)));
	let last = 0;
	for (;;) {
		const { body } = await world.vic.get(world.at(`/runs/${run}/events?after=${last}&limit=1000`));
		if (!body.data.length) break;
		body.data.forEach((event, i) => assert.equal(event.seq, last + 1 + i));
		last = body.data.at(-1).seq;
	}
	assert.equal(last, 2 * DONE * ATTEMPTS + 1);
});

test('an attempt of an earlier generation that counts is found behind those that were rolled back', async () => {
	world.stack.sql(`update run set generation = 3, kept = '{"s0000": 40, "s0001": 100}' where id = '${run}';
		update step_run set generation = case when attempt <= 40 or path = 's0001' then 1 else 2 end where run_id = '${run}';
		update step_run set generation = 3 where run_id = '${run}' and path = 's0002' and attempt > 98`);
	const { steps, marks } = (await world.vic.get(world.at(`/runs/${run}`))).body;
	assert.deepEqual(steps.slice(0, 5).map((s) => s.step_run?.attempt ?? null), [40, 100, 100, null, null]);
	assert.deepEqual(marks.slice(0, 5), ['failed', 'completed', 'completed', 'pending', 'pending']);
	reads(2 * STEPS + 600, 'run_read', `'${run}'`);
});
