// Every route of the contract on its good path, through nginx: the answer has the status and the shape that the contract says.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/stack.mjs';
import { answerMisfits, operations } from './lib/contract.mjs';
import { codeOf, later } from './lib/totp.mjs';
import { ids, makeChain, password, startWorld } from './lib/world.mjs';

let world;
let contract;
let all;
let chain;
let run;
const asked = new Set();

before(async () => {
	world = await startWorld({ apiEnv: { STEPMILL_MAIL_FROM: 'stepmill@mill.test', STEPMILL_PUBLIC_URL: 'https://mill.test' } });
	contract = (await world.nobody.get('/openapi.json')).body;
	all = Object.fromEntries(operations(contract).map((op) => [op.id, op]));
	chain = await makeChain(world.ada);
});
after(async () => world?.stack.stop());

/** Asks by operationId; the answer must fit the contract. */
async function call(client, id, path, body, headers) {
	asked.add(id);
	const answer = await client.request(all[id].method, path, body, headers);
	assert.deepEqual(answerMisfits(contract, all[id], answer), [], `${id}: ${JSON.stringify(answer.body)}`);
	return answer;
}

describe('system and session', () => {
	test('health says live and ready', async () => {
		const { status, body } = await call(world.nobody, 'readHealth', '/health');
		assert.equal(status, 200);
		assert.deepEqual([body.live, body.ready], [true, true]);
	});
	test('live and ready are told one by one, too', async () => {
		assert.equal((await call(world.nobody, 'readLive', '/health/live')).body.live, true);
		assert.equal((await call(world.nobody, 'readReady', '/health/ready')).body.ready, true);
	});
	test('the contract is given out', async () => {
		const { status, body } = await call(world.nobody, 'readContract', '/openapi.json');
		assert.equal(status, 200);
		assert.equal(body.openapi, '3.1.0');
	});
	test('the reference is given out', async () => {
		assert.match((await call(world.nobody, 'readReference', '/docs')).body, /^<!doctype html>/);
		assert.match((await call(world.nobody, 'readReferenceStyle', '/docs/reference.css')).body, /--text-1/);
		assert.match((await call(world.nobody, 'readReferenceScript', '/docs/reference.js')).body, /#search/);
	});
	test('signing in, looking who it is, signing out', async () => {
		const client = await world.stack.signIn('mia@stepmill.test', password);
		const signed = await call(client, 'signIn', '/session', { email: 'MIA@stepmill.test', password });
		assert.equal(signed.status, 200);
		assert.equal(signed.body.user.id, ids.mia);
		const who = await call(client, 'readSession', '/session');
		assert.deepEqual(who.body.workspaces.map((w) => [w.slug, w.role]), [['home', 'member']]);
		assert.equal((await call(client, 'signOut', '/session')).status, 204);
	});
});

describe('the account', () => {
	test('is made, read, renamed, and gets another password', async () => {
		const client = new Client(world.stack.url);
		assert.deepEqual((await call(client, 'readSignUp', '/sign-up')).body, { open: true, first: false, mail: true });
		assert.equal((await call(client, 'signUp', '/account', { email: 'zoe@stepmill.test', name: 'Zoe', password })).status, 201);
		assert.equal((await call(client, 'readAccount', '/account')).body.email, 'zoe@stepmill.test');
		assert.equal((await call(client, 'updateAccount', '/account', { name: 'Zoë' })).body.name, 'Zoë');
		assert.equal((await call(client, 'changePassword', '/account/password', { current_password: password, new_password: `${password} 2` })).status, 204);
		const other = await world.stack.signIn('zoe@stepmill.test', `${password} 2`);
		const { data } = (await call(client, 'listSessions', '/account/sessions')).body;
		assert.equal((await call(client, 'endSession', `/account/sessions/${data.find((s) => !s.current).id}`)).status, 204);
		assert.equal((await other.get('/session')).status, 401);
		assert.equal((await call(client, 'endOtherSessions', '/account/sessions')).status, 204);
		const root = await world.stack.signIn();
		const { id } = (await client.get('/account')).body;
		const link = await call(root, 'createResetLink', `/users/${id}/reset-link`);
		assert.equal((await call(client, 'resetPassword', '/password-reset', { token: link.body.token, password })).status, 204);
	});
	test('gets a second factor, which is asked for, and loses it', async () => {
		const client = await world.stack.signIn('zoe@stepmill.test', password);
		assert.equal((await call(client, 'readSecondFactor', '/account/second-factor')).body.enabled_at, null);
		const { body } = await call(client, 'beginSecondFactor', '/account/second-factor', { current_password: password });
		const on = await call(client, 'confirmSecondFactor', '/account/second-factor/confirm', { code: codeOf(body.secret) });
		assert.equal(on.body.recovery_codes.length, 10);
		const half = new Client(world.stack.url);
		assert.equal((await call(half, 'signIn', '/session', { email: 'zoe@stepmill.test', password })).body.code, 'second_factor');
		assert.equal((await call(half, 'signInSecondFactor', '/session/second-factor', { code: on.body.recovery_codes[0] })).status, 200);
		assert.equal((await call(half, 'readSecondFactor', '/account/second-factor')).body.recovery_codes_left, 9);
		later(world.stack);
		assert.equal((await call(client, 'renewRecoveryCodes', '/account/second-factor/recovery-codes', { current_password: password, code: codeOf(body.secret) })).status, 200);
		later(world.stack);
		assert.equal((await call(client, 'disableSecondFactor', '/account/second-factor/disable', { current_password: password, code: codeOf(body.secret) })).status, 204);
		world.stack.sql("update app_user set second_factor_at = now() where email = 'zoe@stepmill.test'");
		const { id } = (await client.get('/account')).body;
		assert.equal((await call(await world.stack.signIn(), 'removeSecondFactor', `/users/${id}/second-factor`)).status, 204);
	});
	test('is connected to a sign-in provider, which an administrator configures', async () => {
		const root = await world.stack.signIn();
		const at = '/installation/sign-in-providers';
		const made = await call(root, 'createSignInProvider', at, { name: 'Acme', issuer: 'http://127.0.0.1:1', client_id: 'c', client_secret: 's', rules: [{ email_domain: 'a.test', workspace_id: ids.home, role: 'viewer' }] });
		const { id } = made.body;
		assert.deepEqual((await call(root, 'listSignInProviders', at)).body.data, [made.body]);
		assert.deepEqual((await call(root, 'readSignInProvider', `${at}/${id}`)).body, made.body);
		assert.equal((await call(root, 'updateSignInProvider', `${at}/${id}`, { name: 'Other', rules: [{ claim: 'g', value: 'v', workspace_id: ids.home, role: 'member' }] })).body.name, 'Other');
		assert.deepEqual((await call(world.nobody, 'listWaysToSignIn', '/sign-in-providers')).body.data, [{ id, name: 'Other' }]);
		assert.equal((await call(new Client(world.stack.url), 'startProviderSignIn', `/sign-in-providers/${id}/start`)).headers.get('location'), '/sign-in?problem=provider_unreachable');
		assert.equal((await call(new Client(world.stack.url), 'finishProviderSignIn', `/sign-in-providers/${id}/callback?state=x&code=y&more=z`)).headers.get('location'), '/sign-in?problem=ended');
		world.stack.sql(`insert into sign_in_identity (provider_id, subject, user_id) values ('${id}', 's', '${ids.mia}')`);
		assert.equal((await call(world.mia, 'listIdentities', '/account/identities')).body.data.length, 1);
		assert.equal((await call(world.mia, 'removeIdentity', `/account/identities/${id}`)).status, 204);
		assert.equal((await call(root, 'deleteSignInProvider', `${at}/${id}`)).status, 204);
	});
	test('is written to, when the installation sends mail', async () => {
		const root = await world.stack.signIn();
		assert.equal((await call(world.nobody, 'requestPasswordReset', '/password-reset-request', { email: 'vic@stepmill.test' })).status, 202);
		assert.equal((await call(world.vic, 'requestEmailConfirmation', '/account/email-confirmation')).status, 202);
		const { token } = (await root.post(`/users/${ids.vic}/reset-link`)).body;
		world.stack.sql(`delete from email_confirmation; insert into email_confirmation (token_hash, user_id, email) select r.token_hash, u.id, u.email from password_reset r join app_user u on u.id = r.user_id where u.id = '${ids.vic}'`);
		assert.equal((await call(world.nobody, 'confirmEmail', '/email-confirmation', { token })).status, 204);
		assert.ok((await world.vic.get('/account')).body.email_confirmed_at);
	});
	test('of the installation is for its administrator', async () => {
		const root = await world.stack.signIn();
		assert.deepEqual((await call(root, 'readInstallation', '/installation')).body, { sign_up: 'open' });
		assert.deepEqual((await call(root, 'updateInstallation', '/installation', { sign_up: 'open' })).body, { sign_up: 'open' });
	});
	test('a token is made, listed and revoked', async () => {
		const made = await call(world.mia, 'createToken', '/account/tokens', { name: 'Build', scopes: ['runs:write', 'read'], expires_in_days: 7, workspace_id: ids.home });
		assert.equal(made.status, 201);
		assert.deepEqual((await call(world.mia, 'listTokens', '/account/tokens')).body.data.map((t) => [t.id, t.name]), [[made.body.id, 'Build']]);
		assert.equal((await call(world.mia, 'revokeToken', `/account/tokens/${made.body.id}`)).status, 204);
		assert.deepEqual((await call(world.mia, 'listTokens', '/account/tokens')).body.data, []);
	});
});

describe('prompts', () => {
	test('a prompt is made with its variables found, listed and read', async () => {
		const made = await call(world.mia, 'createPrompt', world.at('/prompts'), { name: 'Ask', description: 'Über alles', body: 'Q: {{question}} {{ tone }}' });
		assert.equal(made.status, 201);
		assert.deepEqual(made.body.variables, ['question', 'tone']);
		assert.deepEqual(made.body.created_by, { id: ids.mia, name: 'mia' });
		assert.deepEqual([made.body.version, made.body.visibility], [1, 'workspace']);
		const read = await call(world.vic, 'readPrompt', world.at(`/prompts/${made.body.id}`));
		assert.deepEqual(read.body, made.body);
		const list = await call(world.vic, 'listPrompts', world.at('/prompts?limit=1'));
		assert.deepEqual(list.body.data, [made.body]);
		const found = await call(world.vic, 'listPrompts', world.at(`/prompts?q=${encodeURIComponent('ÜBER ask')}`));
		assert.deepEqual(found.body.data.map((p) => p.id), [made.body.id]);
		assert.equal((await call(world.vic, 'listPrompts', world.at('/prompts?q=ask%20nothing'))).body.data.length, 0);
	});
	test('a private prompt is seen by its author alone', async () => {
		const made = await call(world.mia, 'createPrompt', world.at('/prompts'), { name: 'Mine', body: 'x', visibility: 'private' });
		assert.equal((await world.mia.get(world.at(`/prompts/${made.body.id}`))).status, 200);
		assert.equal((await world.ada.get(world.at(`/prompts/${made.body.id}`))).status, 404);
		const seen = (await world.ada.get(world.at('/prompts?limit=100'))).body.data;
		assert.ok(!seen.some((p) => p.id === made.body.id));
	});
});

describe('workflows', () => {
	test('a workflow is made in canonical form, read and listed with its last runs', async () => {
		const { workflow, prompts } = chain;
		assert.deepEqual(workflow.definition.input, { type: 'object', properties: { text: { type: 'string', title: 'Text' } }, required: ['text'] });
		assert.deepEqual(workflow.definition.steps[0].prompt, { id: prompts[0].id, version: 1 });
		const made = await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Second', definition: workflow.definition });
		assert.equal(made.status, 201);
		const read = await call(world.vic, 'readWorkflow', world.at(`/workflows/${made.body.id}`));
		assert.deepEqual(read.body, made.body);
		run = (await call(world.mia, 'createRun', world.at('/runs'), { workflow_id: workflow.id, input: { text: 'one' } })).body;
		const list = await call(world.vic, 'listWorkflows', world.at('/workflows'));
		const entry = list.body.data.find((w) => w.id === workflow.id);
		assert.deepEqual(entry.last_runs.map((r) => [r.id, r.status]), [[run.id, 'pending']]);
		assert.equal(entry.step_count, 2);
	});
	test('what the schema cannot say is told with its place', async () => {
		const definition = structuredClone(chain.workflow.definition);
		definition.steps[1].input.content = '{{steps.nowhere.output}}';
		const answer = await world.ada.post(world.at('/workflows'), { name: 'Bad', definition });
		assert.equal(answer.status, 422);
		assert.ok(answer.body.errors.some((e) => e.path === '/definition/steps/1/input/content'), JSON.stringify(answer.body));
	});
	test('a retry policy is completed, and a wrong one is told with its place', async () => {
		const definition = structuredClone(chain.workflow.definition);
		definition.steps[0].retry = { max_attempts: 4, on: ['overloaded'] };
		definition.steps[1].retry = 'never';
		const made = await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Stubborn', definition });
		assert.equal(made.status, 201, JSON.stringify(made.body));
		assert.deepEqual(made.body.definition.steps.map((s) => s.retry),
			[{ max_attempts: 4, delay_ms: 1000, backoff: 'exponential', max_delay_ms: 60000, on: ['overloaded'] }, 'never']);
		definition.steps[0].retry = { max_attempts: 0 };
		const refused = await world.ada.post(world.at('/workflows'), { name: 'Bad', definition });
		assert.deepEqual([refused.status, refused.body.errors.some((e) => e.path.startsWith('/definition/steps/0/retry'))], [422, true], JSON.stringify(refused.body));
	});
	test('a prompt may be named twice, in capitals too', async () => {
		const { id } = (await world.ada.post(world.at('/prompts'), { name: 'P', body: 'About {{text}}' })).body;
		const step = (key, spelled, from) => ({ key, kind: 'prompt', prompt: { id: spelled }, input: { text: from } });
		const steps = [step('a', id, '{{input.text}}'), step('b', id.toUpperCase(), '{{steps.a.output}}')];
		const { status, body } = await world.ada.post(world.at('/workflows'), { name: 'W', definition: { type: 'chain', steps } });
		assert.equal(status, 201, JSON.stringify(body));
	});
	test('a prompt of another workspace is unknown here', async () => {
		const there = await makeChain(world.eve, ids.elsewhere);
		const answer = await world.ada.post(world.at('/workflows'), { name: 'Foreign', definition: there.workflow.definition });
		assert.equal(answer.status, 422);
		assert.ok(answer.body.errors.some((e) => e.path.startsWith('/definition/steps/0/prompt')), JSON.stringify(answer.body));
	});
});

describe('runs', () => {
	test('a run is recorded with its first event and is due', async () => {
		const answer = await call(world.mia, 'createRun', world.at('/runs'), { workflow_id: chain.workflow.id, version: 1, input: { text: 'two' } });
		assert.equal(answer.status, 201);
		assert.deepEqual(answer.body, { id: answer.body.id, status: 'pending', workflow_id: chain.workflow.id, workflow_version: 1 });
		const rows = world.stack.sql(`select r.status, r.input, l.holder is null, e.seq, e.type from run r join run_live l on l.run_id = r.id
			join run_event e on e.run_id = r.id where r.id = '${answer.body.id}'`);
		assert.deepEqual(rows, [['pending', '{"text":"two"}', 't', '1', 'run.created']]);
	});
	test('a thousand runs are recorded at once, in the order of their inputs', async () => {
		const inputs = Array.from({ length: 1000 }, (_, i) => ({ text: `n${i}` }));
		const answer = await call(world.mia, 'createRunsBulk', world.at('/runs:bulk'), { workflow_id: chain.workflow.id, inputs });
		assert.equal(answer.status, 201);
		assert.equal(new Set(answer.body.ids).size, 1000);
		const [[text]] = world.stack.sql(`select input from run where id = '${answer.body.ids[345]}'`);
		assert.equal(text, '{"text":"n345"}');
	});
	test('of many inputs one that does not fit keeps all from being recorded', async () => {
		const before = world.stack.sql('select count(*) from run')[0][0];
		const answer = await world.mia.post(world.at('/runs:bulk'), { workflow_id: chain.workflow.id, inputs: [{ text: 'good' }, { text: 5 }] });
		assert.equal(answer.status, 422);
		assert.deepEqual(answer.body.errors.map((e) => e.path), ['/inputs/1/text']);
		assert.equal(world.stack.sql('select count(*) from run')[0][0], before);
	});
	test('an input that does not fit the workflow is told with its place', async () => {
		const answer = await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { words: 1 } });
		assert.equal(answer.status, 422);
		assert.deepEqual(answer.body.errors.map((e) => [e.path, e.code]), [['/input/text', 'required']]);
	});
	test('a workflow, or a version of it, that is not there is not found', async () => {
		for (const body of [{ workflow_id: ids.missing, input: {} }, { workflow_id: chain.workflow.id, version: 2, input: { text: '' } },
			{ workflow_id: chain.workflow.id, version: 2147483647, input: { text: '' } }]) {
			assert.equal((await world.mia.post(world.at('/runs'), body)).status, 404);
		}
	});
	test('a worker that remembers an older version looks again', async () => {
		const { workflow } = await makeChain(world.ada);
		for (let i = 0; i < 6; i++) await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'old' } });
		const next = { ...workflow.definition, input: { type: 'object', properties: { number: { type: 'integer' } }, required: ['number'] } };
		world.stack.sql(`insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
			values ('${ids.home}', '${workflow.id}', 2, '${JSON.stringify(next)}', 2, '${ids.ada}');
			update workflow set current_version = 2 where id = '${workflow.id}'`);
		for (let i = 0; i < 6; i++) {
			const fits = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { number: 7, text: 'both' } });
			assert.deepEqual([fits.status, fits.body.workflow_version], [201, 2]);
			const old = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'old' } });
			assert.deepEqual([old.status, old.body.errors?.[0].path], [422, '/input/number']);
			const pinned = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, version: 1, input: { text: 'old' } });
			assert.deepEqual([pinned.status, pinned.body.workflow_version], [201, 1]);
		}
	});
	test('a run is read with steps that wait', async () => {
		const { body } = await call(world.vic, 'readRun', world.at(`/runs/${run.id}`));
		assert.deepEqual(body.steps.map((s) => [s.key, s.model, s.step_run]), [['extract', 'builtin/echo', null], ['summarise', 'builtin/echo', null]]);
		assert.deepEqual([body.input, body.output, body.marks, body.last_event], [{ text: 'one' }, null, ['pending', 'pending'], 1]);
		assert.deepEqual(body.input_schema, chain.workflow.definition.input);
	});
	test('a run that goes on shows what its steps have done and streamed so far', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'live' } })).body.id;
		const key = `'${ids.home}', '${made}'`;
		world.stack.sql(`update run set status = 'running', started_at = now() where id = '${made}';
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, input, output, error, model_asked, model_answered,
				tokens_in, tokens_out, cost_nano, started_at, finished_at) values
			(${key}, 'extract', 1, 'prompt', 'failed', '{"text":"live"}', null, '{"code":"overloaded","message":"It was busy."}',
				'builtin/echo', null, 3, 0, 1000, now() - interval '3 s', now() - interval '2 s'),
			(${key}, 'extract', 2, 'prompt', 'completed', '{"text":"live"}', '"points"', null, 'builtin/echo', 'builtin/echo', 5, 7, 2500,
				now() - interval '2 s', now() - interval '1 s'),
			(${key}, 'summarise', 1, 'prompt', 'running', '{"content":"points"}', null, null, 'builtin/echo', null, null, null, null, now(), null);
			insert into run_event (workspace_id, run_id, seq, at, type, path, attempt, data) values
			(${key}, 2, now(), 'step.output', 'summarise', 1, '{"text":"lost ","offset":0}'),
			(${key}, 3, now(), 'step.output', 'summarise', 1, '{"text":"Sum ","offset":0}'),
			(${key}, 4, now(), 'step.output', 'summarise', 1, '{"text":"of all","offset":4}')`);
		const { body } = await call(world.vic, 'readRun', world.at(`/runs/${made}`));
		assert.deepEqual([body.status, body.steps_done, body.tokens_in, body.tokens_out, body.cost_usd, body.cost_settled, body.last_event],
			['running', 1, 8, 7, 0.0000035, false, 4]);
		assert.deepEqual(body.marks, ['completed', 'running']);
		assert.deepEqual(body.steps.map((s) => [s.step_run.attempt, s.step_run.status, s.step_run.output]), [[2, 'completed', 'points'], [1, 'running', null]]);
		assert.equal(body.steps[1].step_run.partial, 'Sum of all');
		const listed = (await call(world.vic, 'listRuns', world.at('/runs?status=running,paused'))).body.data;
		assert.deepEqual(listed.map((r) => [r.id, r.marks, r.tokens_out]), [[made, ['completed', 'running'], 7]]);

		world.stack.sql(`update step_run set status = 'failed', finished_at = now() where run_id = '${made}' and path = 'summarise'`);
		const broken = (await call(world.vic, 'readRun', world.at(`/runs/${made}`))).body.steps[1].step_run;
		assert.deepEqual([broken.status, broken.partial], ['failed', 'Sum of all'], 'half an answer stays readable');

		const first = (await call(world.vic, 'listStepRuns', world.at(`/runs/${made}/step-runs?limit=2`))).body;
		assert.deepEqual(first.data.map((s) => [s.path, s.attempt]), [['extract', 1], ['extract', 2]]);
		assert.deepEqual(first.data[0].error, { code: 'overloaded', message: 'It was busy.' });
		const second = (await call(world.vic, 'listStepRuns', world.at(`/runs/${made}/step-runs?limit=2&cursor=${first.next_cursor}`))).body;
		assert.deepEqual(second.data.map((s) => [s.path, s.attempt]), [['summarise', 1]]);
		assert.equal(second.next_cursor, null);

		const events = (await call(world.vic, 'listEvents', world.at(`/runs/${made}/events?after=1&limit=2`))).body;
		assert.deepEqual([events.data.map((e) => e.seq), events.last_seq, events.ended], [[2, 3], 3, false]);
		world.stack.sql(`update run set status = 'completed', finished_at = now(), output = '{"a":1}', steps_done = 2, tokens_in = 50, tokens_out = 70,
			cost_nano = null where id = '${made}'; delete from run_live where run_id = '${made}'`);
		const rest = (await call(world.vic, 'listEvents', world.at(`/runs/${made}/events?after=3`))).body;
		assert.deepEqual([rest.data.map((e) => e.seq), rest.last_seq, rest.ended], [[4], 4, true]);
		const none = (await call(world.vic, 'listEvents', world.at(`/runs/${made}/events?after=99`))).body;
		assert.deepEqual(none, { data: [], last_seq: 99, ended: true });
		const done = (await call(world.vic, 'readRun', world.at(`/runs/${made}`))).body;
		assert.deepEqual([done.output, done.tokens_in, done.cost_usd, done.cost_settled, done.steps_done], [{ a: 1 }, 50, null, true, 2]);
	});
	test('cancelling asks once, and not when the run has ended', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'stop' } })).body.id;
		for (let i = 0; i < 2; i++) assert.equal((await call(world.mia, 'cancelRun', world.at(`/runs/${made}/cancel`))).status, 202);
		assert.deepEqual(world.stack.sql(`select kind, created_by from run_inbox where run_id = '${made}'`), [['cancel', ids.mia]]);
		world.stack.sql(`update run set status = 'cancelled', finished_at = now() where id = '${made}'`);
		const late = await call(world.mia, 'cancelRun', world.at(`/runs/${made}/cancel`));
		assert.deepEqual([late.status, late.body.code], [409, 'conflict']);
		assert.equal((await world.mia.post(world.at(`/runs/${ids.missing}/cancel`))).status, 404);
	});
	test('a run that has ended is deleted, and is nowhere any more', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'away' } })).body.id;
		const gone = () => call(world.mia, 'deleteRun', world.at(`/runs/${made}`));
		assert.deepEqual([(await gone()).status, (await gone()).body.code], [409, 'conflict'], 'it has not ended');
		world.stack.sql(`update run set status = 'failed', finished_at = now() where id = '${made}'; delete from run_live where run_id = '${made}'`);
		assert.equal((await world.vic.delete(world.at(`/runs/${made}`))).status, 403);
		assert.deepEqual([(await gone()).status, (await gone()).status], [204, 204], 'twice is once');
		for (const path of ['', '/step-runs', '/events', '/state']) assert.equal((await world.ada.get(world.at(`/runs/${made}${path}`))).status, 404, path);
		assert.ok(!(await world.ada.get(world.at('/runs?limit=100'))).body.data.some((r) => r.id === made));
		const last = (await world.ada.get(world.at(`/workflows/${chain.workflow.id}`))).body.last_runs;
		assert.ok(!last.some((r) => r.id === made));
		for (const verb of ['cancel', 'pause', 'resume']) assert.equal((await world.ada.post(world.at(`/runs/${made}/${verb}`))).status, 404, verb);
		assert.equal((await world.ada.delete(world.at(`/runs/${made}`))).status, 404);
	});
	test('all runs that fit are cancelled or deleted in one call, page by page, or only counted', async () => {
		const { workflow } = await makeChain(world.ada);
		const { ids: made } = (await world.mia.post(world.at('/runs:bulk'), { workflow_id: workflow.id, inputs: Array.from({ length: 7 }, () => ({ text: 'x' })) })).body;
		const filter = { workflow_id: workflow.id };
		const cancel = async (body) => (await call(world.mia, 'cancelRuns', world.at('/runs:cancel'), body)).body;
		const remove = async (body) => (await call(world.mia, 'deleteRuns', world.at('/runs:delete'), body)).body;
		assert.deepEqual(await cancel({ filter, dry_run: true }), { matched: 7, accepted: 7, skipped: 0, next_cursor: null });
		const first = await cancel({ filter, limit: 5 });
		assert.deepEqual([first.matched, first.accepted, typeof first.next_cursor], [5, 5, 'string']);
		assert.deepEqual(await cancel({ filter, limit: 5, cursor: first.next_cursor }), { matched: 2, accepted: 2, skipped: 0, next_cursor: null });
		assert.deepEqual(await cancel({ filter }), { matched: 7, accepted: 0, skipped: 7, next_cursor: null });
		assert.equal(world.stack.sql(`select count(*) from run_inbox i join run r on r.id = i.run_id where r.workflow_id = '${workflow.id}' and i.created_by = '${ids.mia}' and i.generation = 1`)[0][0], '7',
			'each to the generation it saw: the next one is not cancelled by it');
		world.stack.sql(`update run set status = 'cancelled', finished_at = now() where id = any ('{${made.slice(0, 4)}}'); delete from run_live where run_id = any ('{${made.slice(0, 4)}}')`);
		assert.deepEqual(await remove({ filter: { ids: [...made, ids.missing] }, dry_run: true }), { matched: 7, accepted: 4, skipped: 3, next_cursor: null });
		assert.deepEqual(await remove({ filter: { ...filter, created_before: '2001-01-01T00:00:00Z' } }), { matched: 0, accepted: 0, skipped: 0, next_cursor: null });
		assert.deepEqual(await remove({ filter: { ...filter, status: ['cancelled'], created_after: '2001-01-01T00:00:00Z' } }), { matched: 4, accepted: 4, skipped: 0, next_cursor: null });
		assert.equal((await world.ada.get(world.at(`/runs?workflow_id=${workflow.id}`))).body.data.length, 3);
		for (const [body, place] of [[{ filter: {} }, '/filter'], [{ filter: { status: ['gone'] } }, '/filter/status/0'], [{ filter: { ids: ['x'] } }, '/filter/ids/0'],
			[{ filter, cursor: 'x' }, '/cursor'], [{ filter: { created_after: 'soon' } }, '/filter/created_after'], [{ filter, limit: 10001 }, '/limit']]) {
			const answer = await world.mia.post(world.at('/runs:cancel'), body);
			assert.deepEqual([answer.status, answer.body.errors?.map((e) => e.path)], [422, [place]], JSON.stringify(body));
		}
		const project = (await world.mia.post(world.at('/projects'), { name: 'Of these' })).body.id;
		const { id: within } = (await world.mia.post(world.at('/runs'), { workflow_id: workflow.id, project_id: project, input: { text: 'x' } })).body;
		assert.deepEqual(await cancel({ filter: { project_id: project } }), { matched: 1, accepted: 1, skipped: 0, next_cursor: null });
		assert.deepEqual(await cancel({ filter: { project_id: ids.missing } }), { matched: 0, accepted: 0, skipped: 0, next_cursor: null });
		assert.deepEqual(world.stack.sql(`select run_id from run_inbox where run_id = '${within}' and kind = 'cancel'`), [[within]]);
		assert.equal((await world.vic.post(world.at('/runs:delete'), { filter })).status, 403);
		assert.deepEqual((await world.eve.post(`/workspaces/${ids.elsewhere}/runs:cancel`, { filter })).body.matched, 0);
	});
	test('all ended runs that fit are retried in one call; those in which nothing is left are passed over', async () => {
		const { workflow } = await makeChain(world.ada);
		const filter = { workflow_id: workflow.id };
		const { ids: made } = (await world.mia.post(world.at('/runs:bulk'), { workflow_id: workflow.id, inputs: Array.from({ length: 5 }, () => ({ text: 'x' })) })).body;
		const list = (some) => `'{${some}}'`;
		world.stack.sql(`update run set status = 'failed', finished_at = now() where id = any (${list(made.slice(0, 3))});
			update run set status = 'completed', finished_at = now() where id = '${made[3]}'; delete from run_live where run_id = any (${list(made.slice(0, 4))});
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at)
			select '${ids.home}', r, p, 1, 'prompt', 'completed', '"x"', now() from unnest(${list([made[0], made[3]])}::uuid[]) r, unnest('{extract,summarise}'::text[]) p
			where r = '${made[3]}' or p = 'extract'`);
		const retry = async (body) => (await call(world.mia, 'retryRuns', world.at('/runs:retry'), body)).body;
		assert.deepEqual(await retry({ filter, dry_run: true }), { matched: 3, accepted: 3, skipped: 0, next_cursor: null });
		assert.equal(world.stack.sql(`select count(*) from run_inbox where kind = 'reopen' and run_id = any (${list(made)})`)[0][0], '0');
		const first = await retry({ filter, limit: 2, model: 'builtin/instant' });
		assert.deepEqual([first.matched, first.accepted, typeof first.next_cursor], [2, 2, 'string']);
		assert.deepEqual(await retry({ filter, cursor: first.next_cursor }), { matched: 1, accepted: 1, skipped: 0, next_cursor: null });
		assert.deepEqual(await retry({ filter }), { matched: 3, accepted: 0, skipped: 3, next_cursor: null }, 'they are asked already');
		assert.deepEqual(await retry({ filter: { ids: made } }), { matched: 5, accepted: 0, skipped: 5, next_cursor: null }, 'nothing is left in the one that completed');
		assert.deepEqual(await retry({ filter: { ids: [made[3]] }, from: 'start' }), { matched: 1, accepted: 1, skipped: 0, next_cursor: null });
		const rows = world.stack.sql(`select i.run_id, i.data::json ->> 'reused', i.data::json -> 'from', l.holder is null from run_inbox i join run_live l on l.run_id = i.run_id
			where i.kind = 'reopen' and i.run_id = any (${list(made)})`);
		assert.equal(rows.length, 4);
		assert.deepEqual(rows.find(([id]) => id === made[0]).slice(1), ['{"extract": 1}', '"failed"', 't']);
		assert.deepEqual(rows.find(([id]) => id === made[3]).slice(1), ['{}', '"start"', 't']);
		assert.deepEqual((await world.mia.post(world.at('/runs:retry'), { filter, model: 'builtin/none' })).body.errors.map((e) => e.path), ['/model']);
		assert.equal((await world.mia.post(world.at('/runs:retry'), { filter, limit: 1001 })).status, 422);
	});
	test('a workspace says how long its runs are kept', async () => {
		const read = await call(world.vic, 'readWorkspace', world.at(''));
		assert.deepEqual([read.body.slug, read.body.retention_days], ['home', null]);
		assert.equal((await call(world.ann, 'updateWorkspace', world.at(''), { retention_days: 30 })).body.retention_days, 30);
		assert.equal((await call(world.vic, 'readWorkspace', world.at(''))).body.retention_days, 30);
		assert.equal((await call(world.mia, 'updateWorkspace', world.at(''), { retention_days: 1 })).status, 403);
		for (const body of [{}, { retention_days: 0 }, { retention_days: 'long' }, { title: 'x' }, { name: ' ' }, { slug: 'A b' }]) assert.equal((await world.ann.request('PATCH', world.at(''), body)).status, 422);
		assert.equal((await call(world.ada, 'updateWorkspace', world.at(''), { retention_days: null })).body.retention_days, null);
	});
	test('a workspace is renamed, and not to the address of another', async () => {
		const { body } = await call(world.ann, 'updateWorkspace', world.at(''), { name: 'Acme', slug: 'acme' });
		assert.deepEqual([body.name, body.slug, body.archived_at], ['Acme', 'acme', null]);
		assert.equal((await call(world.ann, 'updateWorkspace', world.at(''), { slug: 'elsewhere' })).status, 409);
		const log = (await call(world.ann, 'listAudit', world.at('/audit?operation=updateWorkspace&limit=1'))).body.data[0];
		assert.deepEqual([log.person.name, log.kind, log.details], ['ann', 'workspace', { slug: 'acme', slug_before: 'home', name_before: 'home' }]);
		await call(world.ann, 'updateWorkspace', world.at(''), { name: 'home', slug: 'home' });
	});
	test('pausing and resuming are asked as often as they are asked, in order, and not when the run has ended', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'wait' } })).body.id;
		for (const [id, verb] of [['pauseRun', 'pause'], ['resumeRun', 'resume'], ['pauseRun', 'pause']]) {
			assert.equal((await call(world.mia, id, world.at(`/runs/${made}/${verb}`))).status, 202);
		}
		assert.deepEqual(world.stack.sql(`select kind, created_by from run_inbox where run_id = '${made}' order by id`),
			[['pause', ids.mia], ['resume', ids.mia], ['pause', ids.mia]]);
		assert.equal((await call(world.mia, 'moveRun', world.at(`/runs/${made}/move`))).status, 409, 'it is there');
		world.stack.sql(`insert into run_inbox (workspace_id, run_id, id, kind) select '${ids.home}', '${made}', gen_random_uuid(), 'pause'
			from generate_series(4, 1000)`);
		assert.equal((await call(world.mia, 'pauseRun', world.at(`/runs/${made}/pause`))).status, 409, 'an inbox has an end');
		world.stack.sql(`delete from run_inbox where run_id = '${made}'; update run set status = 'failed', finished_at = now() where id = '${made}'`);
		for (const verb of ['pause', 'resume']) {
			assert.deepEqual([(await world.mia.post(world.at(`/runs/${made}/${verb}`))).status,
				(await world.mia.post(world.at(`/runs/${ids.missing}/${verb}`))).status], [409, 404]);
		}
	});
	test('an approval is decided once, with what its form asks for', async () => {
		const form = { type: 'object', properties: { price: { type: 'integer' } }, required: ['price'] };
		const definition = { type: 'flow', input: { type: 'object' }, steps: [{ key: 'ok', kind: 'approval', form, input: { about: 'x' } },
			{ key: 'nap', kind: 'wait', seconds: 5 }, { key: 'go', kind: 'signal' }, { key: 'sum', kind: 'transform', value: ['{{steps.ok.output.data.price}}'] }] };
		const flow = await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Flow', definition });
		assert.equal(flow.status, 201, JSON.stringify(flow.body));
		assert.equal(flow.body.definition.steps[2].signal, 'go');
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: flow.body.id, input: {} })).body.id;
		const decide = (body, path = 'ok') => call(world.mia, 'decideApproval', world.at(`/runs/${made}/approvals/${path}`), body);
		const approval = { decision: 'approve', data: { price: 7 }, comment: 'gut' };
		assert.equal((await decide(approval)).status, 409, 'it does not wait yet');
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, waiting_for, started_at)
			values ('${ids.home}', '${made}', 'ok', 3, 'approval', 'waiting', 'approval', now())`);
		const read = (await call(world.vic, 'readRun', world.at(`/runs/${made}`))).body;
		assert.deepEqual([read.steps[0].form, read.steps[0].model, read.steps[0].timeout_seconds, read.steps[0].step_run.waiting_for], [form, null, 0, 'approval']);
		assert.deepEqual((await decide({ decision: 'approve', data: { price: 'dear' } })).body.errors.map((e) => e.path), ['/data/price']);
		assert.equal((await decide({ decision: 'approve' })).status, 422);
		assert.equal((await decide({ decision: 'perhaps' })).status, 422);
		assert.equal((await decide(approval, 'nap')).status, 404);
		assert.equal((await decide(approval)).status, 202);
		assert.equal((await decide({ decision: 'reject' })).status, 409, 'the first counts');
		const rows = world.stack.sql(`select kind, data, created_by from run_inbox where run_id = '${made}'`);
		assert.deepEqual(rows.map(([kind, data, by]) => [kind, JSON.parse(data), by]), [['approval', { path: 'ok', attempt: 3, ...approval, by_name: 'mia' }, ids.mia]]);

		const signal = (name, body) => call(world.mia, 'signalRun', world.at(`/runs/${made}/signals/${name}`), body);
		assert.equal((await signal('go', { data: [1] })).status, 202);
		assert.equal((await signal('go', {})).status, 202, 'each is a signal of its own');
		assert.equal((await signal('gone', {})).status, 404);
		assert.equal((await signal('go', { data: 'x'.repeat(70000) })).status, 422);
		assert.deepEqual(world.stack.sql(`select data from run_inbox where run_id = '${made}' and kind = 'signal' order by id`).flat().map((d) => JSON.parse(d)),
			[{ name: 'go', data: [1] }, { name: 'go', data: null }]);
		world.stack.sql(`update run set status = 'cancelled', finished_at = now() where id = '${made}'`);
		assert.deepEqual([(await signal('go', {})).status, (await decide(approval)).status], [409, 409]);
	});
	test('what a workflow publishes is made from what there is', async () => {
		const { definition } = chain.workflow;
		const state = { text: '{{input.text}}', points: '{{step.1.output.points}}', said: 'Points: {{steps.extract.output.points}}', sum: '{{steps.summarise.output}}' };
		const flow = await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Open', definition: { ...definition, state } });
		assert.equal(flow.status, 201, JSON.stringify(flow.body));
		assert.equal(flow.body.definition.state.points, '{{steps.extract.output.points}}');
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: flow.body.id, input: { text: 'one' } })).body.id;
		const read = async () => (await call(world.vic, 'readRunState', world.at(`/runs/${made}/state`))).body;
		assert.deepEqual(await read(), { status: 'pending', last_event: 1, state: { text: 'one', points: null, said: null, sum: null }, too_large: [] });
		const key = `'${ids.home}', '${made}'`;
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at) values
			(${key}, 'extract', 1, 'prompt', 'failed', '"half"', now()), (${key}, 'extract', 2, 'prompt', 'completed', '{"points":[1,2]}', now()),
			(${key}, 'summarise', 1, 'prompt', 'running', null, now())`);
		assert.deepEqual((await read()).state, { text: 'one', points: [1, 2], said: 'Points: [1,2]', sum: null });
		world.stack.sql(`update step_run set status = 'completed', output_blob = gen_random_uuid(), output_bytes = 9000002 where run_id = '${made}' and path = 'summarise';
			insert into blob (workspace_id, run_id, id, part, content) select ${key}, output_blob, 0, '"' || repeat('x', 9000000) || '"' from step_run
				where run_id = '${made}' and path = 'summarise'`);
		const large = await read();
		assert.deepEqual([large.state.points, large.state.sum, large.too_large], [[1, 2], null, ['summarise']]);
		world.stack.sql(`update blob set content = '"' || repeat('x', 70000) where run_id = '${made}';
			insert into blob (workspace_id, run_id, id, part, content) select workspace_id, run_id, id, 1, '"' from blob where run_id = '${made}';
			update step_run set output_bytes = 70002 where run_id = '${made}' and output_blob is not null`);
		assert.equal((await read()).state.sum.length, 70000);
		assert.deepEqual((await call(world.vic, 'readRunState', world.at(`/runs/${run.id}/state`))).body.state, {}, 'publishes nothing');
		assert.equal((await world.vic.get(world.at(`/runs/${ids.missing}/state`))).status, 404);
		const bad = await world.ada.post(world.at('/workflows'), { name: 'Bad', definition: { ...definition, state: { a: '{{steps.nowhere.output}}' } } });
		assert.deepEqual([bad.status, bad.body.errors?.map((e) => e.path)], [422, ['/definition/state/a']]);
	});
	test('what is long comes as its beginning, and whole by a route of its own', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'one' } })).body.id;
		const key = `'${ids.home}', '${made}'`;
		const at = (rest) => world.at(`/runs/${made}${rest}`);
		assert.equal((await world.mia.get(at('/output'))).body.code, 'not_found');
		// 20 KB in the row, 2.5 MB in three parts, cut where a character begins; a path with a slash and brackets.
		const long = 'ü'.repeat(10000);
		const larger = JSON.stringify({ text: 'grün €𝟙 "quoted" '.repeat(100000) });
		const cuts = [0, 900001, 1800000, larger.length];
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, input, output, started_at, finished_at)
				values (${key}, 'extract', 1, 'prompt', 'completed', '{"text":"one"}', '"' || repeat('ü', 10000) || '"', now(), now());
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, input, output_blob, output_bytes, started_at, finished_at)
				values (${key}, 'each[3]/send', 2, 'prompt', 'completed', '1', '00000000-0000-8000-8000-000000000001', ${Buffer.byteLength(larger)}, now(), now());
			update run set status = 'completed', finished_at = now(), output_blob = '00000000-0000-8000-8000-000000000001',
				output_bytes = ${Buffer.byteLength(larger)} where id = '${made}'`);
		for (let part = 0; part < 3; part++) {
			const text = larger.slice(cuts[part], cuts[part + 1]);
			fs.writeFileSync(`${world.stack.dir}/part`, text);
			fs.chmodSync(`${world.stack.dir}/part`, 0o644);
			world.stack.sql(`insert into blob (workspace_id, run_id, id, part, content) values (${key}, '00000000-0000-8000-8000-000000000001', ${part},
				pg_read_file('${world.stack.dir}/part'))`);
		}
		const read = (await call(world.vic, 'readRun', at(''))).body;
		assert.deepEqual([read.output, read.output_bytes, read.truncated], [null, Buffer.byteLength(larger), true]);
		assert.equal(read.output_preview, [...larger].slice(0, 2048).join(''));
		const [extract] = read.steps;
		assert.deepEqual([extract.step_run.output, extract.step_run.output_bytes, extract.step_run.truncated], [null, 20002, true]);
		assert.equal(extract.step_run.output_preview, `"${long.slice(0, 4095)}`);
		assert.deepEqual([extract.step_run.input, extract.step_run.input_preview], [{ text: 'one' }, null]);
		const listed = (await call(world.vic, 'listStepRuns', at('/step-runs'))).body.data;
		assert.deepEqual(listed.map((s) => [s.path, s.output, s.truncated, [...s.output_preview].length]), [['extract', null, true, 1024], ['each[3]/send', null, true, 1024]]);
		assert.ok(JSON.stringify(listed).length < 6000);

		const path = encodeURIComponent('each[3]/send');
		const whole = await call(world.vic, 'readStepOutput', at(`/step-runs/output?path=${path}&attempt=2`));
		assert.ok(JSON.stringify(whole.body) === larger);
		assert.equal(whole.headers.get('content-type'), 'application/json');
		assert.ok(JSON.stringify((await call(world.vic, 'readRunOutput', at('/output'))).body) === larger);
		assert.equal((await call(world.vic, 'readStepOutput', at('/step-runs/output?path=extract&attempt=1'))).body, long);
		assert.deepEqual((await call(world.vic, 'readStepInput', at('/step-runs/input?path=extract&attempt=1'))).body, { text: 'one' });
		const plain = await fetch(`${world.stack.url}/api${at('/output')}`, { headers: { cookie: world.vic.cookie, 'accept-encoding': 'identity' } });
		assert.equal(plain.headers.get('content-length'), String(Buffer.byteLength(larger)));
		assert.ok(await plain.text() === larger);
		const head = await fetch(`${world.stack.url}/api${at('/output')}`, { method: 'HEAD', headers: { cookie: world.vic.cookie, 'accept-encoding': 'identity' } });
		assert.equal(head.headers.get('content-length'), String(Buffer.byteLength(larger)));

		for (const wrong of ['/step-runs/output?path=extract&attempt=2', '/step-runs/output?path=nothing&attempt=1', `/step-runs/input?path=${path}&attempt=1`])
			assert.equal((await world.vic.get(at(wrong))).status, 404, wrong);
		for (const wrong of ['/step-runs/output?path=extract&attempt=0', '/step-runs/output?path=extract&attempt=x', '/step-runs/output?path=extract', '/step-runs/output?path=extract&attempt=9999999999'])
			assert.equal((await world.vic.get(at(wrong))).status, 422, wrong);
		assert.equal((await world.eve.get(at('/output'))).status, 404);
		// A part that is gone breaks the answer off: too short, and never taken for whole.
		world.stack.sql(`delete from blob where run_id = '${made}' and part = 1`);
		await assert.rejects(world.vic.get(at('/output')), 'the connection is broken off');
		assert.equal((await world.vic.get(at('/step-runs/output?path=extract&attempt=1'))).status, 200);
	});
	test('a run that has ended is retried once a generation, and what it goes on from is shown as reused', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'again' } })).body.id;
		const retry = (body) => call(world.mia, 'retryRun', world.at(`/runs/${made}/retry`), body);
		const read = async () => (await call(world.vic, 'readRun', world.at(`/runs/${made}`))).body;
		const events = async () => (await call(world.vic, 'listEvents', world.at(`/runs/${made}/events`))).body;
		const early = await retry();
		assert.deepEqual([early.status, early.body.code], [409, 'conflict']);
		assert.match(early.body.detail, /has not ended: it is pending/);
		world.stack.sql(`update run set status = 'failed', finished_at = now(), error = '{"code":"refused","message":"No."}' where id = '${made}';
			delete from run_live where run_id = '${made}';
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at, finished_at, tokens_in, tokens_out, cost_nano)
			values ('${ids.home}', '${made}', 'extract', 1, 'prompt', 'completed', '"points"', now(), now(), 10, 20, 5000),
				('${ids.home}', '${made}', 'summarise', 1, 'prompt', 'failed', null, now(), now(), 1, 0, 7000)`);
		assert.deepEqual([(await read()).generation, (await read()).forked_from, (await read()).reopening, (await events()).ended], [1, null, false, true]);
		const refused = await retry({ from: { step: 'nope' } });
		assert.deepEqual([refused.status, refused.body.detail], [422, 'Version 1 has no step "nope". Its definition says which there are.']);
		const unknown = await retry({ model: 'other/one', models: { extract: 'builtin/echo', summarise: 'nobody/knows' } });
		assert.deepEqual([unknown.status, unknown.body.errors.map((e) => e.path)], [422, ['/model', '/models/summarise']]);
		assert.equal((await retry({ models: { nope: 'builtin/echo' } })).status, 422);
		assert.deepEqual(world.stack.sql(`select (select count(*) from run_inbox where run_id = '${made}'), (select count(*) from run_live where run_id = '${made}')`), [['0', '0']]);
		const asked = await retry({ from: 'failed', version: 'latest', model: 'builtin/instant' });
		assert.deepEqual([asked.status, asked.body], [202, { accepted: true }]);
		const twice = await retry({ from: 'start' });
		assert.deepEqual([twice.status, twice.body.detail], [409, 'Somebody retried this run a moment ago. Nothing was changed. Read it to see how it goes on.']);
		const [[kind, generation, data]] = world.stack.sql(`select kind, generation, data from run_inbox where run_id = '${made}'`);
		assert.deepEqual([kind, generation, JSON.parse(data)], ['reopen', '1', { generation: 2, from: 'failed', version: 1, version_before: 1, steps: 2, planner: 1,
			models: { '*': 'builtin/instant' }, reused: { extract: 1 } }]);
		assert.equal(world.stack.sql(`select epoch from run_live where run_id = '${made}'`)[0][0], String(2 ** 32));
		assert.deepEqual([(await events()).ended, (await read()).reopening], [false, true], 'who watches goes on watching');

		// As the executor carries it out.
		world.stack.sql(`update run set status = 'running', generation = 2, kept = '{"extract": 1}', models = '{"*": "builtin/instant"}', finished_at = null,
			error = null where id = '${made}'; delete from run_inbox where run_id = '${made}'`);
		const run = await read();
		assert.deepEqual([run.generation, run.steps_done, run.marks, run.tokens_in, run.cost_usd], [2, 1, ['completed', 'pending'], 11, 0.000012]);
		assert.deepEqual([run.steps[0].step_run.reused, run.steps[0].step_run.reused_from, run.steps[1].step_run, run.steps[1].model], [true, null, null, 'builtin/instant']);
		const rows = (await call(world.vic, 'listStepRuns', world.at(`/runs/${made}/step-runs`))).body.data;
		assert.deepEqual(rows.map((s) => [s.path, s.generation, s.status, s.reused]), [['extract', 1, 'completed', true], ['summarise', 1, 'rolled_back', false]]);
		const listed = (await call(world.vic, 'listRuns', world.at('/runs?limit=100'))).body.data.find((r) => r.id === made);
		assert.deepEqual([listed.generation, listed.marks, listed.steps_done], [2, ['completed', 'pending'], 1]);
	});
	test('a run is rolled back to a checkpoint, and to nothing else', async () => {
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'back' } })).body.id;
		const rollBack = (body) => call(world.mia, 'rollBackRun', world.at(`/runs/${made}/rollback`), body);
		world.stack.sql(`update run set status = 'completed', finished_at = now() where id = '${made}'; delete from run_live where run_id = '${made}';
			insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at, finished_at, ended_seq)
			values ('${ids.home}', '${made}', 'extract', 1, 'prompt', 'completed', '"points"', now(), now(), 2),
				('${ids.home}', '${made}', 'summarise', 1, 'prompt', 'completed', '"short"', now(), now(), 3);
			insert into run_event (workspace_id, run_id, seq, at, type, path, attempt)
			values ('${ids.home}', '${made}', 2, now(), 'step.completed', 'extract', 1), ('${ids.home}', '${made}', 3, now(), 'step.completed', 'summarise', 1)`);
		const list = async (query) => (await call(world.vic, 'listCheckpoints', world.at(`/runs/${made}/checkpoints${query}`))).body;
		const whole = await list('');
		assert.deepEqual([whole.data.map((c) => [c.checkpoint, c.execution_id, c.generation, c.step_id, c.attempt]), whole.next_cursor],
			[[[2, made, 1, 'extract', 1], [3, made, 1, 'summarise', 1]], null]);
		const page = await list('?limit=1');
		assert.deepEqual((await list(`?limit=1&cursor=${page.next_cursor}`)).data, whole.data.slice(1));
		const checkpoint = async (n) => call(world.vic, 'readCheckpoint', world.at(`/runs/${made}/checkpoints/${n}`));
		const { timestamp, ...first } = (await checkpoint(2)).body;
		assert.equal(timestamp, whole.data[0].timestamp);
		assert.deepEqual(first, { checkpoint: 2, generation: 1, execution_id: made, current_phase: 'summarise', current_step_index: 1, completed_step_ids: ['extract'],
			step_results: { extract: { step_id: 'extract', status: 'completed', data: 'points', truncated: false, error: null } } });
		const last = (await checkpoint(3)).body;
		assert.deepEqual([last.current_phase, last.current_step_index, last.completed_step_ids], ['summarise', 2, ['extract', 'summarise']]);
		assert.deepEqual([(await checkpoint(1)).status, (await checkpoint(99)).status, (await checkpoint('x')).status], [404, 404, 400]);
		assert.equal((await world.vic.get(world.at(`/runs/${made}/checkpoints?cursor=AAAA`))).status, 400);
		for (const checkpoint of [1, 4]) {
			const none = await rollBack({ checkpoint });
			assert.deepEqual([none.status, none.body.detail], [404, `The run has no checkpoint ${checkpoint}. The list of its checkpoints has their numbers.`]);
		}
		assert.equal((await rollBack({})).status, 422);
		assert.equal((await rollBack({ checkpoint: 0 })).status, 422);
		assert.equal((await rollBack({ checkpoint: 2 })).status, 202);
		const [[data]] = world.stack.sql(`select data from run_inbox where run_id = '${made}'`);
		assert.deepEqual([JSON.parse(data).from, JSON.parse(data).reused, JSON.parse(data).models], [{ checkpoint: 2 }, { extract: 1 }, null]);

		// As the executor carries it out, on a version whose steps stand in another order: each checkpoint shows what was then.
		world.stack.sql(`insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
			select workspace_id, workflow_id, 7, '{"type":"flow","steps":[{"key":"new","kind":"transform","phase":"plan"},{"key":"extract","kind":"prompt","phase":"do"}]}', 2, created_by
				from workflow_version where workflow_id = '${chain.workflow.id}' and version = 1;
			update run set generation = 2, workflow_version = 7, kept = '{"extract": 1}' where id = '${made}';
			insert into step_run (workspace_id, run_id, path, attempt, generation, kind, status, output, started_at, finished_at, ended_seq)
			values ('${ids.home}', '${made}', 'new', 1, 2, 'transform', 'completed', '{"a":[]}', now(), now(), 5);
			insert into run_event (workspace_id, run_id, seq, at, type, path, attempt, data) values
				('${ids.home}', '${made}', 4, now(), 'run.reopened', null, null, '{"generation":2,"version":7,"version_before":1,"reused":{"extract":1}}'),
				('${ids.home}', '${made}', 5, now(), 'step.completed', 'new', 1, null)`);
		assert.deepEqual((await checkpoint(2)).body, { timestamp, ...first });
		const later = (await checkpoint(5)).body;
		assert.deepEqual([later.generation, later.current_phase, later.current_step_index, later.completed_step_ids, later.step_results.new],
			[2, 'do', 2, ['new', 'extract'], { step_id: 'new', status: 'completed', data: { a: [] }, truncated: false, error: null }]);
	});
	test('a run is forked at a step, with what fits there', async () => {
		const definition = { type: 'flow', input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'], additionalProperties: false },
			steps: [{ key: 'ask', kind: 'prompt', prompt: { id: chain.prompts[0].id }, input: { text: '{{input.text}}' } }, { key: 'nap', kind: 'wait', seconds: 5 },
				{ key: 'ok', kind: 'approval' }] };
		const flow = (await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Forked', definition })).body;
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: flow.id, input: { text: 'one' } })).body.id;
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, tokens_in, tokens_out, cost_nano, started_at, finished_at)
			values ('${ids.home}', '${made}', 'ask', 1, 'prompt', 'completed', '"said"', 10, 20, 5000, now(), now())`);
		const fork = (body, headers) => call(world.mia, 'forkRun', world.at(`/runs/${made}/fork`), body, headers);
		const places = async (body) => {
			const answer = await fork(body);
			return [answer.status, answer.body.errors?.map((e) => e.path)];
		};
		assert.deepEqual(await places({ step: 'nope' }), [422, ['/step']]);
		assert.deepEqual(await places({ step: 'ask', input: { text: 7 } }), [422, ['/input/text']]);
		assert.deepEqual(await places({ step: 'ask', step_input: { other: 'x' } }), [422, ['/step_input']]);
		assert.deepEqual(await places({ step: 'nap', step_input: { text: 'x' } }), [422, ['/step_input']]);
		assert.deepEqual(await places({ step: 'ask', models: { nap: 'builtin/echo', ask: 'builtin/instant' } }), [422, ['/models/nap']]);
		assert.deepEqual(await places({ step: 'ask', model: 'nobody/knows' }), [422, ['/model']]);
		assert.deepEqual(await places({ input: {} }), [422, ['/step']]);
		assert.equal((await world.mia.post(world.at(`/runs/${ids.missing}/fork`), { step: 'ask' })).status, 404);
		assert.equal(world.stack.sql(`select count(*) from run where forked_from = '${made}'`)[0][0], '0');

		const body = { step: 'ok', input: { text: 'two' }, step_input: { about: [1] } };
		const first = await fork(body, { 'idempotency-key': 'fork-1' });
		assert.deepEqual([first.status, first.body.status, first.body.workflow_version], [201, 'pending', 1]);
		const again = await fork(body, { 'idempotency-key': 'fork-1' });
		assert.deepEqual([again.body, again.headers.get('idempotency-replayed')], [first.body, 'true']);
		assert.equal((await fork({ step: 'nap' }, { 'idempotency-key': 'fork-1' })).status, 422);
		const run = (await call(world.vic, 'readRun', world.at(`/runs/${first.body.id}`))).body;
		assert.deepEqual([run.forked_from, run.input, run.steps_done, run.cost_usd, run.marks], [made, { text: 'two' }, 1, 0, ['completed', 'pending', 'pending']]);
		const [copy] = run.steps.map((s) => s.step_run);
		assert.deepEqual([copy.reused, copy.reused_from, copy.output, copy.tokens_in, copy.cost_usd], [true, made, 'said', null, null]);
		assert.deepEqual((await call(world.vic, 'listEvents', world.at(`/runs/${run.id}/events`))).body.data.map((e) => [e.type, e.data]),
			[['run.created', { forked_from: made, step: 'ok', reused: { ask: 1 } }]]);
		assert.deepEqual(world.stack.sql(`select step_inputs from run where id = '${run.id}'`), [['{"ok":{"about":[1]}}']]);

		// The latest version: its schema counts, also for the input the run has.
		world.stack.sql(`insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
			select workspace_id, workflow_id, 2, replace(definition, '"text":{"type":"string"}', '"text":{"type":"integer"}'), step_count, created_by
				from workflow_version where workflow_id = '${flow.id}';
			update workflow set current_version = 2 where id = '${flow.id}'`);
		assert.deepEqual(await places({ step: 'nap', version: 'latest' }), [422, ['/input/text']]);
		const latest = await fork({ step: 'nap', version: 'latest', input: { text: 3 } });
		assert.deepEqual([latest.status, latest.body.workflow_version], [201, 2]);
		assert.equal((await fork({ step: 'nap' })).body.workflow_version, 1);
	});
	test('what follows a failure is decided once, while somebody is asked', async () => {
		const definition = { type: 'flow', input: { type: 'object' }, steps: [{ key: 'bad', kind: 'transform', value: 1, on_failure: 'ask' }, { key: 'fine', kind: 'wait', seconds: 5 }] };
		const flow = (await call(world.ada, 'createWorkflow', world.at('/workflows'), { name: 'Asks', definition })).body;
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: flow.id, input: {} })).body.id;
		const decide = (body, path = 'bad') => call(world.mia, 'decideFailure', world.at(`/runs/${made}/failures/${path}`), body);
		assert.equal((await decide({ decision: 'skip' })).status, 409, 'nobody is asked yet');
		world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, waiting_for, started_at, finished_at)
			values ('${ids.home}', '${made}', 'bad', 2, 'transform', 'failed', 'decision', now(), now())`);
		assert.deepEqual([(await decide({ decision: 'perhaps' })).status, (await decide({ decision: 'skip' }, 'nope')).status], [422, 404]);
		assert.equal((await decide({ decision: 'skip', comment: 'not needed' })).status, 202);
		assert.equal((await decide({ decision: 'retry' })).status, 409, 'the first counts');
		const rows = world.stack.sql(`select kind, generation, data, created_by from run_inbox where run_id = '${made}'`);
		assert.deepEqual(rows.map(([kind, generation, data, by]) => [kind, generation, JSON.parse(data), by]),
			[['failure', '1', { path: 'bad', attempt: 2, decision: 'skip', comment: 'not needed' }, ids.mia]]);
	});
	test('steps of a flow that make no sense are told with their place', async () => {
		const wrong = [[{ kind: 'wait' }, ''], [{ kind: 'wait', seconds: 1, until: '2030-01-01T00:00:00Z' }, ''], [{ kind: 'transform' }, ''],
			[{ kind: 'transform', value: { a: '{{steps.later.output}}' } }, '/value/a'], [{ kind: 'wait', seconds: '{{steps.a.output}}' }, '/seconds'],
			[{ kind: 'approval', form: { type: 'string' } }, '/form'], [{ kind: 'transform', value: 1, timeout_seconds: 5 }, '/timeout_seconds'],
			[{ kind: 'prompt' }, '']];
		for (const [step, place] of wrong) {
			const { status, body } = await world.ada.post(world.at('/workflows'), { name: 'Bad', definition: { type: 'flow', steps: [{ key: 'a', ...step }] } });
			assert.deepEqual([status, body.errors?.map((e) => e.path)], [422, [`/definition/steps/0${place}`]], JSON.stringify(step));
		}
	});
	test('runs of a private workflow are seen by its author alone', async () => {
		const { workflow } = await makeChain(world.mia, ids.home, { visibility: 'private' });
		assert.equal((await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: '' } })).status, 404);
		const made = (await world.mia.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'mine' } })).body.id;
		for (const path of ['', '/step-runs', '/events', '/state']) {
			assert.equal((await world.mia.get(world.at(`/runs/${made}${path}`))).status, 200, path);
			assert.equal((await world.ada.get(world.at(`/runs/${made}${path}`))).status, 404, path);
		}
		assert.equal((await world.ada.post(world.at(`/runs/${made}/cancel`))).status, 404);
		assert.ok(!(await world.ada.get(world.at('/runs?limit=100'))).body.data.some((r) => r.id === made));
	});
	test('executors are told when something is due', async () => {
		const { spawn } = await import('node:child_process');
		const listener = spawn('psql', ['-h', `${world.stack.dir}/pg`, '-U', 'postgres', '-d', 'stepmill', '-XAtq'], { stdio: ['pipe', 'pipe', 'inherit'] });
		let heard = '';
		listener.stdout.on('data', (d) => { heard += d; });
		listener.stdin.write('listen stepmill_run;\nselect 1;\n');
		const { until } = await import('../harness/stack.mjs');
		await until('the listener', () => heard.includes('1'));
		await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'wake' } });
		await until('the notification', () => {
			listener.stdin.write('select 2;\n');
			return heard.includes('"stepmill_run"');
		});
		listener.stdin.end();
	});
});

