// PostgreSQL stopped, killed and cut off under load; flushes that end in a deadlock, a time-out, a serialization failure or for want of
// room; every notification lost. Each goes on as if nothing had been, once the database is back. Its disk and its failover: cluster.test.mjs.

import assert from 'node:assert/strict';
import test from 'node:test';
import { sleep, startStack, until } from '../harness/stack.mjs';
import { verdict } from './checker.mjs';
import { faults } from './harass.mjs';
import { makeLoad, seeded } from './load.mjs';
import { callFileOf } from './summary.mjs';

const seed = Number(process.env.STEPMILL_SEED ?? Date.now() % 1000000);
const rounds = Number(process.env.STEPMILL_FAULT_SECONDS ?? 0) > 120 ? 8 : 1;

async function loaded(t, options, clients = 3) {
	const callFile = callFileOf('postgres');
	const stack = await startStack({ build: 'build/faults', leaseSeconds: 3, executors: 2, builtinLog: callFile, ...options });
	t.after(() => stack.stop());
	const load = await makeLoad(stack, { random: seeded(seed) });
	load.start(clients);
	const over = async (done) => {
		await stack.ready();
		await load.finish();
		verdict(assert, t, stack, { loads: [load], callFile }, { seed }, done);
	};
	return { stack, load, over };
}

test(`PostgreSQL restarted, killed, and its connections cut, under load (STEPMILL_SEED=${seed})`, { timeout: 180000 + rounds * 120000 }, async (t) => {
	const { stack, over } = await loaded(t, { fsync: true });
	const restart = (signal) => async () => {
		await stack.programs.postgres.kill(signal);
		await stack.startPostgres();
	};
	const kinds = { 'restart PostgreSQL (fast)': restart('SIGINT'), 'restart PostgreSQL (immediate)': restart('SIGQUIT'), 'kill PostgreSQL': () => faults['kill PostgreSQL'](stack),
		'cut all connections': () => faults['cut all connections'](stack) };
	const done = {};
	for (let round = 0; round < rounds; round++) {
		for (const [name, act] of Object.entries(kinds)) {
			await sleep(1200);
			await act();
			done[name] = (done[name] ?? 0) + 1;
		}
	}
	await sleep(1000);
	await over(done);
});

/** What a statement may fail with although nothing is wrong with it. */
const refusals = { 'deadlock': '40P01', 'serialization failure': '40001', 'statement time-out': '57014', 'no room': '53100', 'too many locks': '55P03' };

test(`flushes, claims and requests that end in ${Object.keys(refusals).join(', ')} are tried again whole (STEPMILL_SEED=${seed})`, { timeout: 180000 + rounds * 120000 }, async (t) => {
	const { stack, over } = await loaded(t, {});
	// One of six statements that write these tables, of whomever, fails; a sequence is not rolled back with it.
	stack.sql(`create sequence test_turn; grant usage on sequence test_turn to public; create table test_refusal (code text, times bigint); grant select on test_refusal to public;
		create sequence test_refused; grant usage on sequence test_refused to public;
		create function test_refuse() returns trigger language plpgsql as $$
		declare
			wanted text := (select code from public.test_refusal);
		begin
			if wanted is not null and nextval('public.test_turn') % 6 = 0 then
				perform nextval('public.test_refused');
				raise exception using errcode = wanted, message = 'refused by a fault test';
			end if;
			return null;
		end $$;
		create trigger test_refuse after insert or update or delete on step_run for each statement execute function test_refuse();
		create trigger test_refuse after insert or update or delete on run_live for each statement execute function test_refuse();
		create trigger test_refuse after insert or update or delete on run for each statement execute function test_refuse();
		create trigger test_refuse after insert or update or delete on run_inbox for each statement execute function test_refuse()`);
	const refused = () => Number(stack.sql('select case when is_called then last_value else 0 end from test_refused')[0][0]);
	const done = {};
	for (const [name, code] of Object.entries(refusals)) {
		const before = refused();
		stack.sql(`insert into test_refusal values ('${code}')`);
		await sleep(1000 * rounds);
		await until('statements to be refused', () => refused() - before >= 20);
		stack.sql('delete from test_refusal');
		done[name] = refused() - before;
		assert.ok(done[name] >= 5, `${name}: only ${done[name]} statements were refused`);
	}
	await over(done);
});

test(`with every notification lost, polling alone finishes the work (STEPMILL_SEED=${seed})`, { timeout: 300000 }, async (t) => {
	// The executors and live hear nothing that is sent.
	const { load, over } = await loaded(t, { env: { STEPMILL_MUTATION: 'notifications' } });
	await until('runs to be made', () => load.runs.size > 60);
	await over({ 'notifications lost': 1 });
});
