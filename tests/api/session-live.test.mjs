// What concerns a person, told as it happens: who hears of what, that nobody else does, and that a stream ends with the session or the membership
// it is for. The clock by which streams are looked at again is set to an hour, so that only being told can be why something is heard.
import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';
import { until } from '../harness/stack.mjs';
import { ids, makeChain, password, startWorld } from './lib/world.mjs';

let world;
before(async () => {
	world = await startWorld({ live: true, env: { STEPMILL_ROLE_SECONDS: '3600' } });
});
after(async () => world?.stack.stop());

const open = new Set();
afterEach(() => {
	for (const one of open) one.close();
	open.clear();
});

/** A stream: which events came, by their names, pings left out. */
async function listen(client, path = '/session/live', of = world) {
	const abort = new AbortController();
	const listener = { heard: [], data: [], over: false, close: () => abort.abort() };
	open.add(listener);
	const answer = await fetch(`${of.stack.url}/api${path}`, { headers: client.headers ?? { cookie: client.cookie }, signal: abort.signal });
	listener.status = answer.status;
	if (answer.status !== 200) {
		listener.problem = await answer.json();
		return listener;
	}
	void (async () => {
		let text = '';
		for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
			text += piece;
			const blocks = text.split('\n\n');
			text = blocks.pop();
			for (const block of blocks) {
				const [, event, data] = /^event: (.*)\ndata: (.*)$/.exec(block) ?? [];
				if (!event || event === 'ping') continue;
				listener.heard.push(event);
				listener.data.push(data);
			}
		}
	})().catch(() => {}).finally(() => { listener.over = true; });
	return listener;
}
/** Somebody's stream that has told what it tells first. */
async function listening(client, of = world) {
	const listener = await listen(client, '/session/live', of);
	assert.equal(listener.status, 200, JSON.stringify(listener.problem));
	await until('the first event', () => listener.heard.length === 1);
	return listener;
}
/** Does it, and waits until the listener has heard of it. */
async function heard(listener, what, deed) {
	const before = listener.heard.length;
	const answer = await deed();
	if (answer?.status) assert.ok(answer.status < 300, `${what}: ${JSON.stringify(answer.body)}`);
	await until(`${what} to be heard of`, () => listener.heard.length > before);
	return answer;
}
const member = (who, workspace, whom, role) => world[who].request('PATCH', `/workspaces/${workspace}/members/${ids[whom]}`, { role });
const remove = (who, workspace, whom) => world[who].request('DELETE', `/workspaces/${workspace}/members/${ids[whom]}`);
/** Another browser of the same person. */
const elsewhere = (who) => world.stack.signIn(`${who}@stepmill.test`, password);

test('a person hears of each change of what their session is shown, and nobody else does', async () => {
	const [vic, eve, mia] = [await listening(world.vic), await listening(world.eve), await listening(world.mia)];
	const { body: team } = await world.ada.post('/workspaces', { name: 'Team' });
	const { body: invitation } = await world.ada.post(`/workspaces/${team.id}/invitations`, { role: 'viewer' });
	await heard(vic, 'joining', () => world.vic.post(`/invitations/${invitation.token}/accept`));
	await heard(vic, 'a role', () => member('ada', team.id, 'vic', 'admin'));
	await heard(vic, 'a name', () => world.ada.request('PATCH', `/workspaces/${team.id}`, { name: 'The team' }));
	await heard(vic, 'a short name', () => world.ada.request('PATCH', `/workspaces/${team.id}`, { slug: 'the-team' }));
	await heard(vic, 'archiving', () => world.ada.post(`/workspaces/${team.id}/archive`));
	await heard(vic, 'restoring', () => world.ada.post(`/workspaces/${team.id}/restore`));
	await heard(vic, 'a hand-over', () => world.ada.post(`/workspaces/${team.id}/transfer`, { user_id: ids.vic }));
	assert.equal((await world.vic.get('/session')).body.workspaces.find((one) => one.id === team.id).role, 'owner');
	await heard(vic, 'a hand-over back', () => world.vic.post(`/workspaces/${team.id}/transfer`, { user_id: ids.ada }));
	await heard(vic, 'a removal', () => remove('ada', team.id, 'vic'));
	await heard(vic, 'the own name', () => world.vic.request('PATCH', '/account', { name: 'Victor' }));
	await heard(vic, 'a right', () => world.stack.sql(`update app_user set admin = true where id = '${ids.vic}'`));
	// Eve and Mia hear of what is theirs, and that is all they have heard of
	await heard(eve, 'the own name', () => world.eve.request('PATCH', '/account', { name: 'Evelyn' }));
	await heard(mia, 'the own name', () => world.mia.request('PATCH', '/account', { name: 'Mira' }));
	assert.deepEqual([eve.heard, mia.heard], [['session', 'session'], ['session', 'session']]);
	assert.ok(vic.data.every((data) => data === '{}'), 'the stream itself tells nothing');
});

