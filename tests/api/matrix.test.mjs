// Who may what, generated from the contract: every operation × everybody × things of one's own, of another workspace, and private ones
// of a colleague. What is expected follows from x-role alone; an operation that takes a body and has no example here fails.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { Client } from '../harness/stack.mjs';
import { operations } from './lib/contract.mjs';
import { codeOf, turnOn } from './lib/totp.mjs';
import { ids, makeChain, password, people, startWorld, stored } from './lib/world.mjs';

let world;
let routes;
const things = {}; // own, foreign, private → ids

before(async () => {
	world = await startWorld({ workers: 3, live: true, apiEnv: { STEPMILL_MAIL_FROM: 'stepmill@mill.test', STEPMILL_PUBLIC_URL: 'https://mill.test' } });
	routes = operations((await world.nobody.get('/openapi.json')).body);
	things.own = await make(world.ada, ids.home);
	things.foreign = { ...await make(world.eve, ids.elsewhere), workspace_id: ids.home, invitation_id: ids.missing };
	things.private = await make(world.ada, ids.home, 'private');
	things.published = { ...await make(world.eve, ids.elsewhere), workspace_id: ids.home, invitation_id: ids.missing };
	const answer = await world.eve.request('PUT', `/workspaces/${ids.elsewhere}/workflows/${things.published.workflow_id}/visibility`,
		{ visibility: 'public', share_prompts: true }, { 'if-match': '*' });
	assert.equal(answer.status, 200);
});
after(async () => world?.stack.stop());

async function make(client, workspace, visibility = 'workspace') {
	const { prompts, workflow } = await makeChain(client, workspace, { visibility });
	const of = { workspace_id: workspace, workflow_id: workflow.id, prompt_id: prompts[0].id, definition: workflow.definition, visibility };
	if (visibility === 'private') { // a private prompt beside the two that everybody sees
		const made = await client.post(`/workspaces/${workspace}/prompts`, { name: 'Mine', body: 'Mine {{text}}', visibility });
		of.prompt_id = made.body.id;
		await client.request('PUT', `/workspaces/${workspace}/limits/rate?scope=workflow:${workflow.id}`, { limit: 5, per_seconds: 1 });
		of.definition = structuredClone(workflow.definition);
		of.definition.steps[0].prompt = { id: of.prompt_id };
	}
	of.run_id = (await client.post(`/workspaces/${workspace}/runs`, { workflow_id: workflow.id, input: { text: 'x' } })).body.id;
	assert.ok(of.run_id);
	// A run with a step that waits, for what is asked of such.
	const steps = [{ key: 'ok', kind: 'approval' }, { key: 'go', kind: 'signal' }, { key: 'bad', kind: 'transform', value: 1, on_failure: 'ask' }];
	const flow = await client.post(`/workspaces/${workspace}/workflows`, { name: 'Flow', visibility, definition: { type: 'flow', steps } });
	of.waiting_run_id = (await client.post(`/workspaces/${workspace}/runs`, { workflow_id: flow.body.id, input: {} })).body.id;
	world.stack.sql(`insert into step_run (workspace_id, run_id, path, attempt, kind, status, waiting_for, started_at)
		values ('${workspace}', '${of.waiting_run_id}', 'ok', 1, 'approval', 'waiting', 'approval', now()),
			('${workspace}', '${of.waiting_run_id}', 'bad', 1, 'transform', 'failed', 'decision', now());
		update step_run set input = '1', output = '1' where run_id = '${of.waiting_run_id}' and path = 'ok';
		update run set output = '1' where id = '${of.waiting_run_id}'`);
	Object.assign(of, { user_id: workspace === ids.home ? guest : ids.eve, invitation_id: guest });
	of.agent_id = (await client.post(`/workspaces/${workspace}/agents`, { name: `Agent ${crypto.randomUUID().slice(0, 8)}`, kind: 'prompt', config: {} })).body.id;
	of.project_id = (await client.post(`/workspaces/${workspace}/projects`, { name: 'Project', default_workflow_id: workflow.id })).body.id;
	Object.assign(of, { path: 'ok', name: 'go', failed: 'bad', checkpoint: 2, unit: 'concurrency', label: 'published' });
	// One that has ended, for what is asked of such.
	of.ended_run_id = (await client.post(`/workspaces/${workspace}/runs`, { workflow_id: workflow.id, input: { text: 'x' } })).body.id;
	world.stack.sql(`update run set status = 'failed', finished_at = now() where id = '${of.ended_run_id}'; delete from run_live where run_id = '${of.ended_run_id}';
		insert into step_run (workspace_id, run_id, path, attempt, kind, status, output, started_at, finished_at)
		values ('${workspace}', '${of.ended_run_id}', 'extract', 1, 'prompt', 'completed', '"x"', now(), now());
		insert into run_event (workspace_id, run_id, seq, at, type, path, attempt) values ('${workspace}', '${of.ended_run_id}', 2, now(), 'step.completed', 'extract', 1)`);
	// And another version, for a run to be moved to.
	world.stack.sql(`insert into workflow_version (workspace_id, workflow_id, version, definition, step_count, created_by)
		select workspace_id, workflow_id, 99, definition, step_count, created_by from workflow_version where workflow_id = '${workflow.id}'`);
	of.version = 1;
	return of;
}

