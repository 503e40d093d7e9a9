// The master and its workers: death, stop, reload, and a database that goes away.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { ids, makeChain, startWorld } from './lib/world.mjs';

let world;
let chain;
before(async () => {
	world = await startWorld({ workers: 3 });
	chain = await makeChain(world.ada);
});
after(async () => world?.stack.stop());
const newRun = (text) => world.ada.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text } });
/** Each worker notices by itself that the database is back: asked until it is made. */
const acknowledged = (text) => until('a run', async () => {
	const answer = await newRun(text);
	return answer.status === 201 && answer;
});
const alive = (pid) => fs.existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'));

test('a dead worker is replaced', async () => {
	const [victim, ...others] = world.stack.workers();
	process.kill(victim, 'SIGKILL');
	await until('a new worker', () => world.stack.workers().length === 3 && !world.stack.workers().includes(victim));
	for (const pid of others) assert.ok(world.stack.workers().includes(pid));
	assert.equal((await newRun('after death')).status, 201);
});

test('workers that die young come back later and later, and the socket stays', async () => {
	const pauses = () => [...world.stack.programs.api.log().matchAll(/"a worker died".*?"restart_us":(\d+)/g)].map((m) => Number(m[1]));
	await until('a long pause', () => {
		for (const pid of world.stack.workers()) process.kill(pid, 'SIGKILL');
		return Math.max(...pauses()) >= 100000;
	});
	assert.ok(Math.max(...pauses()) <= 10000000, pauses().join());
	await until('all workers', () => world.stack.workers().length === 3);
	assert.equal((await newRun('after many deaths')).status, 201);
});

test('a second master on the same socket does not start, and does not disturb the first', async () => {
	const { command, args } = world.stack.programs.api;
	const second = spawnSync(command, args, { encoding: 'utf8', timeout: 120000 });
	assert.equal(second.status, 1);
	assert.match(second.stderr, /already serves .*api\.sock/);
	assert.equal((await newRun('still there')).status, 201);
});

test('a reload with settings that are wrong changes nothing', async () => {
	const workers = world.stack.workers();
	const config = `${world.stack.dir}/api.conf`;
	fs.writeFileSync(config, 'workers = 3\n');
	await world.stack.programs.api.kill('SIGTERM');
	world.stack.programs.api.args = [...world.stack.programs.api.args.filter((a) => !a.startsWith('--workers')), `--config=${config}`];
	world.stack.programs.api.start();
	await world.stack.ready();
	assert.equal(world.stack.workers().length, workers.length);
	const kept = world.stack.workers();
	fs.writeFileSync(config, 'workers = many\n');
	process.kill(world.stack.programs.api.pid, 'SIGHUP');
	await until('the refusal', () => world.stack.programs.api.log().includes('reload refused'));
	assert.deepEqual(world.stack.workers(), kept);
	fs.writeFileSync(config, 'workers = 2\n');
	process.kill(world.stack.programs.api.pid, 'SIGHUP');
	await until('two new workers alone', () => world.stack.workers().length === 2 && !kept.some((pid) => world.stack.workers().includes(pid)));
	fs.writeFileSync(config, 'workers = 3\n');
	process.kill(world.stack.programs.api.pid, 'SIGHUP');
	await until('three new workers alone', () => world.stack.workers().length === 3 && !kept.some((pid) => world.stack.workers().includes(pid)));
	assert.equal((await newRun('after reloads')).status, 201);
});

test('a reload under load answers every request and changes every worker; master and socket stay', async () => {
	const master = world.stack.programs.api.pid;
	const old = world.stack.workers();
	const statuses = [];
	let stop = false;
	const load = Promise.all([1, 2, 3, 4].map(async (n) => {
		while (!stop) statuses.push((await newRun(`reload ${n}`)).status);
	}));
	process.kill(master, 'SIGHUP');
	await until('new workers alone', () => {
		const now = world.stack.workers();
		return now.length === 3 && now.every((pid) => !old.includes(pid));
	});
	await until('requests before and after it', () => statuses.length > 10);
	stop = true;
	await load;
	assert.deepEqual([...new Set(statuses)], [201]);
	assert.equal(world.stack.programs.api.pid, master);
});

test('the database goes away: 503 with a time to wait, workers stay; it comes back: they go on', async () => {
	const workers = world.stack.workers();
	await world.stack.killPostgres();
	const health = await world.nobody.get('/health');
	assert.deepEqual([health.status, health.body.code, health.body.retryable], [503, 'unavailable', true]);
	assert.ok(Number(health.headers.get('retry-after')) > 0);
	assert.equal((await world.nobody.get('/health/live')).status, 200);
	const ready = await world.nobody.get('/health/ready');
	assert.deepEqual([ready.status, ready.body.code], [503, 'unavailable']);
	const answers = await Promise.all(Array.from({ length: 12 }, () => newRun('nowhere')));
	assert.deepEqual([...new Set(answers.map((a) => `${a.status} ${a.body.code}`))], ['503 unavailable']);
	assert.equal((await world.nobody.get('/openapi.json')).status, 200);
	await world.stack.startPostgres();
	await world.stack.ready();
	await acknowledged('back again');
	assert.deepEqual(world.stack.workers(), workers);
});