test('a limit is set, listed and deleted', async () => {
	const at = `/limits/rate?scope=${encodeURIComponent('key:a/b')}`;
	const set = await call(world.ada, 'setLimit', world.at(at), { limit: 5, per_seconds: 1 });
	assert.deepEqual([set.status, set.body.scope, set.body.limit, set.body.waiting], [200, 'key:a/b', 5, 0]);
	const { body } = await call(world.ada, 'listLimits', world.at('/limits'));
	assert.deepEqual(body.data, [set.body]);
	assert.equal((await call(world.ada, 'deleteLimit', world.at(at))).status, 204);
});

describe('lists', () => {
	for (const [what, path, filter] of [['prompts', '/prompts', ''], ['workflows', '/workflows', ''], ['runs', '/runs', ''],
		['runs of a workflow', '/runs', '&workflow_id='], ['pending runs', '/runs', '&status=pending']]) {
		test(`${what} come page by page, each once, newest first, while new ones arrive`, async () => {
			const extra = filter.endsWith('=') ? filter + chain.workflow.id : filter;
			const table = path.slice(1, -1);
			const where = filter.startsWith('&w') ? `and workflow_id = '${chain.workflow.id}'` : filter ? "and status = 'pending'" : '';
			const hidden = table === 'run' ? 'private_to is null and deleted_at is null' : "visibility = 'workspace'";
			const expected = world.stack.sql(`select id from ${table} where workspace_id = '${ids.home}' and ${hidden} ${where}
				order by created_at desc, id limit 40`).map(([id]) => id);
			const seen = [];
			let cursor = '';
			for (let pages = 0; seen.length < expected.length && pages < 30; pages++) {
				const { status, body } = await world.vic.get(world.at(`${path}?limit=3${extra}${cursor}`));
				assert.equal(status, 200);
				seen.push(...body.data.map((d) => d.id));
				await world.ada.post(world.at('/prompts'), { name: 'Later', body: 'x' });
				if (!body.next_cursor) break;
				cursor = `&cursor=${body.next_cursor}`;
			}
			assert.ok(expected.length > 1);
			assert.deepEqual(seen.slice(0, expected.length), expected);
		});
	}
	test('the last page has no cursor', async () => {
		const { body } = await world.eve.get(`/workspaces/${ids.elsewhere}/prompts?limit=2`);
		assert.deepEqual([body.data.length, body.next_cursor], [2, null]);
	});
});