/** Somebody who comes and goes: whom operations about members are about. Made anew for each question, and gone after it. */
const guest = '0197bbbb-0000-7000-8000-0000000000ff';
const aboutMembers = (op) => op.path.startsWith('/workspaces/') && /\{(user_id|invitation_id)\}|\/(archive|restore|leave|transfer)$/.test(op.path);
const aboutSettings = (op) => /\/(variables|secrets)\/\{name\}$/.test(op.path);
function comes(op, workspace) {
	world.stack.sql(`insert into app_user (id, email, name, password_hash) values ('${guest}', 'guest@stepmill.test', 'guest', 'x') on conflict do nothing;
		update workspace set archived_at = ${op.id === 'restoreWorkspace' ? 'now()' : 'null'} where id = '${workspace}';
		delete from membership where workspace_id = '${workspace}' and user_id = '${guest}';
		insert into invitation (workspace_id, id, token_hash, role, note, created_by)
			values ('${workspace}', '${guest}', decode(repeat('ff', 32), 'hex'), 'viewer', '', '${guest}') on conflict do nothing;
		${op.id === 'reassignMember'
		? `insert into prompt (workspace_id, id, name, visibility, created_by) values ('${workspace}', '${guest}', 'p', 'private', '${guest}')`
		: `insert into membership (workspace_id, user_id, role) values ('${workspace}', '${guest}', '${op.id === 'leaveWorkspace' ? 'owner' : 'viewer'}')`}`);
}
function goes(workspace) {
	const owner = workspace === ids.home ? null : 'eve';
	const roles = owner ? { eve: 'owner' } : people;
	world.stack.sql(`delete from prompt where id = '${guest}'; delete from invitation where id = '${guest}';
		update workspace set archived_at = null where id = '${workspace}'; delete from membership where workspace_id = '${workspace}';
		${Object.entries(roles).map(([who, role]) => `insert into membership (workspace_id, user_id, role) values ('${workspace}', '${ids[who]}', '${role}');`).join('')}`);
}
/** The link of a new invitation, to a new workspace of ada's. */
async function link() {
	const { body } = await world.ada.post('/workspaces', { name: 'Joined' });
	return (await world.ada.post(`/workspaces/${body.id}/invitations`, { role: 'viewer' })).body.token;
}