test('a stopped database does not lose what was acknowledged', async () => {
	const made = await acknowledged('kept');
	await world.stack.killPostgres();
	await world.stack.startPostgres();
	await world.stack.ready();
	const read = await until('the run', async () => {
		const answer = await world.ada.get(world.at(`/runs/${made.body.id}`));
		return answer.status === 200 && answer;
	});
	assert.deepEqual(read.body.input, { text: 'kept' });
});

test('a schema that is older or newer than the program: alive, not ready, and told what to do', async () => {
	const [[number]] = world.stack.sql('select max(number) from schema_migration');
	// A worker that was not asked since the database was away finds out by its next request.
	const told = (path) => until('a worker that knows that the database is back', async () => {
		const answer = await world.nobody.get(path);
		return !/cannot be reached/.test(answer.body.detail) && answer;
	});
	const asked = async () => {
		assert.equal((await world.nobody.get('/health/live')).status, 200);
		const [ready, health] = [await told('/health/ready'), await told('/health')];
		assert.deepEqual([ready.status, ready.body.code, health.status], [503, 'unavailable', 503]);
		assert.equal(health.body.detail, ready.body.detail);
		return ready.body.detail;
	};
	world.stack.sql(`create table kept as table schema_migration; delete from schema_migration where number = ${number}`);
	assert.match(await asked(), /needs \d+\. Run stepmill migrate\.$/);
	world.stack.sql(`insert into schema_migration (number, name, checksum) values (9999, 'x', 'x')`);
	assert.match(await asked(), /Install the newer program\.$/);
	world.stack.sql('alter table schema_migration rename to gone');
	assert.match(await asked(), /Run stepmill migrate\.$/);
	world.stack.sql('alter table gone rename to schema_migration; delete from schema_migration; insert into schema_migration select * from kept; drop table kept');
	assert.equal((await told('/health/ready')).status, 200);
});

test('told to stop with a grace, the server says so and works on; then it stops, or at once when told again', async () => {
	const { api } = world.stack.programs;
	const restart = async (...more) => {
		await api.kill('SIGTERM');
		api.args = [...api.args.filter((a) => !a.startsWith('--grace')), ...more];
		api.start();
		await world.stack.ready();
	};
	await restart('--grace-seconds=600');
	process.kill(api.pid, 'SIGTERM');
	const said = await until('the server to say so', async () => {
		const answer = await world.nobody.get('/health/ready');
		return answer.status === 503 && answer.body;
	});
	assert.match(said.detail, /^This server is stopping\./);
	assert.equal((await world.nobody.get('/health/live')).status, 200);
	assert.equal((await newRun('while draining')).status, 201);
	const [victim] = world.stack.workers();
	process.kill(victim, 'SIGKILL');
	await until('a dead worker to be replaced all the same', () => world.stack.workers().length === 3 && !world.stack.workers().includes(victim));
	await restart('--grace-seconds=1'); // told again, it has ended at once
	await api.kill('SIGTERM');
	assert.equal((await world.nobody.get('/health/live')).status, 503, 'nginx says it: nobody is there');
	api.start();
	await restart();
});

test('workers end when their master is killed, and a new master takes the socket', async () => {
	const workers = world.stack.workers();
	await world.stack.programs.api.kill('SIGKILL');
	await until('the workers to be gone', () => workers.every((pid) => !alive(pid)));
	world.stack.programs.api.start();
	await world.stack.ready();
	assert.equal((await newRun('new master')).status, 201);
});

test('told to stop, the request in hand is answered and all are gone; socket and pid file too', async () => {
	const workers = world.stack.workers();
	world.stack.sql(`create table gate (shut boolean); insert into gate values (true);
		create function slow() returns trigger language plpgsql security definer as 'begin while exists (select from gate) loop perform pg_sleep(0.02); end loop; return new; end';
		create trigger slow before insert on run for each row execute function slow()`);
	const slow = newRun('in hand');
	await until('the request to be in hand', () => world.stack.sql("select count(*) from pg_stat_activity where application_name = 'stepmill-api' and state = 'active'")[0][0] === '1');
	const ended = world.stack.programs.api.kill('SIGTERM');
	world.stack.sql('delete from gate');
	await ended;
	assert.equal((await slow).status, 201);
	assert.ok(workers.every((pid) => !alive(pid)));
	for (const name of ['api.sock', 'api.pid']) assert.ok(!fs.existsSync(`${world.stack.dir}/run/${name}`), name);
	const gone = await world.nobody.get('/health');
	assert.deepEqual([gone.status, gone.body.code], [503, 'unavailable']);
});
