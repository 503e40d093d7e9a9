// What people type, and what lets them in, is in no log: every request carries marked words in all its places, well and badly formed,
// while everything works and while things are broken; then every file that any process wrote to is searched for them.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, root, until } from '../harness/stack.mjs';
import { chain, direct, ids, password, startWorld } from './lib/world.mjs';

const mark = 'Canary7f3a';
const secrets = () => ({
	password, 'a wrong password': `${mark}-wrong`, 'the text of a prompt': `${mark}-prompt`, 'a name': `${mark}-name`, 'an input': `${mark}-input`,
	'words searched for': `${mark}-words`, 'an Idempotency-Key': `${mark}-key`, 'a browser': `${mark}-agent`, 'an e-mail address': `${mark.toLowerCase()}@stepmill.test`,
	'a broken body': `${mark}-broken`, 'a cursor': `${mark}-cursor`, 'a model’s answer': `${mark}-input`, 'a failed step': `${mark}-step`,
	'the token of a session': world.ada.cookie.split('=')[1], 'another token': world.mia.cookie.split('=')[1],
});
/** What scripts/run tells PostgreSQL about its log. */
function logSettings() {
	const lines = fs.readFileSync(`${root}/scripts/lib/postgres.sh`, 'utf8').matchAll(/^(log_\w+) = (\w+)$/gm);
	const settings = Object.fromEntries([...lines].map(([, name, value]) => [name, value]));
	assert.ok(Number(settings.log_min_duration_statement) > 0);
	return settings;
}
let world;
before(async () => {
	world = await startWorld({ workers: 2, live: true, executors: 1, postgres: logSettings() });
});
after(async () => world?.stack.stop());

/** Each place where a request can carry something. Answers do not matter here, statuses are the business of other tests. */
async function everything(flow) {
	const headers = { 'idempotency-key': `${mark}-key`, 'user-agent': `${mark}-agent` };
	const at = world.at;
	const anybody = new Client(world.stack.url);
	const answers = [
		await anybody.post('/session', { email: `${mark}@stepmill.test`, password: `${mark}-wrong` }, { 'user-agent': `${mark}-agent` }),
		await anybody.post('/session', { email: 'mia@stepmill.test', password: `${mark}-wrong`, more: `${mark}-broken` }),
		await anybody.post('/session', { email: 'mia@stepmill.test', password }, { 'user-agent': `${mark}-agent` }),
		await world.ada.post(at('/prompts'), { name: `${mark}-name`, body: `${mark}-prompt {{text}}` }, headers),
		await world.ada.post(at('/prompts'), { name: `${mark}-name`, body: `${mark}-prompt other` }),
		await world.ada.post(at('/prompts'), { name: 'A', body: `${mark}-prompt {{unclosed` }),
		await world.ada.post(at('/prompts'), `{"name": "${mark}-broken", "body": "${mark}-prompt\\u0000"}`),
		await world.ada.post(at('/prompts'), `{"name": "${mark}-broken`),
		await world.ada.get(at(`/prompts?q=${mark}-words&limit=2`)),
		await world.ada.get(at(`/prompts?cursor=${mark}-cursor`)),
		await world.ada.get(at(`/prompts?${mark}-words=1`)),
		await world.ada.post(at('/runs'), { workflow_id: flow, input: { text: `${mark}-input` } }, { 'idempotency-key': `${mark}-key-of-a-run` }),
		await world.ada.post(at('/runs'), { workflow_id: flow, input: { text: { no: `${mark}-input` } } }),
		await world.ada.post(at('/runs'), { workflow_id: flow, input: { text: `${mark}-input` }, [`${mark}-name`]: 1 }),
		await world.ada.get(at(`/runs/${ids.missing}/live?after=${mark}-cursor`)),
		await world.ada.get(at(`/runs/${ids.missing}/live?${mark}-words=1`)),
		await anybody.get('/session', { cookie: `${world.ada.cookie}; a=${mark}-words` }),
	];
	return answers.map((a) => a.status);
}