/** A body that the contract takes, with ids from `of`. */
const bodies = {
	signUp: () => ({ email: `new${Math.random()}@stepmill.test`, name: 'New', password }),
	updateAccount: () => ({ name: 'A' }),
	changePassword: () => ({ current_password: password, new_password: password }),
	createSignInProvider: () => ({ name: 'P', issuer: 'https://id.test', client_id: 'c', client_secret: 's' }),
	updateSignInProvider: () => ({ name: 'Q' }),
	requestPasswordReset: () => ({ email: 'nobody@stepmill.test' }),
	confirmEmail: (of) => ({ token: of.confirmation ?? 'x' }),
	beginSecondFactor: () => ({ current_password: password }),
	confirmSecondFactor: (of) => ({ code: of.code ?? '000000' }),
	renewRecoveryCodes: (of) => ({ current_password: password, code: of.code ?? '000000' }),
	disableSecondFactor: (of) => ({ current_password: password, code: of.code ?? '000000' }),
	signInSecondFactor: (of) => ({ code: of.code ?? '000000' }),
	resetPassword: (of) => ({ token: of.reset ?? 'x', password }),
	updateInstallation: () => ({ sign_up: 'open' }),
	createWorkspace: () => ({ name: 'W' }),
	transferWorkspace: (of) => ({ user_id: of.user_id }),
	updateMember: () => ({ role: 'member' }),
	reassignMember: () => ({ to: ids.ada }),
	createInvitation: () => ({ role: 'viewer' }),
	setVariable: () => ({ value: 'v' }),
	setSecret: () => ({ value: 'hush' }),
	createToken: () => ({ name: 'A', scopes: ['read'] }),
	signIn: () => ({ email: 'mia@stepmill.test', password }),
	createPrompt: () => ({ name: 'A', body: 'text' }),
	createWorkflow: (of) => ({ name: 'A', definition: of.definition, visibility: of.visibility }),
	pushWorkflow: (of) => ({ name: `P${Math.random()}`, definition: of.definition, visibility: of.visibility }),
	setWorkflowLabel: () => ({ version: 1 }),
	rollBackWorkflow: () => ({ version: 1 }),
	checkWorkflow: () => ({ source: 'steps: [{id: a, type: transform, value: 1}]' }),
	sharePrompt: (of) => ({ visibility: of.visibility }),
	shareWorkflow: (of) => ({ visibility: of.visibility }),
	updateUser: () => ({ disabled: true }),
	createAgent: () => ({ name: `Agent ${crypto.randomUUID().slice(0, 8)}`, kind: 'prompt', config: {} }),
	updateAgent: () => ({ description: 'Q', archived: false }),
	createProject: (of) => ({ name: 'P', default_workflow_id: of.workflow_id }),
	updateProject: () => ({ name: 'Q', archived: false }),
	clonePrompt: (of) => ({ prompt_id: of.prompt_id }),
	cloneWorkflow: (of) => ({ workflow_id: of.workflow_id }),
	createRun: (of) => ({ workflow_id: of.workflow_id, input: { text: 'x' } }),
	decideApproval: () => ({ decision: 'approve' }),
	decideFailure: () => ({ decision: 'skip' }),
	signalRun: () => ({ data: 1 }),
	setLimit: () => ({ limit: 5 }),
	retryRun: () => ({ from: { step: 'summarise' }, version: 'latest', model: 'builtin/instant' }),
	moveRun: () => ({ version: 99 }),
	rollBackRun: () => ({ checkpoint: 2 }),
	forkRun: () => ({ step: 'summarise', input: { text: 'y' }, step_input: { content: 'z' } }),
	createRunsBulk: (of) => ({ workflow_id: of.workflow_id, inputs: [{ text: 'x' }] }),
	cancelRuns: (of) => ({ filter: { ids: [of.run_id] } }),
	retryRuns: (of) => ({ filter: { ids: [of.run_id] } }),
	deleteRuns: (of) => ({ filter: { ids: [of.run_id] } }),
	updatePrompt: () => ({ body: 'Another {{text}}', message: 'why' }),
	updateWorkflow: () => ({ name: 'B' }),
	updateWorkspace: () => ({ retention_days: 7 }),
};
const clones = ['clonePrompt', 'cloneWorkflow'];
const namesThings = (op) => (op.path.match(/_id\}/g) ?? []).length > 1 || ['createWorkflow', 'pushWorkflow', 'createRun', 'createRunsBulk', 'createProject', ...clones].includes(op.id);
/** An id in the path or of a workflow is not found; a prompt inside a definition is a mistake in the definition. */
const unseen = (op) => (['createWorkflow', 'pushWorkflow', 'createProject'].includes(op.id) ? [422, 'invalid'] : [404, 'not_found']);
const waits = (op) => /\{(path|name)\}$|\/(in|out)put$/.test(op.path);
const ofEnded = ['retryRun', 'forkRun', 'rollBackRun', 'listCheckpoints', 'readCheckpoint', 'deleteRun'];
const runOf = (op, of) => (waits(op) ? of.waiting_run_id : ofEnded.includes(op.id) ? of.ended_run_id : of.run_id);
const rank = { viewer: 1, member: 2, admin: 3, owner: 4 };
const good = (op) => Number(Object.keys(op.responses).find((status) => status.startsWith('2') || status === '303'));

/** What an operation needs in its query. */
const queries = { setLimit: '?scope=workspace', deleteLimit: '?scope=workspace', diffWorkflowVersions: '?to=1' };