describe('limits', () => {
	test('one is set, changed, listed and deleted', async () => {
		const at = (unit) => world.at(`/limits/${unit}?scope=workspace`);
		const made = await call(world.ada, 'setLimit', at('concurrency'), { limit: 5 });
		assert.deepEqual([made.status, made.body.scope, made.body.unit, made.body.limit, made.body.waiting], [200, 'workspace', 'concurrency', 5, 0]);
		assert.equal((await call(world.ada, 'setLimit', at('concurrency'), { limit: 7 })).body.limit, 7);
		assert.deepEqual((await call(world.ada, 'listLimits', world.at('/limits'))).body.data.map((one) => [one.unit, one.limit]), [['concurrency', 7]]);
		assert.equal((await call(world.ada, 'deleteLimit', at('concurrency'))).status, 204);
		assert.deepEqual((await call(world.ada, 'listLimits', world.at('/limits'))).body.data, []);
	});
});

describe('workspaces and members', () => {
	test('a workspace is made, its members come by link, change roles and leave', async () => {
		const made = await call(world.eve, 'createWorkspace', '/workspaces', { name: 'Ours', slug: 'ours' });
		assert.equal(made.status, 201);
		const w = `/workspaces/${made.body.id}`;
		const link = await call(world.eve, 'createInvitation', `${w}/invitations`, { role: 'member', note: 'mia' });
		assert.equal(link.status, 201);
		assert.deepEqual((await call(world.eve, 'listInvitations', `${w}/invitations`)).body.data.map((i) => i.note), ['mia']);
		assert.equal((await call(world.mia, 'readInvitation', `/invitations/${link.body.token}`)).body.refusal, null);
		assert.equal((await call(world.mia, 'acceptInvitation', `/invitations/${link.body.token}/accept`)).body.role, 'member');
		assert.equal((await call(world.eve, 'updateMember', `${w}/members/${ids.mia}`, { role: 'admin' })).body.role, 'admin');
		assert.deepEqual((await call(world.eve, 'listMembers', `${w}/members`)).body.data.map((m) => m.role), ['owner', 'admin']);
		assert.equal((await call(world.eve, 'transferWorkspace', `${w}/transfer`, { user_id: ids.mia })).status, 204);
		await world.eve.post(`${w}/prompts`, { name: 'Mine', body: 'x', visibility: 'private' });
		assert.equal((await call(world.eve, 'leaveWorkspace', `${w}/leave`)).status, 204);
		assert.deepEqual((await call(world.mia, 'reassignMember', `${w}/members/${ids.eve}/reassign`, { to: ids.mia })).body, { prompts: 1, workflows: 0, runs: 0 });
		assert.equal((await call(world.mia, 'removeMember', `${w}/members/${ids.eve}`)).status, 404);
		const other = (await world.mia.post(`${w}/invitations`, { role: 'viewer' })).body;
		assert.equal((await call(world.mia, 'revokeInvitation', `${w}/invitations/${other.id}`)).status, 204);
		assert.equal((await call(world.mia, 'archiveWorkspace', `${w}/archive`)).status, 200);
		assert.equal((await call(world.mia, 'restoreWorkspace', `${w}/restore`)).body.archived_at, null);
	});
});

