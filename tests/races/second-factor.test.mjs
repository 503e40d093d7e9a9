// One code of a second factor, and one challenge, used by two at the same time: each interleaving written down. See lib/session.mjs.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';

import { migrated, sql, startCluster } from '../sql/lib/cluster.mjs';
import { blocked, session } from './lib/session.mjs';

const database = 'second_factor';
const person = '00000000-0000-7000-8000-000000000001';
let cluster;
let one;
let two;
const owner = (text) => sql(cluster, database, 'stepmill_owner', text);

before(() => {
	cluster = startCluster();
	migrated(cluster, database);
	owner(`insert into app_user (id, email, name, password_hash, second_factor_at) values ('${person}', 'a@b.test', 'A', 'h', now())`);
});
after(() => cluster?.stop());
beforeEach(async () => {
	owner(`insert into second_factor (user_id, key_id, sealed, last_step) values ('${person}', '${person}', '', 99);
		insert into recovery_code values ('${person}', decode(repeat('cc', 32), 'hex'));
		insert into sign_in_challenge (token_hash, user_id) select decode(repeat(t, 32), 'hex'), '${person}' from unnest(array['01', '02']) t`);
	[one, two] = [session(cluster, database, 'stepmill_api'), session(cluster, database, 'stepmill_api')];
	for (const who of [one, two]) await who.pid();
	await one.sql('begin');
	await two.sql('begin');
});
afterEach(async () => {
	await one.close();
	await two.close();
	owner('delete from second_factor; delete from recovery_code; delete from sign_in_challenge; delete from session');
});

const bytes = (pair) => `\\x${pair.repeat(32)}`;
/** Meets a challenge by the step of a code, or by a recovery code. */
const meet = (who, challenge, { step = null, code = null }, token) => who.call('challenge_meet', bytes(challenge), step, code && bytes(code), bytes(token), '', '', 60);
const sessions = () => owner('select count(*) from session')[0][0];

describe('two sign-ins', () => {
	for (const [name, proof] of [['code of an app', { step: 100 }], ['recovery code', { code: 'cc' }]]) {
		test(`by the same ${name}: the second waits for the first, and is refused`, async () => {
			await meet(one, '01', proof, 'aa');
			const late = meet(two, '02', proof, 'bb');
			late.catch(() => {});
			await blocked(cluster, database, two, one);
			await one.sql('commit');
			await assert.rejects(late, { state: 'SM422' });
			assert.equal(sessions(), '1');
		});
		test(`by the same ${name}: when the first comes to nothing, the second is in`, async () => {
			await meet(one, '01', proof, 'aa');
			const late = meet(two, '02', proof, 'bb');
			late.catch(() => {});
			await blocked(cluster, database, two, one);
			await one.sql('rollback');
			await late;
			await two.sql('commit');
			assert.equal(sessions(), '1');
		});
	}
	test('by the same challenge: the second is refused whatever its code', async () => {
		await meet(one, '01', { step: 100 }, 'aa');
		const late = meet(two, '01', { code: 'cc' }, 'bb');
		late.catch(() => {});
		await blocked(cluster, database, two, one);
		await one.sql('commit');
		await assert.rejects(late, { state: 'SM401' });
		assert.equal(sessions(), '1');
	});
	test('by codes of two steps: the older is refused when it comes later', async () => {
		await meet(one, '01', { step: 101 }, 'aa');
		const late = meet(two, '02', { step: 100 }, 'bb');
		late.catch(() => {});
		await blocked(cluster, database, two, one);
		await one.sql('commit');
		await assert.rejects(late, { state: 'SM422' });
		assert.equal(sessions(), '1');
	});
});
