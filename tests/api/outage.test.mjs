// Workers killed in the middle of a request, and PostgreSQL killed and started again, while requests come: what was acknowledged is there,
// what was sent again under its key is there once, and everything goes on by itself.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { startWorld } from './lib/world.mjs';

let world;
before(async () => {
	world = await startWorld({ workers: 3 });
});
after(async () => world?.stack.stop());

const create = (name, key) => world.ada.post(world.at('/prompts'), { name, body: 'x' }, key ? { 'idempotency-key': key } : {});
const there = (name) => Number(world.stack.sql(`select count(*) from prompt where name = '${name}'`)[0][0]);
const names = () => world.stack.sql("select name from prompt where name like 'load %'").map(([name]) => name);
const readers = () => world.stack.sql("select pid from pg_stat_activity where application_name = 'stepmill-api' and state = 'active'");

test('a worker is killed with a request in hand: 503, the worker is replaced, and under its key the request is done once', async () => {
	world.stack.sql(`create table gate (shut boolean); create function slow() returns trigger language plpgsql security definer as $$ begin
			while new.name like 'slow%' and exists (select from gate) loop perform pg_sleep(0.02); end loop; return new; end $$;
		create trigger slow before insert on prompt for each row execute function slow()`);
	for (const [name, key] of [['slow with a key', 'k-1'], ['slow without', null]]) {
		const old = world.stack.workers();
		world.stack.sql('insert into gate values (true)');
		const answer = create(name, key);
		await until('the request to be in hand', () => readers().length === 1);
		for (const pid of old) process.kill(pid, 'SIGKILL'); // one of them has it
		const broken = await answer;
		assert.deepEqual([broken.status, broken.body.code, broken.body.retryable], [503, 'unavailable', true]);
		world.stack.sql('delete from gate');
		await until('new workers', () => world.stack.workers().length === 3 && world.stack.workers().every((pid) => !old.includes(pid)));
		// What PostgreSQL had got as a whole it has done; what it had not, not at all.
		await until('PostgreSQL to have ended it', () => readers().length === 0);
		assert.ok(there(name) <= 1);
		if (!key) continue;
		const again = await until('the answer', async () => {
			const one = await create(name, key);
			return one.status === 201 && one;
		});
		assert.equal(there(name), 1);
		assert.deepEqual(world.stack.sql(`select id from prompt where name = '${name}'`), [[again.body.id]]);
		const third = await create(name, key);
		assert.deepEqual([third.status, third.body.id, third.headers.get('idempotency-replayed')], [201, again.body.id, 'true']);
	}
	world.stack.sql('drop function slow cascade; drop table gate');
});

/** Clients that create one after the other; what was acknowledged, and every other status that came. */
function load(clients, again) {
	const acknowledged = [];
	const statuses = new Set();
	let stop = false;
	const done = Promise.all(Array.from({ length: clients }, async (_, c) => {
		for (let i = 0; !stop; i++) {
			const name = `load ${again ? 'k' : 'n'} ${c} ${i}`;
			let answer;
			do {
				answer = await create(name, again ? `key ${c} ${i}` : null);
				statuses.add(`${answer.status} ${answer.body.code ?? ''}`.trim());
			} while (again && answer.status !== 201 && !stop);
			if (answer.status === 201) acknowledged.push(name);
		}
	}));
	return { acknowledged, statuses, end: async () => { stop = true; await done; } };
}

for (const again of [false, true]) {
	test(`PostgreSQL is killed and comes back under load${again ? ', each request sent again until it is acknowledged' : ''}: nothing acknowledged is lost, nothing is there twice`, async () => {
		const workers = world.stack.workers();
		const { acknowledged, statuses, end } = load(4, again);
		for (let i = 0; i < 2; i++) {
			const had = acknowledged.length;
			await until('work to be done', () => acknowledged.length > had + 20);
			await world.stack.killPostgres();
			await until('somebody to be told', () => [...statuses].some((s) => s.startsWith('503')));
			await world.stack.startPostgres();
		}
		const had = acknowledged.length;
		await until('it to go on by itself', () => acknowledged.length > had + 40);
		await end();
		const all = names();
		assert.deepEqual(acknowledged.filter((name) => !all.includes(name)), []);
		assert.equal(new Set(all).size, all.length, 'something is there twice');
		assert.deepEqual([...statuses].filter((s) => !['201', '503 unavailable'].includes(s)), []);
		assert.deepEqual(world.stack.workers(), workers, 'a worker was lost');
		await until('each worker to be ready', async () => (await Promise.all(Array.from({ length: 9 }, () => world.nobody.get('/health/ready')))).every((a) => a.status === 200));
		world.stack.sql("delete from prompt_version where prompt_id in (select id from prompt where name like 'load %'); delete from prompt where name like 'load %'");
	});
}