describe('variables and secrets', () => {
	test('are set, listed and deleted; a variable is read', async () => {
		const path = (what, name) => world.at(`/${what}${name ? `/${name}` : ''}`);
		assert.equal((await call(world.ann, 'setVariable', path('variables', 'REGION'), { value: 'eu' })).body.value, 'eu');
		assert.equal((await call(world.vic, 'readVariable', path('variables', 'REGION'))).body.value, 'eu');
		assert.equal((await call(world.vic, 'listVariables', path('variables'))).body.data.length, 1);
		assert.equal((await call(world.ann, 'setSecret', path('secrets', 'KEY'), { value: 'hush' })).body.name, 'KEY');
		assert.deepEqual((await call(world.mia, 'listSecrets', path('secrets'))).body.data.map((s) => s.name), ['KEY']);
		assert.equal((await call(world.ann, 'deleteVariable', path('variables', 'REGION'))).status, 204);
		assert.equal((await call(world.ann, 'deleteSecret', path('secrets', 'KEY'))).status, 204);
	});
});

test('prompts and workflows are changed, their versions read, and archived (more in change.test)', async () => {
	const made = await makeChain(world.ada);
	for (const [kind, id, body] of [['prompt', made.prompts[0].id, { body: 'Other {{text}}' }], ['workflow', made.workflow.id, { name: 'Other' }]]) {
		const Kind = kind[0].toUpperCase() + kind.slice(1);
		const at = (rest = '') => world.at(`/${kind}s/${id}${rest}`);
		const etag = (await call(world.vic, `read${Kind}`, at())).headers.get('etag');
		assert.equal((await call(world.ada, `update${Kind}`, at(), body, { 'if-match': etag })).status, 200);
		assert.equal((await call(world.vic, `list${Kind}Versions`, at('/versions'))).status, 200);
		assert.equal((await call(world.vic, `read${Kind}Version`, at('/versions/1'))).status, 200);
		assert.equal((await call(world.ada, `archive${Kind}`, at(), undefined, { 'if-match': '*' })).status, 204);
	}
});

