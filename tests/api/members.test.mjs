// Workspaces, members and invitations: what a role may do to others, and what happens when two do it at once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ids, startWorld } from './lib/world.mjs';

let world;
let people;
before(async () => {
	world = await startWorld({ workers: 4 });
	people = { ada: world.ada, ann: world.ann, mia: world.mia, vic: world.vic, eve: world.eve };
});
after(async () => world?.stack.stop());

/** A workspace of its own, with these roles. */
async function space(roles) {
	const { body } = await world.ada.post('/workspaces', { name: 'Team' });
	world.stack.sql(`delete from membership where workspace_id = '${body.id}';
		${Object.entries(roles).map(([who, role]) => `insert into membership (workspace_id, user_id, role) values ('${body.id}', '${ids[who]}', '${role}');`).join('')}`);
	return body.id;
}
const roles = (w) => Object.fromEntries(world.stack.sql(`select u.name, m.role from membership m join app_user u on u.id = m.user_id where m.workspace_id = '${w}' order by 1`));
const patch = (who, w, whom, role) => people[who].request('PATCH', `/workspaces/${w}/members/${ids[whom]}`, { role });
const remove = (who, w, whom) => people[who].request('DELETE', `/workspaces/${w}/members/${ids[whom]}`);
const invite = async (who, w, role = 'member', note = '') => people[who].post(`/workspaces/${w}/invitations`, { role, note });
const accept = (who, token) => people[who].post(`/invitations/${token}/accept`);

describe('a workspace', () => {
	test('is made, owned by who made it, with an address from its name that nobody else has', async () => {
		const one = await world.mia.post('/workspaces', { name: 'Grün & Co' });
		const two = await world.mia.post('/workspaces', { name: 'Grün & Co' });
		assert.deepEqual([one.status, one.body.slug, one.body.name], [201, 'gr-n-co', 'Grün & Co']);
		assert.match(two.body.slug, /^gr-n-co-[0-9a-f]{8}$/);
		assert.deepEqual(roles(one.body.id), { mia: 'owner' });
		assert.equal((await world.mia.post('/workspaces', { name: 'X', slug: 'elsewhere' })).status, 409);
		assert.equal((await world.ada.get(`/workspaces/${one.body.id}`)).status, 404);
	});
	test('is archived and restored by its owner; in between it is read and not changed', async () => {
		const w = await space({ ada: 'owner', ann: 'admin' });
		assert.equal((await world.ann.post(`/workspaces/${w}/archive`)).status, 403);
		assert.match((await world.ada.post(`/workspaces/${w}/archive`)).body.archived_at, /^20/);
		assert.equal((await world.ann.post(`/workspaces/${w}/prompts`, { name: 'A', body: 'x' })).status, 409);
		assert.equal((await world.ann.get(`/workspaces/${w}/prompts`)).status, 200);
		const mine = async () => (await world.ann.get('/session')).body.workspaces;
		assert.deepEqual([(await mine()).at(-1).id, /^20/.test((await mine()).at(-1).archived_at)], [w, true]);
		assert.equal((await world.ada.post(`/workspaces/${w}/restore`)).body.archived_at, null);
		assert.equal((await mine()).find((one) => one.id === w).archived_at, null);
		assert.equal((await world.ann.post(`/workspaces/${w}/prompts`, { name: 'A', body: 'x' })).status, 201);
	});
});