/** [status, code]; a stream is left when its status has come. */
async function ask(client, op, of) {
	if (op.body) assert.ok(bodies[op.id], `${op.id} takes a body: give it an example in this test`);
	const path = op.path.replace(/\{(\w+)\}/g, (_, name) => (name === 'run_id' ? runOf(op, of) : name === 'path' && op.id === 'decideFailure' ? of.failed : of[name]) ?? assert.fail(`${op.id}: the test has no ${name}`)) + (queries[op.id] ?? '')
		+ (/\/step-runs\/(in|out)put$/.test(op.path) ? `?path=${of.path}&attempt=1` : '');
	if (op.id === 'deleteLimit' && of.workspace_id) { // it is there, or none could be deleted
		world.stack.sql(`insert into quota (workspace_id, scope, unit, cap) values ('${of.workspace_id}', 'workspace', 'concurrency', 5)
			on conflict (workspace_id, scope, unit) do update set cap = 5`);
	}
	if (op.id === 'deleteWorkflowLabel' && of.workflow_id) {
		world.stack.sql(`insert into workflow_label (workspace_id, workflow_id, label, version, set_by)
			select workspace_id, id, 'published', 1, created_by from workflow where id = '${of.workflow_id}' on conflict do nothing`);
	}
	if (of.ended_run_id && op.id === 'deleteRun') world.stack.sql(`delete from run_live where run_id = '${of.ended_run_id}'`);
	if (of.ended_run_id && ofEnded.includes(op.id)) world.stack.sql(`update run set deleted_at = null, deleted_by = null where id = '${of.ended_run_id}'`);
	if (of.project_id && op.id === 'deleteProject') world.stack.sql(`update project set deleted_at = null, deleted_by = null where id = '${of.project_id}'`);
	if (of.waiting_run_id && good(op) === 202) {
		world.stack.sql(`delete from run_inbox where run_id = '${of.waiting_run_id}'`);
		world.stack.sql(`delete from run_inbox where run_id = '${of.ended_run_id}'; delete from run_live where run_id = '${of.ended_run_id}'`);
	}
	if (op.server !== 'live') {
		if (aboutMembers(op)) comes(op, of.workspace_id);
		if (aboutSettings(op)) {
			world.stack.sql(`insert into variable (workspace_id, name, value, updated_by) values ('${of.workspace_id}', '${of.name}', 'x', '${ids.ada}') on conflict do nothing;
				insert into secret (workspace_id, name, key_id, sealed, updated_by) select '${of.workspace_id}', '${of.name}', id, '', '${ids.ada}' from seal_key on conflict do nothing`);
		}
		if (of.challenge) client.challenge = of.challenge;
		const answer = await client.request(op.method, path, op.body && bodies[op.id](of), op.etag === 'revision' ? { 'if-match': '*' } : {});
		if (aboutMembers(op)) goes(of.workspace_id);
		if (aboutSettings(op)) world.stack.sql('delete from variable; delete from secret');
		const archived = answer.status === 204 && /^archive(Prompt|Workflow)$/.exec(op.id)?.[1].toLowerCase();
		if (answer.status === 204 && op.id === 'deleteProject') world.stack.sql(`update project set deleted_at = null, deleted_by = null where id = '${of.project_id}'`);
		if (archived) world.stack.sql(`update ${archived} set archived_at = null where id = '${of[`${archived}_id`]}'`); // the others need it, too
		return [answer.status, answer.body?.code];
	}
	const leave = new AbortController();
	const response = await fetch(`${world.stack.url}/api${path}`, { headers: { cookie: client.cookie }, signal: leave.signal });
	const code = response.status === 200 ? undefined : (await response.json()).code;
	leave.abort();
	return [response.status, code];
}

const inWorkspace = () => routes.filter((op) => op.path.startsWith('/workspaces/'));
const refusal = (op, role) => (rank[role] < rank[op.role] ? [403, 'forbidden'] : null);
/** Of what ada has made and shared. */
const refusalOfOthers = (op, role, who) => (rank[role] < rank[who === 'ada' ? op.role : op.others] ? [403, 'forbidden'] : null);

/** Asks all of it and tells every cell that is not as expected, not the first alone. */
async function matrix(cells) {
	const wrong = [];
	let asked = 0;
	for (const { op, who, client, of, expected } of cells) {
		const got = await ask(client, op, of);
		asked++;
		if (got[0] !== expected[0] || got[1] !== expected[1]) wrong.push(`${op.id} as ${who}: ${got} instead of ${expected}`);
	}
	assert.deepEqual(wrong, []);
	assert.ok(asked > 0);
}
/** The same, and nothing may have been stored. */
async function matrixOfRefusals(cells) {
	const before_ = stored(world.stack);
	await matrix(cells);
	assert.equal(stored(world.stack), before_);
}