test('what changes nothing of it is not told', async () => {
	const mia = await listening(world.mia);
	await world.ada.request('PATCH', `/workspaces/${ids.home}`, { retention_days: 30 });
	await member('ada', ids.home, 'mia', 'member'); // as she is
	await world.ann.request('PATCH', '/account', { name: 'Anna' });
	await heard(mia, 'the own name', () => world.mia.request('PATCH', '/account', { name: 'Maria' }));
	assert.deepEqual(mia.heard, ['session', 'session']);
});

test('a session that is ended elsewhere takes its stream along, and no other one of the person', async () => {
	const [here, there] = [await elsewhere('mia'), await elsewhere('mia')];
	const [mine, other] = [await listening(here), await listening(there)];
	const sessions = (await here.get('/account/sessions')).body.data;
	const current = (await there.get('/account/sessions')).body.data.find((one) => one.current).id;
	assert.ok(sessions.some((one) => one.id === current && !one.current));
	assert.equal((await here.delete(`/account/sessions/${current}`)).status, 204);
	await until('the stream to end', () => other.over);
	assert.deepEqual([(await listen(there)).status, (await there.get('/session')).status], [401, 401]);
	await heard(mine, 'the own name', () => here.request('PATCH', '/account', { name: 'Mimi' }));
	// and signing out
	assert.equal((await here.delete('/session')).status, 204);
	await until('the stream to end', () => mine.over);
});

test('whose account is disabled is not listening any more', async () => {
	const mia = await listening(await elsewhere('mia'));
	world.stack.sql(`update app_user set disabled_at = now() where id = '${ids.mia}'`);
	await until('the stream to end', () => mia.over);
	world.stack.sql(`update app_user set disabled_at = null where id = '${ids.mia}'`);
});

test('who is removed loses the streams of runs and boards there at once, and those who stay do not', async () => {
	const { workflow } = await makeChain(world.ada, ids.home, { visibility: 'workspace', share_prompts: true });
	const { body: run } = await world.ada.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'x' } });
	const { body: project } = await world.ada.post(world.at('/projects'), { name: 'Site' });
	const paths = [world.at(`/runs/${run.id}/live`), world.at(`/projects/${project.id}/live`)];
	const [hers, his] = [await Promise.all(paths.map((path) => listen(world.ann, path))), await Promise.all(paths.map((path) => listen(world.vic, path)))];
	assert.deepEqual([...hers, ...his].map((one) => one.status), [200, 200, 200, 200]);
	assert.equal((await remove('ada', ids.home, 'vic')).status, 204);
	await until('his streams to end', () => his.every((one) => one.over));
	assert.deepEqual(await Promise.all(paths.map(async (path) => (await listen(world.vic, path)).status)), [404, 404]);
	assert.deepEqual(hers.map((one) => one.over), [false, false]);
	world.stack.sql(`insert into membership (workspace_id, user_id, role) values ('${ids.home}', '${ids.vic}', 'viewer')`);
});

test('what was committed while nobody could be told is heard of, too', async () => {
	const mia = await listening(world.mia);
	const ears = `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'stepmill-live listen'`;
	await until('it to be listening', () => world.stack.sql(`select 1 from pg_stat_activity where application_name = 'stepmill-live listen'`).length === 1);
	await heard(mia, 'a role', () => void world.stack.sql(`${ears}; update membership set role = 'viewer' where user_id = '${ids.mia}' and workspace_id = '${ids.home}'`));
	await heard(mia, 'a role', () => member('ada', ids.home, 'mia', 'member'));
});

test('is for people who are signed in: no token, nobody else, and nothing to be asked', async () => {
	const { token } = (await world.mia.post('/account/tokens', { name: 'a', scopes: ['read'] })).body;
	const refused = async (...args) => {
		const { status, problem } = await listen(...args);
		return [status, problem.code];
	};
	assert.deepEqual(await refused({ headers: {} }), [401, 'unauthenticated']);
	assert.deepEqual(await refused({ headers: { authorization: `Bearer ${token}` } }), [403, 'scope']);
	assert.deepEqual(await refused(world.mia, '/session/live?a=1'), [422, 'invalid']);
});

describe('by the clock', () => {
	test('streams are looked at again, whatever became of a notification', async () => {
		const slow = await startWorld({ live: true, env: { STEPMILL_ROLE_SECONDS: '1' } });
		try {
			slow.stack.sql('drop trigger told_changed on membership');
			const mia = await listening(slow.mia, slow);
			await heard(mia, 'a role', () => slow.ada.request('PATCH', `/workspaces/${ids.home}/members/${ids.mia}`, { role: 'viewer' }));
			assert.deepEqual(mia.heard, ['session', 'session']);
		} finally {
			await slow.stack.stop();
		}
	});
});