describe('a role', () => {
	test('is changed by admins, and that of an owner by owners alone', async () => {
		const w = await space({ ada: 'owner', ann: 'admin', mia: 'member' });
		assert.equal((await patch('ann', w, 'mia', 'admin')).body.role, 'admin');
		assert.equal((await patch('ann', w, 'mia', 'owner')).status, 403);
		assert.equal((await patch('ann', w, 'ada', 'viewer')).status, 403);
		assert.equal((await remove('ann', w, 'ada')).status, 403);
		assert.equal((await patch('ada', w, 'mia', 'owner')).status, 200);
		assert.equal((await patch('ada', w, 'eve', 'viewer')).status, 404);
		assert.deepEqual(roles(w), { ada: 'owner', ann: 'admin', mia: 'owner' });
	});
	test('counts from the next request on, and so does a removal', async () => {
		const w = await space({ ada: 'owner', mia: 'member' });
		const make = async () => (await world.mia.post(`/workspaces/${w}/prompts`, { name: 'A', body: 'x' })).status;
		assert.equal(await make(), 201);
		await patch('ada', w, 'mia', 'viewer');
		assert.equal(await make(), 403);
		assert.equal((await remove('ada', w, 'mia')).status, 204);
		assert.equal(await make(), 404);
		assert.equal((await world.mia.get(`/workspaces/${w}`)).status, 404);
	});
	test('of the last owner stays: not demoted, not removed, and the owner cannot leave', async () => {
		const w = await space({ ada: 'owner', ann: 'admin' });
		assert.equal((await patch('ada', w, 'ada', 'admin')).status, 409);
		assert.equal((await remove('ada', w, 'ada')).status, 409);
		assert.equal((await world.ada.post(`/workspaces/${w}/leave`)).status, 409);
		assert.equal((await world.ada.post(`/workspaces/${w}/transfer`, { user_id: ids.ann })).status, 204);
		assert.deepEqual(roles(w), { ada: 'admin', ann: 'owner' });
		assert.equal((await world.ada.post(`/workspaces/${w}/leave`)).status, 204);
		assert.deepEqual(roles(w), { ann: 'owner' });
	});
	test('of two owners who demote or remove each other at once: one stays an owner, always', async () => {
		for (let i = 0; i < 12; i++) {
			const w = await space({ ada: 'owner', ann: 'owner' });
			const deed = i % 2 ? (who, whom) => remove(who, w, whom) : (who, whom) => patch(who, w, whom, 'member');
			const got = await Promise.all([deed('ada', 'ann'), deed('ann', 'ada')]);
			assert.deepEqual(got.map((a) => a.status < 300).sort(), [false, true], JSON.stringify(got.map((a) => a.body)));
			assert.equal(Object.values(roles(w)).filter((r) => r === 'owner').length, 1);
		}
	});
	test('of two owners who leave at once: one stays', async () => {
		for (let i = 0; i < 6; i++) {
			const w = await space({ ada: 'owner', ann: 'owner' });
			const got = await Promise.all([world.ada, world.ann].map((c) => c.post(`/workspaces/${w}/leave`)));
			assert.deepEqual(got.map((a) => a.status).sort(), [204, 409]);
		}
	});
});