/** What a route about a person names: a token and another session of theirs; and somebody whose password an administrator sets anew. */
async function ofPerson(op, client, who) {
	const of = { token_id: ids.missing, session_id: ids.missing, user_id: randomUUID(), prompt_id: things.published.prompt_id, workflow_id: things.published.workflow_id };
	world.stack.sql(`insert into app_user (id, email, name, password_hash) values ('${of.user_id}', '${of.user_id}@stepmill.test', 'lost', 'x')`);
	if (op.id === 'resetPassword') of.reset = (await (await world.stack.signIn()).post(`/users/${of.user_id}/reset-link`)).body.token;
	if (op.path.includes('{token}')) of.token = await link();
	if (op.id === 'removeSecondFactor') world.stack.sql(`update app_user set second_factor_at = now() where id = '${of.user_id}'`);
	if (op.id === 'signInSecondFactor') Object.assign(of, await halfIn(of.user_id));
	if (op.path.includes('{provider_id}')) {
		of.provider_id = randomUUID();
		world.stack.sql(`insert into sign_in_provider (id, name, issuer, client_id, key_id, sealed_secret) values ('${of.provider_id}', 'P', 'http://127.0.0.1:1', 'c', '${of.provider_id}', '')`);
	}
	if (op.id === 'confirmEmail') {
		of.confirmation = (await (await world.stack.signIn()).post(`/users/${of.user_id}/reset-link`)).body.token; // of a token whose hash is known
		world.stack.sql(`insert into email_confirmation (token_hash, user_id, email) select r.token_hash, u.id, u.email from password_reset r join app_user u on u.id = r.user_id where u.id = '${of.user_id}'`);
	}
	if (!client) return of;
	if (op.id === 'requestEmailConfirmation') world.stack.sql('delete from email_confirmation');
	if (op.id === 'removeIdentity') world.stack.sql(`insert into sign_in_identity (provider_id, subject, user_id) values ('${of.provider_id}', 's', '${(await client.get('/account')).body.id}')`);
	if (op.id === 'confirmSecondFactor') of.code = codeOf((await client.post('/account/second-factor', bodies.beginSecondFactor())).body.secret);
	if (['renewRecoveryCodes', 'disableSecondFactor'].includes(op.id)) of.code = (await turnOn(world.stack, client)).codes[0];
	if (op.id === 'revokeToken') of.token_id = (await client.post('/account/tokens', bodies.createToken())).body.id;
	if (op.id === 'endSession') {
		const other = await (who ? world.stack.signIn(`${who}@stepmill.test`, password) : world.stack.signIn());
		of.session_id = (await other.get('/account/sessions')).body.data.find((s) => s.current).id;
	}
	return of;
}

/** Somebody who has given a password and not yet a code: the challenge, and a code that meets it. */
async function halfIn(id) {
	world.stack.sql(`update app_user set password_hash = (select password_hash from app_user where id = '${ids.ada}') where id = '${id}'`);
	const { codes } = await turnOn(world.stack, await world.stack.signIn(`${id}@stepmill.test`, password));
	const half = new Client(world.stack.url);
	assert.equal((await half.post('/session', { email: `${id}@stepmill.test`, password })).body.code, 'second_factor');
	return { challenge: half.challenge, code: codes[0] };
}

