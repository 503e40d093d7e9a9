// Prompts and workflows are changed by making versions, and nobody overwrites what somebody else has done meanwhile.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { answerMisfits, operations } from './lib/contract.mjs';
import { direct, ids, makeChain, startWorld } from './lib/world.mjs';

let world;
let contract;
let chain;
before(async () => {
	world = await startWorld({ workers: 8 });
	contract = (await world.nobody.get('/openapi.json')).body;
	chain = await makeChain(world.ada);
});
after(async () => world?.stack.stop());

const kinds = {
	prompt: {
		make: async () => (await world.mia.post(world.at('/prompts'), { name: 'First', description: 'About', body: 'One {{x}}' })).body.id,
		next: (n) => ({ body: `Text ${n} {{y${n}}}` }),
		shows: (version, n) => assert.deepEqual([version.body, version.variables], [`Text ${n} {{y${n}}}`, [`y${n}`]]),
		first: (version) => assert.deepEqual([version.body, version.variables], ['One {{x}}', ['x']]),
	},
	workflow: {
		make: async () => (await world.mia.post(world.at('/workflows'), { name: 'First', description: 'About', definition: chain.workflow.definition })).body.id,
		next: (n) => ({ definition: { type: 'flow', steps: [...Array(n)].map((_, i) => ({ key: `s${i}`, kind: 'transform', value: n })) } }),
		shows: (version, n) => assert.deepEqual([version.step_count, version.definition.type, version.definition.steps[0].value], [n, 'flow', n]),
		first: (version) => assert.deepEqual(version.definition, chain.workflow.definition),
	},
};

/** Asks, and holds the answer against the contract. */
async function ask(client, id, path, body, headers = {}) {
	const op = operations(contract).find((o) => o.id === id);
	const answer = await client.request(op.method, world.at(path), body, headers);
	if (answer.status !== 304) assert.deepEqual(answerMisfits(contract, op, answer), [], id);
	return answer;
}

