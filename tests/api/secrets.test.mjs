// Variables are read by everybody who belongs to the workspace; a secret goes in, sealed, and its value is nowhere to be found again.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ids, startWorld } from './lib/world.mjs';

const canary = 'sk-canary-0f3a-77b1-never-seen-again';
let world;
before(async () => {
	world = await startWorld();
});
after(async () => world?.stack.stop());

const put = (who, what, name, value) => world[who].request('PUT', world.at(`/${what}/${name}`), { value });
const names = async (what) => (await world.mia.get(world.at(`/${what}`))).body.data.map((v) => v.name);

describe('a variable', () => {
	test('is set by admins, read by everybody there, changed and deleted', async () => {
		const made = await put('ann', 'variables', 'REGION', 'eu-1');
		assert.deepEqual([made.status, made.body.value, made.body.updated_by.name], [200, 'eu-1', 'ann']);
		assert.equal((await put('mia', 'variables', 'REGION', 'x')).status, 403);
		assert.equal((await world.vic.get(world.at('/variables/REGION'))).body.value, 'eu-1');
		assert.equal((await put('ada', 'variables', 'REGION', '')).body.value, '');
		assert.deepEqual(await names('variables'), ['REGION']);
		assert.equal((await world.ann.request('DELETE', world.at('/variables/REGION'))).status, 204);
		assert.equal((await world.ann.request('DELETE', world.at('/variables/REGION'))).status, 404);
		assert.equal((await world.vic.get(world.at('/variables/REGION'))).status, 404);
	});
	test('of another workspace is not seen, under the same name', async () => {
		await put('ann', 'variables', 'SAME', 'home');
		await world.eve.request('PUT', world.at('/variables/SAME', ids.elsewhere), { value: 'there' });
		assert.equal((await world.ann.get(world.at('/variables/SAME'))).body.value, 'home');
		assert.equal((await world.eve.get(world.at('/variables/SAME'))).status, 404);
	});
	test('set to what it is leaves no second row in the audit log', async () => {
		const count = () => world.stack.sql("select count(*) from audit where subject = 'TWICE'")[0][0];
		await put('ann', 'variables', 'TWICE', 'a');
		await put('ann', 'variables', 'TWICE', 'a');
		assert.equal(count(), '1');
		await put('ann', 'variables', 'TWICE', 'b');
		assert.equal(count(), '2');
	});
	test('has a name and a value that can be', async () => {
		for (const name of ['1A', 'A-B', 'A'.repeat(64), '%C3%A4', 'A%00']) {
			assert.ok([400, 404, 422].includes((await put('ann', 'variables', name, 'x')).status), name);
			assert.ok([400, 404, 422].includes((await put('ann', 'secrets', name, 'else')).status), name);
		}
		assert.equal((await put('ann', 'variables', 'LONG', 'x'.repeat(65537))).status, 422);
		assert.ok([400, 422].includes((await put('ann', 'variables', 'NUL', 'a\0b')).status));
		assert.equal((await put('ann', 'variables', 'NUM', 5)).status, 422);
		assert.equal((await world.ann.request('PUT', world.at('/variables/MORE'), { value: 'a', more: 1 })).status, 422);
	});
	test('is one of at most 500', async () => {
		world.stack.sql(`insert into variable (workspace_id, name, value, updated_by) select '${ids.elsewhere}', 'V' || n, '', '${ids.eve}' from generate_series(1, 499) n on conflict do nothing`);
		assert.equal((await world.eve.request('PUT', world.at('/variables/ONE_MORE', ids.elsewhere), { value: '' })).status, 409);
		assert.equal((await world.eve.request('PUT', world.at('/variables/V7', ids.elsewhere), { value: 'new' })).status, 200);
	});
});

describe('a secret', () => {
	test('is written and listed by name, never read', async () => {
		const made = await put('ann', 'secrets', 'API_KEY', canary);
		assert.equal(made.status, 200, JSON.stringify(made.body));
		assert.deepEqual(Object.keys(made.body).sort(), ['name', 'updated_at', 'updated_by']);
		assert.deepEqual(await names('secrets'), ['API_KEY']);
		assert.equal((await world.ada.get(world.at('/secrets/API_KEY'))).status, 405);
		assert.equal((await put('mia', 'secrets', 'API_KEY', 'else')).status, 403);
	});
	test('stands in no table, log or answer in clear, nor does what was refused', async () => {
		await put('ann', 'secrets', 'API_KEY', `${canary}-2`);
		await put('mia', 'secrets', 'API_KEY', canary);
		await world.ann.request('PUT', world.at('/secrets/API_KEY'), { value: canary, more: canary });
		await put('ann', 'secrets', 'LONG', canary.padEnd(70000, 'x'));
		const forms = [canary, Buffer.from(canary).toString('base64').slice(4, 40), Buffer.from(canary).toString('hex')];
		const dump = execFileSync('pg_dump', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', 'stepmill'], { maxBuffer: 1 << 28 }).toString();
		assert.ok(dump.includes('API_KEY'), 'the dump has the secret, sealed');
		for (const form of forms) assert.ok(!dump.includes(form), form);
		const log = path.join(world.stack.dir, 'log');
		for (const file of fs.readdirSync(log)) for (const form of forms) assert.ok(!fs.readFileSync(path.join(log, file), 'latin1').includes(form), `${file}: ${form}`);
	});
	test('cannot even be read sealed by the programs that serve the web', () => {
		for (const role of ['api', 'live', 'executor']) {
			assert.throws(() => world.stack.sql(`set role stepmill_${role}; select sealed from secret`), /permission denied/);
		}
	});
	test('is deleted', async () => {
		assert.equal((await world.ann.request('DELETE', world.at('/secrets/API_KEY'))).status, 204);
		assert.equal((await world.ann.request('DELETE', world.at('/secrets/API_KEY'))).status, 404);
		assert.deepEqual(await names('secrets'), []);
	});
	test('cannot be written without a key, and says who can make one', async () => {
		world.stack.sql('delete from secret; delete from seal_key');
		const answer = await put('ann', 'secrets', 'API_KEY', canary);
		assert.equal(answer.status, 409);
		assert.match(answer.body.detail, /stepmill keys init/);
	});
});

describe('stepmill keys init', () => {
	test('makes the file once, for its owner alone, and tells the database', async () => {
		const file = path.join(world.stack.dir, 'another.key');
		const init = () => world.stack.cli(['keys', 'init', `--db=${world.stack.conninfo()}`, `--file=${file}`]).toString();
		assert.match(init(), /^Made the key/);
		const text = fs.readFileSync(file, 'utf8');
		assert.equal(fs.statSync(file).mode & 0o777, 0o600);
		assert.match(init(), /knows it already/);
		assert.equal(fs.readFileSync(file, 'utf8'), text);
		assert.equal(world.stack.sql('select count(*) from seal_key')[0][0], '1');
		assert.ok(!execFileSync('pg_dump', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', 'stepmill'], { maxBuffer: 1 << 28 }).toString().includes(text.split(' ')[1].trim()));
		assert.equal((await put('ann', 'secrets', 'API_KEY', canary)).status, 200);
	});
});