describe('every operation', () => {
	test('has a role that the test knows', () => {
		for (const op of routes) assert.ok(['public', 'person', 'administrator'].includes(op.role) || rank[op.role], `${op.id}: ${op.role}`);
		assert.ok(routes.length >= 19);
		const unused = Object.keys(bodies).filter((id) => !routes.some((op) => op.id === id && op.body));
		assert.deepEqual(unused, []);
	});
	test('outside of a workspace takes whom its role says', async () => {
		for (const op of routes.filter((r) => !r.path.startsWith('/workspaces/'))) {
			world.stack.sql('delete from attempt; update app_user set second_factor_at = null; delete from second_factor; delete from recovery_code; delete from sign_in_provider');
			const cells = [{ op, who: 'nobody', client: new Client(world.stack.url), of: await ofPerson(op), expected: op.role === 'public' ? [good(op), undefined] : [401, 'unauthenticated'] },
				{ op, who: 'root', client: await world.stack.signIn(), of: await ofPerson(op, await world.stack.signIn()), expected: [good(op), undefined] }];
			for (const who of ['eve', ...Object.keys(people)]) {
				// Signing in, up and out ends the session that asks for it.
				const client = op.role === 'public' && op.method !== 'GET' ? await world.stack.signIn(`${who}@stepmill.test`, password) : world[who];
				cells.push({ op, who, client, of: await ofPerson(op, world[who], who), expected: op.role === 'administrator' ? [403, 'forbidden'] : op.id === 'acceptInvitation' && who === 'ada' ? [409, 'conflict'] : [good(op), undefined] }); // she is in it already
			}
			await matrix(cells);
		}
	});
	test('refuses who is not signed in', async () => {
		things.own.token = await link();
		await matrixOfRefusals(routes.filter((op) => op.role !== 'public')
			.map((op) => ({ op, who: 'nobody', client: world.nobody, of: { token_id: ids.missing, session_id: ids.missing, user_id: ids.missing, provider_id: ids.missing, ...things.own }, expected: [401, 'unauthenticated'] })));
	});
	test('of a workspace does not exist for a stranger', async () => {
		await matrixOfRefusals(inWorkspace().map((op) => ({ op, who: 'eve', client: world.eve, of: things.own, expected: [404, 'not_found'] })));
	});
	test('of another workspace does not exist for anybody here', async () => {
		await matrixOfRefusals(Object.keys(people).flatMap((who) => inWorkspace()
			.map((op) => ({ op, who, client: world[who], of: { ...things.foreign, workspace_id: ids.elsewhere }, expected: [404, 'not_found'] }))));
	});
	test('finds nothing of another workspace, by any id in the path or the body', async () => {
		await matrixOfRefusals(Object.entries(people).flatMap(([who, role]) => inWorkspace().filter(namesThings)
			.map((op) => ({ op, who, client: world[who], of: things.foreign, expected: refusal(op, role) ?? unseen(op) }))));
	});
	test('finds nothing that a colleague keeps to herself, whatever the role', async () => {
		await matrixOfRefusals(Object.entries(people).filter(([who]) => who !== 'ada').flatMap(([who, role]) => inWorkspace().filter((op) => namesThings(op) && !aboutMembers(op) && !/\{(project|agent)_id\}/.test(op.path)) // projects are everybody's
			
			.map((op) => ({ op, who, client: world[who], of: things.private, expected: refusal(op, role) ?? unseen(op) }))));
	});
	test('finds nothing that another workspace has made public, but to clone it', async () => {
		const cells = Object.entries(people).flatMap(([who, role]) => inWorkspace().filter(namesThings).map((op) => ({ op, who, client: world[who], of: things.published,
			expected: refusal(op, role) ?? (clones.includes(op.id) ? [good(op), undefined] : unseen(op)) })));
		await matrixOfRefusals(cells.filter((cell) => cell.expected[0] !== 201));
		await matrix(cells.filter((cell) => cell.expected[0] === 201));
	});
	test('refuses a lower role and changes nothing', async () => {
		await matrixOfRefusals(Object.entries(people).flatMap(([who, role]) => inWorkspace().filter((op) => refusalOfOthers(op, role, who))
			.map((op) => ({ op, who, client: world[who], of: things.own, expected: [403, 'forbidden'] }))));
	});
	test('lets in its role and those above, to what they may see', async () => {
		for (const of of [things.own, things.private]) {
			await matrix(Object.entries(people).filter(([who]) => of === things.own || who === 'ada').flatMap(([who, role]) => inWorkspace()
				.filter((op) => !refusalOfOthers(op, role, who)).map((op) => ({ op, who, client: world[who], of, expected: [good(op), undefined] }))));
		}
	});
	test('that lists shows a colleague nothing private', async () => {
		const lists = inWorkspace().filter((op) => op.method === 'GET' && op.params.some((p) => p.name === 'cursor') && !/_id\}.*_id\}/.test(op.path)
			&& op.id !== 'listAgents'); // those are everybody's, and name nothing
		assert.ok(lists.length >= 3);
		for (const op of lists) {
			const path = op.path.replace('{workspace_id}', ids.home);
			const secret = [things.private.prompt_id, things.private.workflow_id, things.private.run_id];
			const query = op.params.some((p) => p.name === 'limit') ? '?limit=100' : '';
			const mine = JSON.stringify((await world.ada.get(path + query)).body);
			const theirs = JSON.stringify((await world.ann.get(path + query)).body);
			assert.ok(secret.some((id) => mine.includes(id)), op.id);
			assert.deepEqual(secret.filter((id) => theirs.includes(id)), [], op.id);
			const foreign = [things.foreign.prompt_id, things.foreign.workflow_id, things.foreign.run_id, things.published.run_id];
			assert.deepEqual(foreign.filter((id) => theirs.includes(id)), [], op.id);
		}
	});
});