test('nothing that people type is in a log', async () => {
	const prompts = [];
	for (const body of [`${mark}-prompt {{text}}`, `${mark}-prompt {{content}}`]) {
		prompts.push((await world.ada.post(world.at('/prompts'), { name: `${mark}-name`, body })).body);
	}
	const make = async (options = {}) => {
		const definition = chain(prompts);
		Object.assign(definition.steps[0], options, { name: `${mark}-step` });
		return (await world.ada.post(world.at('/workflows'), { name: `${mark}-name`, definition })).body.id;
	};
	const flow = await make();
	const failing = await make({ options: { fail: 'refused' } });
	const ended = async (workflow) => {
		const run = (await world.ada.post(world.at('/runs'), { workflow_id: workflow, input: { text: `${mark}-input` } })).body.id;
		await until('the run to end', async () => (await world.ada.get(world.at(`/runs/${run}`))).body.finished_at);
		return run;
	};
	await ended(flow);
	await ended(failing);
	assert.ok((await everything(flow)).includes(201));
	const invitation = (await world.ada.post(world.at('/invitations'), { role: 'viewer' })).body.token;
	assert.equal((await world.eve.get(`/invitations/${invitation}`)).status, 200);

	// The database refuses what it is given, and quotes it while it does.
	world.stack.sql(`create function refuse() returns trigger language plpgsql as $$ begin raise exception 'refused' using detail = new::text; end $$;
		create trigger refuse before insert on prompt for each row execute function refuse();
		create trigger refuse before update on step_run for each row when (new.status = 'completed') execute function refuse()`);
	const refused = await everything(flow);
	assert.ok(refused.includes(500), `the database did not refuse: ${refused}`);
	const run = await ended(flow);
	assert.equal((await world.ada.get(world.at(`/runs/${run}`))).body.error.code, 'unrecordable');
	world.stack.sql('drop function refuse cascade');

	// Slow statements are in the log of the database, without what they were given.
	world.stack.sql(`create function slow() returns trigger language plpgsql as $$ begin perform pg_sleep(1.1); return new; end $$;
		create trigger slow before insert on prompt for each row execute function slow()`);
	assert.equal((await world.ada.post(world.at('/prompts'), { name: `${mark}-name`, body: `${mark}-prompt` })).status, 201);
	world.stack.sql('drop function slow cascade');
	assert.match(world.stack.programs.postgres.log(), /duration: .*prompt_create/);

	// Without the database, without the API, and past nginx.
	await world.stack.killPostgres();
	await everything(flow);
	await world.stack.startPostgres();
	await world.stack.ready();
	await world.stack.programs.live.kill();
	await world.stack.programs.api.kill('SIGTERM');
	assert.ok((await everything(flow)).every((status) => status >= 500));
	world.stack.programs.api.start();
	await world.stack.ready();
	direct(world.stack, { REQUEST_METHOD: 'POST', REQUEST_URI: `/api/session?${mark}-words`, CONTENT_TYPE: 'application/json', CONTENT_LENGTH: '5000' }, `{"${mark}-broken`);

	const logs = fs.readdirSync(path.join(world.stack.dir, 'log'));
	for (const name of ['access.log', 'api.log', 'executor-1.log', 'live.log', 'nginx.log', 'postgres.log']) assert.ok(logs.includes(name), name);
	const found = [];
	for (const name of logs) {
		const text = fs.readFileSync(path.join(world.stack.dir, 'log', name), 'utf8');
		for (const [what, secret] of Object.entries({ ...secrets(), invitation })) {
			const line = text.split('\n').find((l) => l.toLowerCase().includes(secret.toLowerCase()));
			if (line) found.push(`${what} in ${name}: ${line.slice(0, 300)}`);
		}
	}
	assert.deepEqual(found, []);
});