for (const [kind, { make, next, shows, first }] of Object.entries(kinds)) {
	const Kind = kind[0].toUpperCase() + kind.slice(1);
	const at = (id, rest = '') => `/${kind}s/${id}${rest}`;
	const read = (id, headers) => ask(world.vic, `read${Kind}`, at(id), undefined, headers);
	const change = (client, id, body, match) => ask(client, `update${Kind}`, at(id), body, match === undefined ? {} : { 'if-match': match });
	const versions = (id, query = '') => ask(world.vic, `list${Kind}Versions`, at(id, `/versions${query}`));
	const version = (id, n) => ask(world.vic, `read${Kind}Version`, at(id, `/versions/${n}`));

	describe(`a ${kind}`, () => {
		test('that is changed has another version, with who, why and what; the first stays as it was', async () => {
			const id = await make();
			const before_ = await read(id);
			const answer = await change(world.ada, id, { ...next(2), message: 'Better' }, before_.headers.get('etag'));
			assert.deepEqual([answer.status, answer.body.version, answer.body.revision, answer.body.name, answer.body.description], [200, 2, 2, 'First', 'About']);
			assert.equal(answer.body.created_by.id, ids.mia);
			shows(answer.body, 2);
			const list = (await versions(id)).body;
			assert.deepEqual(list.data.map((v) => [v.version, v.message, v.created_by.id]), [[2, 'Better', ids.ada], [1, '', ids.mia]]);
			assert.equal(list.next_cursor, null);
			first((await version(id, 1)).body);
			shows((await version(id, 2)).body, 2);
			assert.deepEqual((await read(id)).body, answer.body);
			assert.equal((await read(id)).headers.get('etag'), answer.headers.get('etag'));
		});
		test('gets no version from another name, nor from the same content', async () => {
			const id = await make();
			const named = await change(world.mia, id, { name: 'Second' }, '*');
			assert.deepEqual([named.body.name, named.body.description, named.body.version, named.body.revision], ['Second', 'About', 1, 2]);
			const content = (await read(id)).body;
			const same = await change(world.mia, id, kind === 'prompt' ? { body: content.body } : { definition: content.definition }, named.headers.get('etag'));
			assert.deepEqual([same.status, same.body.version, same.body.revision, same.body.updated_at], [200, 1, 2, named.body.updated_at]);
			assert.equal((await change(world.mia, id, { description: '' }, '*')).body.description, '');
		});
		test('is not overwritten by who has not seen the last change', async () => {
			const id = await make();
			const seen = (await read(id)).headers.get('etag');
			const mine = await change(world.ada, id, next(2), seen);
			const yours = await change(world.mia, id, next(3), seen);
			assert.deepEqual([yours.status, yours.body.code], [412, 'precondition_failed']);
			assert.match(yours.body.detail, /revision 2 now, your change is of 1/);
			assert.deepEqual((await read(id)).body, mine.body);
			const removal = await ask(world.mia, `archive${Kind}`, at(id), undefined, { 'if-match': seen });
			assert.equal(removal.status, 412);
			assert.equal((await read(id)).status, 200);
			assert.equal((await change(world.mia, id, next(3), mine.headers.get('etag'))).body.version, 3);
		});
		test('takes one of forty changes at once, and all with *', async () => {
			const id = await make();
			const seen = (await read(id)).headers.get('etag');
			const race = await Promise.all([...Array(40)].map((_, i) => change(world.mia, id, next(i + 2), seen)));
			assert.deepEqual(race.map((a) => a.status).sort(), [200, ...Array(39).fill(412)]);
			assert.equal((await read(id)).body.version, 2);
			const all = await Promise.all([...Array(20)].map((_, i) => change(world.mia, id, next(i + 50), '*')));
			assert.deepEqual(all.map((a) => a.body.version).sort((a, b) => a - b), [...Array(20)].map((_, i) => i + 3));
		});
		test('is not changed without If-Match, or with what is no ETag of it', async () => {
			const id = await make();
			const cases = [[undefined, 428, 'precondition_required'], ['2', 400, 'malformed'], ['"1', 400, 'malformed'], ['"1","2"', 400, 'malformed'],
				['W/', 400, 'malformed'], ['"x"', 412, 'precondition_failed'], ['"0-aa"', 412, 'precondition_failed'], ['"99999999999"', 412, 'precondition_failed'],
				['"-1"', 412, 'precondition_failed'], ['""', 412, 'precondition_failed']];
			for (const [match, status, code] of cases) {
				for (const answer of [await change(world.mia, id, next(2), match), await ask(world.mia, `archive${Kind}`, at(id), undefined, match === undefined ? {} : { 'if-match': match })]) {
					assert.deepEqual([answer.status, answer.body.code, answer.body.errors.map((e) => e.path)], [status, code, ['header.If-Match']], match);
				}
			}
			assert.equal((await read(id)).body.revision, 1);
			const weak = `W/${(await read(id)).headers.get('etag').replace(/^W\//, '')}`;
			assert.equal((await change(world.mia, id, next(2), weak)).status, 200, 'nginx makes it weak when it compresses');
		});
		test('is answered 304 to who has it, until it changes', async () => {
			const id = await make();
			const tag = (await read(id)).headers.get('etag').replace(/^W\//, ''); // nginx makes it weak when it compresses
			for (const has of [tag, `W/${tag}`, `"a", ${tag}`, '*']) {
				const answer = await read(id, { 'if-none-match': has });
				assert.deepEqual([answer.status, answer.body, answer.headers.get('etag')], [304, '', tag], has);
			}
			for (const has of ['"a"', tag.slice(1), 'x', '"']) assert.equal((await read(id, { 'if-none-match': has })).status, 200, has);
			await change(world.mia, id, { name: 'Other' }, tag);
			assert.equal((await read(id, { 'if-none-match': tag })).status, 200);
		});
		test('that is archived is gone from lists and routes; what names its versions goes on', async () => {
			const id = await make();
			const answer = await ask(world.mia, `archive${Kind}`, at(id), undefined, { 'if-match': (await read(id)).headers.get('etag') });
			assert.equal(answer.status, 204);
			for (const gone of [await read(id), await versions(id), await version(id, 1), await change(world.mia, id, next(2), '*'),
				await ask(world.mia, `archive${Kind}`, at(id), undefined, { 'if-match': '*' })]) assert.equal(gone.status, 404);
			const list = (await world.vic.get(world.at(`/${kind}s?limit=100`))).body.data.map((t) => t.id);
			assert.ok(list.length > 0 && !list.includes(id));
			assert.equal(world.stack.sql(`select count(*) from ${kind}_version where ${kind}_id = '${id}'`)[0][0], '1');
		});
		test('shows its versions in pages', async () => {
			const id = await make();
			for (let n = 2; n <= 5; n++) await change(world.mia, id, next(n), '*');
			const seen = [];
			let cursor = '';
			do {
				const page = (await versions(id, `?limit=2${cursor && `&cursor=${cursor}`}`)).body;
				seen.push(page.data.map((v) => v.version));
				cursor = page.next_cursor;
			} while (cursor);
			assert.deepEqual(seen, [[5, 4], [3, 2], [1]]);
			assert.equal((await version(id, 6)).status, 404);
			assert.equal((await versions(ids.missing)).status, 404);
			assert.equal((await ask(world.vic, `list${Kind}Versions`, at(id, '/versions?cursor=AAAA'))).status, 400);
			assert.equal((await ask(world.vic, `read${Kind}Version`, at(id, '/versions/0'))).status, 400);
		});
		test('refuses what its creation would refuse, and a message that belongs to nothing', async () => {
			const id = await make();
			const bad = kind === 'prompt' ? [[{ body: '{{' }, '/body'], [{ body: '' }, '/body']]
				: [[{ definition: { type: 'flow', steps: [] } }, '/definition/steps'],
					[{ definition: { type: 'flow', steps: [{ key: 'a', kind: 'prompt', prompt: { id: ids.missing } }] } }, '/definition/steps/0/prompt/id']];
			for (const [body, place] of [...bad, [{ message: 'why' }, '/message'], [{ name: 'A', message: 'why' }, '/message'], [{ name: '' }, '/name'], [{ visibility: 'private' }, '/visibility']]) {
				const answer = await change(world.mia, id, body, '*');
				assert.deepEqual([answer.status, answer.body.errors?.map((e) => e.path)], [422, [place]], JSON.stringify(body));
			}
			assert.equal((await change(world.mia, id, {}, '*')).status, 422);
			assert.equal((await read(id)).body.revision, 1);
		});
	});
}

test('a definition keeps the version of a prompt that it was saved with', async () => {
	const { prompts, workflow } = await makeChain(world.ada);
	await world.ada.request('PATCH', world.at(`/prompts/${prompts[0].id}`), { body: 'Now {{other}}' }, { 'if-match': '*' });
	assert.deepEqual((await world.vic.get(world.at(`/workflows/${workflow.id}`))).body.definition, workflow.definition);
	await world.ada.delete(world.at(`/prompts/${prompts[0].id}`), { 'if-match': '*' });
	assert.equal((await world.mia.post(world.at('/runs'), { workflow_id: workflow.id, input: { text: 'x' } })).status, 201);
});

test('a run asks for the current version unless it names another', async () => {
	const { workflow } = await makeChain(world.ada);
	const definition = { type: 'flow', steps: [{ key: 'a', kind: 'transform', value: 1 }] };
	await world.ada.request('PATCH', world.at(`/workflows/${workflow.id}`), { definition }, { 'if-match': '*' });
	const made = async (more) => (await world.mia.get(world.at(`/runs/${(await world.mia.post(world.at('/runs'), { workflow_id: workflow.id, ...more })).body.id}`))).body;
	assert.equal((await made({ input: {} })).workflow_version, 2);
	assert.equal((await made({ input: { text: 'x' }, version: 1 })).workflow_version, 1);
});

test('a change that is sent twice by a worker is made once', async () => {
	const id = await kinds.prompt.make();
	const as = `select set_config('stepmill.workspace', '${ids.home}', false), set_config('stepmill.user', '${ids.mia}', false);`;
	const again = `select prompt_change('${ids.home}', '${id}', 1, '${ids.missing}', null, null, 'Twice', '{}', '')`;
	world.stack.sql(`${as} ${again}; ${again}; ${again}`);
	assert.deepEqual(world.stack.sql(`select current_version, revision from prompt where id = '${id}'`), [['2', '2']]);
	const archive = `select prompt_archive('${ids.home}', '${id}', 2, '${ids.ada}')`;
	world.stack.sql(`${as} ${archive}; ${archive}`);
	assert.deepEqual(world.stack.sql(`select revision from prompt where id = '${id}'`), [['3']]);
});

test('every read of a single thing has an ETag as the contract says', async () => {
	const run = (await world.mia.post(world.at('/runs'), { workflow_id: chain.workflow.id, input: { text: 'x' } })).body.id;
	for (const path of ['', `/runs/${run}`]) {
		const tag = (await world.vic.get(world.at(path))).headers.get('etag');
		assert.match(tag, /^(W\/)?"[0-9a-f]{32}"$/);
		assert.equal((await world.vic.get(world.at(path), { 'if-none-match': tag })).status, 304);
	}
	const raw = direct(world.stack, { REQUEST_METHOD: 'GET', REQUEST_URI: `/api${world.at('/prompts')}`, HTTP_COOKIE: world.vic.cookie });
	assert.doesNotMatch(raw.head, /ETag/);
});
