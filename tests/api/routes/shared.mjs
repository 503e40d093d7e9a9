// What the files of this directory share: a world, the contract, and a call that is held against it and counted. routes.test.mjs runs them all.
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { answerMisfits, operations } from '../lib/contract.mjs';
import { makeChain, startWorld } from '../lib/world.mjs';

export let world;
export let all; // operations, by operationId
export let chain;
export const asked = new Set();
let contract;

before(async () => {
	world = await startWorld({ apiEnv: { STEPMILL_MAIL_FROM: 'stepmill@mill.test', STEPMILL_PUBLIC_URL: 'https://mill.test' } });
	contract = (await world.nobody.get('/openapi.json')).body;
	all = Object.fromEntries(operations(contract).map((op) => [op.id, op]));
	chain = await makeChain(world.ada);
});
after(async () => world?.stack.stop());

/** Asks by operationId; the answer must fit the contract. */
export async function call(client, id, path, body, headers) {
	asked.add(id);
	const answer = await client.request(all[id].method, path, body, headers);
	assert.deepEqual(answerMisfits(contract, all[id], answer), [], `${id}: ${JSON.stringify(answer.body)}`);
	return answer;
}