describe('members', () => {
	test('are listed with their roles; addresses are for admins and oneself', async () => {
		const seen = (await world.vic.get(world.at('/members'))).body.data;
		assert.deepEqual(seen.map((m) => [m.user.name, m.role, m.email]),
			[['ada', 'owner', null], ['ann', 'admin', null], ['mia', 'member', null], ['vic', 'viewer', 'vic@stepmill.test']]);
		assert.ok((await world.ann.get(world.at('/members'))).body.data.every((m) => m.email.endsWith('@stepmill.test')));
	});
	test('have a second factor or none, and were last seen at some time: for admins and oneself', async () => {
		const of = async (who) => Object.fromEntries((await world[who].get(world.at('/members'))).body.data.map((m) => [m.user.name, m]));
		const told = async (who) => Object.values(await of(who)).map((m) => [m.user.name, m.second_factor, m.last_seen_at !== null]);
		world.stack.sql(`update app_user set second_factor_at = now() where id = '${ids.mia}'`);
		try {
			for (const who of ['ada', 'ann']) {
				assert.deepEqual(await told(who), [['ada', false, true], ['ann', false, true], ['mia', true, true], ['vic', false, true]]);
			}
			assert.deepEqual(await told('mia'), [['ada', null, false], ['ann', null, false], ['mia', true, true], ['vic', null, false]]);
			assert.deepEqual(await told('vic'), [['ada', null, false], ['ann', null, false], ['mia', null, false], ['vic', false, true]]);
		} finally {
			world.stack.sql(`update app_user set second_factor_at = null where id = '${ids.mia}'`);
		}
	});
	test('were last seen when their newest session or token was used, also when that is gone', async () => {
		const w = await space({ ada: 'owner' });
		const guest = 'aaaaaaaa-0000-7000-8000-00000000face';
		const seen = async () => (await world.ada.get(`/workspaces/${w}/members`)).body.data.find((m) => m.user.id === guest).last_seen_at;
		const session = (n, at) => `insert into session (token_hash, user_id, created_at, last_seen_at, expires_at)
			values (sha256('seen ${n}'), '${guest}', '${at}', '${at}', now() + interval '1 day')`;
		world.stack.sql(`insert into app_user (id, email, name, password_hash) values ('${guest}', 'face@stepmill.test', 'Face', '');
			insert into membership (workspace_id, user_id, role) values ('${w}', '${guest}', 'viewer')`);
		try {
			assert.equal(await seen(), null, 'never');
			world.stack.sql(`${session(1, '2026-03-01T10:00Z')}; ${session(2, '2026-03-03T10:00Z')}`);
			assert.equal(await seen(), '2026-03-03T10:00:00.000Z');
			world.stack.sql(`delete from session where token_hash = sha256('seen 2')`);
			world.stack.sql(`delete from session where token_hash = sha256('seen 1')`);
			assert.equal(await seen(), '2026-03-03T10:00:00.000Z', 'the newer of two that are gone');
			world.stack.sql(`insert into api_token (id, user_id, token_hash, name, scopes, last_used_at)
				values (gen_random_uuid(), '${guest}', sha256('seen 3'), 'new', '{read}', null), (gen_random_uuid(), '${guest}', sha256('seen 4'), 'used', '{read}', '2026-03-04T10:00Z')`);
			assert.equal(await seen(), '2026-03-04T10:00:00.000Z');
			world.stack.sql(`delete from api_token where user_id = '${guest}'`);
			assert.equal(await seen(), '2026-03-04T10:00:00.000Z');
		} finally {
			world.stack.sql(`delete from app_user where id = '${guest}'`);
		}
	});
	test('who have left: what they kept private goes to whom an owner says, and to nobody while they are there', async () => {
		const w = await space({ ada: 'owner', mia: 'member' });
		const { id } = (await world.mia.post(`/workspaces/${w}/prompts`, { name: 'Mine', body: 'x', visibility: 'private' })).body;
		const give = (to) => world.ada.post(`/workspaces/${w}/members/${ids.mia}/reassign`, { to });
		assert.equal((await give(ids.ada)).status, 409);
		await remove('ada', w, 'mia');
		assert.equal((await world.ada.get(`/workspaces/${w}/prompts/${id}`)).status, 404);
		assert.equal((await give(ids.eve)).status, 404);
		const left = async () => (await world.ada.get(`/workspaces/${w}/former-members`)).body.data;
		assert.deepEqual(await left(), [{ user: { id: ids.mia, name: 'mia' }, prompts: 1, workflows: 0, runs: 0 }]);
		assert.deepEqual((await give(ids.ada)).body, { prompts: 1, workflows: 0, runs: 0 });
		assert.equal((await world.ada.get(`/workspaces/${w}/prompts/${id}`)).status, 200);
		assert.equal((await give(ids.ada)).status, 404);
		assert.deepEqual(await left(), []);
	});
});