test('things are shared, published and cloned (more in sharing.test)', async () => {
	const made = await makeChain(world.ada);
	for (const [kind, id] of [['workflow', made.workflow.id], ['prompt', made.prompts[0].id]]) {
		const Kind = kind[0].toUpperCase() + kind.slice(1);
		const published = await call(world.ada, `share${Kind}`, world.at(`/${kind}s/${id}/visibility`), kind === 'workflow' ? { visibility: 'public', share_prompts: true } : { visibility: 'public' }, { 'if-match': '*' });
		assert.deepEqual([published.status, published.body.visibility], [200, 'public']);
		assert.ok((await call(world.eve, `listPublic${Kind}s`, `/public/${kind}s`)).body.data.some((one) => one.id === id));
		assert.equal((await call(world.eve, `readPublic${Kind}`, `/public/${kind}s/${id}`)).status, 200);
		assert.equal((await call(world.mia, `clone${Kind}`, world.at(`/${kind}s:clone`), { [`${kind}_id`]: id })).status, 201);
	}
});
test('projects are made, listed, read, changed and deleted (more in projects.test)', async () => {
	const { status, body } = await call(world.mia, 'createProject', world.at('/projects'), { name: 'P' });
	assert.equal(status, 201);
	assert.equal((await call(world.vic, 'listProjects', world.at('/projects'))).body.data[0].id, body.id);
	assert.equal((await call(world.vic, 'readProject', world.at(`/projects/${body.id}`))).status, 200);
	assert.deepEqual((await call(world.vic, 'readBoard', world.at(`/projects/${body.id}/board`))).body, { data: [], workflows: [] });
	assert.equal((await call(world.mia, 'updateProject', world.at(`/projects/${body.id}`), { name: 'Q' }, { 'if-match': '*' })).body.name, 'Q');
	assert.equal((await call(world.ann, 'deleteProject', world.at(`/projects/${body.id}`), undefined, { 'if-match': '*' })).status, 204);
});
test('administrators see people, workspaces and what happened to accounts (more in administration.test and activity.test)', async () => {
	const root = await world.stack.signIn();
	assert.ok((await call(root, 'listUsers', '/users')).body.data.length > 1);
	assert.equal((await call(root, 'updateUser', `/users/${ids.vic}`, { admin: false })).status, 200);
	assert.ok((await call(root, 'listAllWorkspaces', '/admin/workspaces')).body.data.length > 1);
	assert.ok((await call(root, 'listAllActivity', '/admin/activity')).body.data.length > 1);
	assert.ok((await call(world.mia, 'listActivity', '/account/activity')).body.data.length > 0);
	assert.equal((await call(world.ada, 'listFormerMembers', world.at('/former-members'))).status, 200);
});
test('workflows are checked, pushed, labelled, compared and rolled back', async () => {
	const source = (value) => `id: routes\nname: Routes\nsteps: [{id: a, type: transform, value: ${value}}]\n`;
	assert.equal((await call(world.vic, 'checkWorkflow', world.at('/workflows:check'), { source: source(1) })).body.valid, true);
	const pushed = await call(world.mia, 'pushWorkflow', world.at('/workflows:push'), { source: source(1) });
	assert.equal(pushed.body.outcome, 'created');
	await call(world.mia, 'pushWorkflow', world.at('/workflows:push'), { source: source(2) });
	const at = (path) => world.at(`/workflows/${pushed.body.workflow.id}${path}`);
	assert.equal((await call(world.vic, 'diffWorkflowVersions', at('/versions/1/diff?to=2'))).body.steps[0].change, 'changed');
	assert.deepEqual((await call(world.mia, 'setWorkflowLabel', at('/labels/published'), { version: 1 })).body.labels, { published: 1 });
	assert.equal((await call(world.mia, 'deleteWorkflowLabel', at('/labels/published'))).status, 204);
	assert.equal((await call(world.mia, 'rollBackWorkflow', at('/rollback'), { version: 1 })).body.version, 3);
});
test('an agent is registered, listed, read and changed', async () => {
	const made = await call(world.mia, 'createAgent', world.at('/agents'), { name: 'Routes', kind: 'prompt', config: { system: 'You are brief.' } });
	assert.equal(made.status, 201);
	const at = world.at(`/agents/${made.body.id}`);
	assert.deepEqual((await call(world.vic, 'listAgents', world.at('/agents'))).body.data.map((agent) => agent.name), ['Routes']);
	const tag = (await call(world.vic, 'readAgent', at)).headers.get('etag');
	assert.equal((await call(world.mia, 'updateAgent', at, { description: 'Brief' }, { 'if-match': tag })).body.revision, 2);
	assert.equal((await call(world.mia, 'updateAgent', at, { description: 'Late' }, { 'if-match': tag })).status, 412);
});
test('every route of the contract was asked', () => {
	const missing = Object.values(all).filter((op) => op.server === 'api' && !asked.has(op.id)).map((op) => op.id);
	assert.deepEqual(missing, []);
});
