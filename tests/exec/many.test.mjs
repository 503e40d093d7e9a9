// A run with a hundred thousand step runs: whoever takes it over loads its newest attempts, goes on, and ends it.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { A, startEngine, until } from './lib/engine.mjs';

const STEPS = 1000;
const ATTEMPTS = 100;
let engine;
before(async () => {
	engine = await startEngine();
});
after(() => engine?.stop());
afterEach(async () => {
	await engine.stopExecutors();
});

/** A run whose every step but the last two has ended, after ninety-nine failures each, with an output of its own. */
function seed() {
	const steps = Array.from({ length: STEPS }, (_, i) => ({ key: `s${String(i).padStart(4, '0')}`, kind: 'transform',
		value: i === STEPS - 1 ? ['{{steps.s0000.output}}', '{{steps.s0998.output}}', '{{steps.s0500.output}}'] : i }));
	steps[STEPS - 2] = { key: 's0998', kind: 'prompt', model: 'builtin/echo', options: { delay_ms: 8000, stream_ms: 0 }, input: { text: 'one two three' } };
	const flow = engine.flow(steps);
	const [run] = engine.create(flow, { quiet: true });
	engine.sql(`update run_live set holder = gen_random_uuid(), epoch = 1 where run_id = '${run}';
		update run set status = 'running', started_at = now() where id = '${run}';
		insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, error, tokens_in, tokens_out, cost_nano, started_at, finished_at)
		select '${A}', '${run}', 's' || lpad(p::text, 4, '0'), n, 'transform', case when n = ${ATTEMPTS} then 'completed' else 'failed' end,
			case when n = ${ATTEMPTS} then to_json('out ' || p || repeat(' and more', 60))::text end,
			case when n < ${ATTEMPTS} then '{"code":"overloaded","message":"Too much to do."}' end, 3, 2, 10, now() + (p * 100 + n) * interval '1 ms', now()
		from generate_series(0, ${STEPS - 3}) p, generate_series(1, ${ATTEMPTS}) n;
		insert into run_record (workspace_id, run_id, seq, at, type, path, attempt)
		select '${A}', '${run}', s, now(), case s % 2 when 0 then 'step.started' else 'step.failed' end, 's' || lpad(((s - 2) / 200)::text, 4, '0'), 1 + (s - 2) / 2 % 100
		from generate_series(2, ${2 * (STEPS - 2) * ATTEMPTS + 1}) s`);
	return run;
}

test('a run of 100,000 step runs is loaded, goes on and ends', async () => {
	const run = seed();
	assert.equal(engine.one(`select count(*) from step_run where run_id = '${run}'`), String((STEPS - 2) * ATTEMPTS));
	// What is read of the steps grows with the paths, not with their attempts.
	const state = JSON.parse(engine.sql(`select steps from run_state('${A}', '${run}')`)[0][0]);
	assert.deepEqual([state.length, new Set(state.map((s) => s.attempt)).size, state[0].attempt], [STEPS - 2, 1, ATTEMPTS]);
	assert.ok(state.some((s) => s.away) && state.some((s) => !s.away && s.output), 'what fits is there, the rest is named');
	engine.sql(`update run_live set holder = null where run_id = '${run}'; notify stepmill_run`);
	const executor = engine.executor(['--lease-seconds=6']);
	// While a call is under way its holder has counted what lists show.
	const counted = await until('the totals', () => engine.sql(`select steps_done, tokens_in, tokens_out, cost_nano from run_live where run_id = '${run}' and steps_done is not null`)[0]);
	assert.deepEqual(counted, engine.sql(`select count(*) filter (where status = 'completed'), sum(tokens_in), sum(tokens_out), sum(cost_nano) from step_run where run_id = '${run}'`)[0]);
	await engine.ended([run]);
	const row = engine.run(run);
	assert.equal(row.status, 'completed', row.error);
	assert.deepEqual(JSON.parse(row.output), [`out 0${' and more'.repeat(60)}`, 'one two three', `out 500${' and more'.repeat(60)}`]);
	assert.equal(row.steps_done, STEPS);
	assert.equal(row.tokens_in, Number(engine.one(`select sum(tokens_in) from step_run where run_id = '${run}'`)), 'every attempt is paid for');
	assert.deepEqual(executor.said('incarnation left'), []);
	assert.equal(engine.one(`select max(seq) = count(*) from run_event where run_id = '${run}'`), 't');
});
