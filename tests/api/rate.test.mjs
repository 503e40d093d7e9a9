// Who asks too much is told how long to wait; others go on.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { direct, startWorld } from './lib/world.mjs';

let world;
before(async () => {
	world = await startWorld({ workers: 4, apiEnv: { STEPMILL_RATE_READS: '20', STEPMILL_RATE_WRITES: '10', STEPMILL_RATE_EXPENSIVE: '20', STEPMILL_RATE_ADDRESS: '3' } });
});
after(async () => world?.stack.stop());

/** The most that a rate allows from a moment on: what it holds, and what came back since. */
const most = (perMinute, since) => perMinute + Math.ceil((Date.now() - since) / 60000 * perMinute) + 1;
/** What came back in a second is used up by asking on. */
const refused = (ask) => Array.from({ length: 30 }).some(() => ask() === 429);
const count = (answers, status) => answers.filter((a) => a.status === status).length;
/** Asks the API itself, from an address of the test's choosing. */
const from = (address, client, method, path, body) => direct(world.stack, { REQUEST_METHOD: method, REQUEST_URI: `/api${path}`, REMOTE_ADDR: address,
	CONTENT_TYPE: 'application/json', ...(client ? { HTTP_COOKIE: client.cookie } : {}) }, body);

test('a session has so many reads and so many changes, the workers together; refused ones change nothing', async () => {
	const began = Date.now();
	const reads = await Promise.all(Array.from({ length: 50 }, () => world.ada.get(world.at('/prompts'))));
	assert.ok(count(reads, 200) >= 20 && count(reads, 200) <= most(20, began), `${count(reads, 200)} of 50`);
	assert.equal(count(reads, 200) + count(reads, 429), 50);
	const one = reads.find((a) => a.status === 429);
	assert.equal(one.body.code, 'rate_limited');
	assert.equal(one.body.retryable, true);
	const wait = Number(one.headers.get('retry-after'));
	assert.ok(wait >= 1 && wait <= 3, `${wait}`);
	assert.equal((await world.mia.get(world.at('/prompts'))).status, 200, 'another session goes on');
	const then = Date.now();
	const writes = await Promise.all(Array.from({ length: 30 }, () => world.ada.post(world.at('/prompts'), { name: 'A', body: 'b' })));
	assert.ok(count(writes, 201) >= 10 && count(writes, 201) <= most(10, then));
	assert.equal(count(writes, 201) + count(writes, 429), 30);
	assert.equal(Number(world.stack.sql('select count(*) from prompt where name = $$A$$')[0][0]), count(writes, 201));
});

/** The same, each time from another address. */
let network = 0;
const elsewhere = (headers) => direct(world.stack, { REQUEST_METHOD: 'GET', REQUEST_URI: `/api${world.at('/prompts')}`, REMOTE_ADDR: `198.51.100.${network++ % 250}`, ...headers }).status;

test('an account has so many, with all its sessions and tokens', async () => {
	const again = await world.stack.signIn('ann@stepmill.test');
	const { token } = from('203.0.113.1', world.ann, 'POST', '/account/tokens', '{"name":"T","scopes":["read"]}').body;
	const ways = [{ HTTP_COOKIE: world.ann.cookie }, { HTTP_COOKIE: again.cookie }, { HTTP_AUTHORIZATION: `Bearer ${token}` }];
	const statuses = [];
	const began = Date.now();
	for (let i = 0; i < 16; i++) statuses.push(...ways.map(elsewhere));
	const good = statuses.filter((s) => s === 200).length;
	assert.ok(good >= 20 - ways.length && good <= most(20, began), `${good} of ${statuses.length}`);
	assert.deepEqual(statuses.slice(0, 3), [200, 200, 200]);
	for (const way of ways) assert.ok(refused(() => elsewhere(way)), 'each of the three is refused');
	assert.equal(elsewhere({ HTTP_COOKIE: world.vic.cookie }), 200, 'somebody else goes on');
});

test('what is sent with a session that has ended is not counted for who had it', async () => {
	const again = await world.stack.signIn('eve@stepmill.test');
	const ask = (client) => direct(world.stack, { REQUEST_METHOD: 'GET', REQUEST_URI: '/api/session', REMOTE_ADDR: `198.51.100.${network++ % 250}`, HTTP_COOKIE: client.cookie }).status;
	assert.deepEqual([ask(again), ask(world.eve)], [200, 200]);
	assert.equal(from('203.0.113.2', again, 'DELETE', '/session').status, 204);
	for (let i = 0; i < 40; i++) assert.ok([401, 429].includes(ask(again)));
	for (let i = 0; i < 10; i++) assert.equal(ask(world.eve), 200);
});

test('an address has so many for all its sessions, and for those who are not signed in; another one goes on', async () => {
	const contract = (address) => from(address, null, 'GET', '/openapi.json').status;
	const began = Date.now();
	let good = 0;
	while (good < 300 && contract('192.0.2.1') === 200) good++;
	assert.ok(good >= 60 && good <= most(60, began), `${good} were answered`);
	assert.ok(refused(() => from('192.0.2.1', world.vic, 'GET', world.at('/prompts')).status));
	assert.equal(contract('192.0.2.2'), 200);
	assert.equal(from('192.0.2.2', world.vic, 'GET', world.at('/prompts')).status, 200);
});

test('health is always told', async () => {
	const answers = await Promise.all(Array.from({ length: 100 }, () => world.nobody.get('/health')));
	assert.equal(count(answers, 200), 100);
});