describe('an invitation', () => {
	test('is shown to who has the link, and lets one person in', async () => {
		const w = await space({ ada: 'owner' });
		const made = await invite('ada', w, 'member', 'eve@example.org');
		assert.equal(made.status, 201);
		assert.match(made.body.token, /^[\w-]{43}$/);
		const seen = (await world.eve.get(`/invitations/${made.body.token}`)).body;
		assert.deepEqual([seen.workspace, seen.role, seen.invited_by, seen.refusal], [{ id: w, name: 'Team' }, 'member', 'ada', null]);
		assert.equal((await world.nobody.get(`/invitations/${made.body.token}`)).status, 401);
		const joined = await accept('eve', made.body.token);
		assert.deepEqual([joined.status, joined.body.id, joined.body.role], [200, w, 'member']);
		assert.equal((await accept('eve', made.body.token)).status, 200, 'asked again by the same person');
		assert.equal((await accept('mia', made.body.token)).status, 409);
		assert.equal(world.stack.sql(`select count(*) from audit where workspace_id = '${w}' and operation = 'acceptInvitation'`)[0][0], '1');
	});
	test('is kept as a hash and is nowhere else', async () => {
		const w = await space({ ada: 'owner' });
		const { token } = (await invite('ada', w)).body;
		assert.ok(!JSON.stringify((await world.ada.get(`/workspaces/${w}/invitations`)).body).includes(token));
		assert.deepEqual(world.stack.sql(`select 1 from invitation i where i::text like '%${token}%' union all select 1 from audit a where a::text like '%${token}%'`), []);
	});
	test('is for a role that whoever invites has', async () => {
		const w = await space({ ada: 'owner', ann: 'admin', mia: 'member' });
		assert.equal((await invite('ann', w, 'owner')).status, 403);
		assert.equal((await invite('mia', w, 'viewer')).status, 403);
		assert.equal((await invite('ann', w, 'admin')).status, 201);
	});
	test('ends when it is withdrawn, has run out, or who sent it may not invite any more', async () => {
		const w = await space({ ada: 'owner', ann: 'admin' });
		const [one, two, three] = [(await invite('ann', w)).body, (await invite('ann', w)).body, (await invite('ann', w)).body];
		assert.equal((await world.ada.request('DELETE', `/workspaces/${w}/invitations/${one.id}`)).status, 204);
		world.stack.sql(`update invitation set expires_at = now() - interval '1 second' where id = '${two.id}'`);
		await patch('ada', w, 'ann', 'member');
		for (const [i, why] of [[one, 'withdrawn'], [two, 'run out'], [three, 'may not invite']]) {
			const got = await accept('eve', i.token);
			assert.deepEqual([got.status, got.body.detail.includes(why)], [409, true], JSON.stringify(got.body));
			assert.ok((await world.eve.get(`/invitations/${i.token}`)).body.refusal.includes(why));
		}
		assert.deepEqual(roles(w), { ada: 'owner', ann: 'member' });
		assert.equal((await accept('eve', 'A'.repeat(43))).status, 404);
	});
	test('accepted by two at once lets one of them in', async () => {
		for (let i = 0; i < 8; i++) {
			const w = await space({ ada: 'owner' });
			const { token } = (await invite('ada', w)).body;
			const got = await Promise.all(['eve', 'mia', 'vic'].map((who) => accept(who, token)));
			assert.deepEqual(got.map((a) => a.status).sort(), [200, 409, 409]);
			assert.equal(Object.keys(roles(w)).length, 2);
		}
	});
	test('withdrawn and accepted at once: one of the two has held', async () => {
		for (let i = 0; i < 8; i++) {
			const w = await space({ ada: 'owner' });
			const { id, token } = (await invite('ada', w)).body;
			const [gone, joined] = await Promise.all([world.ada.request('DELETE', `/workspaces/${w}/invitations/${id}`), accept('eve', token)]);
			assert.deepEqual([gone.status, joined.status].map((s) => s < 300).sort(), [false, true]);
			assert.equal('eve' in roles(w), joined.status === 200);
		}
	});
	test('does not raise or lower the role of who is a member already', async () => {
		const w = await space({ ada: 'owner', vic: 'viewer' });
		const { token } = (await invite('ada', w, 'admin')).body;
		assert.equal((await accept('vic', token)).status, 409);
		assert.equal((await accept('ada', token)).status, 409);
		assert.deepEqual(roles(w), { ada: 'owner', vic: 'viewer' });
	});
});
