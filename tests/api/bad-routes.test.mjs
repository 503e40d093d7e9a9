// What strangers send, to every route of the contract: each parameter of each place, each member of each body, and what is no request at
// all. Whatever it is, it is a problem with code, status and place; nothing is stored, and no worker is lost.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { misfits, operations, resolve } from './lib/contract.mjs';
import { direct, ids, startWorld, stored } from './lib/world.mjs';

let world;
let contract;
let routes;
let workers;
let before_;

before(async () => {
	world = await startWorld({ workers: 3 });
	contract = (await world.nobody.get('/openapi.json')).body;
	routes = operations(contract).filter((op) => op.server === 'api');
	assert.ok(routes.length > 80);
	world.stack.sql(`update app_user set admin = true where id = '${ids.ada}'`); // nobody is refused for who they are
	workers = world.stack.workers();
});
after(async () => world?.stack.stop());
beforeEach(() => {
	before_ = stored(world.stack);
});
afterEach(() => {
	assert.equal(stored(world.stack), before_, 'something was stored');
	assert.deepEqual(world.stack.workers(), workers, 'a worker was lost');
});

const withBody = () => routes.filter((op) => op.body);
/** A path whose parts are of the right form; `bad` replaces some. */
const fill = (op, bad = {}) => op.path.replace(/\{(\w+)\}/g, (_, name) => bad[name] ?? encodeURIComponent(form(op.params.find((p) => p.in === 'path' && p.name === name))));
function form(param) {
	if (param.name === 'workspace_id') return ids.home;
	const schema = resolve(contract, param.schema);
	if (schema.enum) return schema.enum[0];
	if (schema.type === 'integer') return String(schema.minimum ?? 1);
	if (schema.format === 'uuid') return ids.missing;
	const fits = ['a', 'abc', 'A'.repeat(43), 'a'.repeat(64), '1'].find((text) => !schema.pattern || new RegExp(schema.pattern, 'u').test(text));
	return fits ?? assert.fail(`${param.name}: this test has no example of ${schema.pattern}`);
}
const query = (op, more = {}) => {
	const needed = op.params.filter((p) => p.in === 'query' && p.required && !(p.name in more)).map((p) => [p.name, p.name === 'scope' ? 'workspace' : form(p)]);
	const all = new URLSearchParams([...needed, ...Object.entries(more)]).toString();
	return all ? `?${all}` : '';
};
const headers = (op, more = {}) => ({ ...(op.params.some((p) => p.name === 'If-Match') ? { 'if-match': '*' } : {}), ...more });
const send = (op, { path, search = query(op), body, more } = {}) => world.ada.request(op.method, (path ?? fill(op)) + search, body, headers(op, more));

/** '' when the answer is a problem as the contract describes it, with one of these statuses, and names this place. */
function wrong(answer, statuses, place) {
	const { status, body } = answer;
	if (![statuses].flat().includes(status)) return `${status} ${JSON.stringify(body)?.slice(0, 200)}`;
	if (!/^application\/problem\+json/.test(answer.headers.get('content-type'))) return 'no problem';
	const shape = misfits(contract, contract.components.schemas.Problem, body);
	if (shape.length > 0 || body.status !== status || body.request_id !== answer.headers.get('x-request-id') || !body.detail) return `its shape: ${shape}`;
	if (place !== undefined && !(body.errors ?? []).some((e) => e.path === place || e.path.startsWith(`${place}/`))) return `names ${JSON.stringify(body.errors)} and not ${place}`;
	return '';
}

/** Asks all of it, six at a time; every case that is not refused as it should be is told. */
async function refuseAll(cases) {
	assert.ok(cases.length > 0);
	const told = [];
	let next = 0;
	await Promise.all(Array.from({ length: 6 }, async () => {
		while (next < cases.length) {
			const { op, what, ask, statuses, place } = cases[next++];
			const why = wrong(await ask(), statuses, place);
			if (why) told.push(`${op.id}, ${what}: ${why}`);
		}
	}));
	assert.deepEqual(told, []);
}

describe('addresses', () => {
	test('an id that is none, in each place of each path', async () => {
		const bad = { uuid: ['1', 'null', '%20', `${ids.missing}0`, 'x'.repeat(300), '%E2%82%AC', "'--"], integer: ['x', '0', '-1', '1.5', '99999999999999999999', '%2B1'] };
		await refuseAll(routes.flatMap((op) => op.params.filter((p) => p.in === 'path').flatMap((param) => {
			const schema = resolve(contract, param.schema);
			const values = bad[schema.format ?? schema.type] ?? (schema.enum || schema.pattern ? ['%20', '%E2%82%AC', 'x'.repeat(500)] : []);
			return values.map((value) => ({ op, what: `${param.name} = ${value.slice(0, 40)}`, place: `path.${param.name}`, statuses: 400,
				ask: () => send(op, { path: fill(op, { [param.name]: value }), body: op.body ? {} : undefined }) }));
		})));
	});
	test('bytes that are no text, in each place of each path', async () => {
		await refuseAll(routes.flatMap((op) => op.params.filter((p) => p.in === 'path').flatMap((param) => ['%00', '%FF', '%C0%AF', '%2f', 'a%'].map((value) => ({
			op, what: `${param.name} = ${value}`, statuses: 400, ask: () => send(op, { path: fill(op, { [param.name]: value }) }) })))));
	});
	test('other methods, on each path: 405, and those that it takes', async () => {
		const told = [];
		for (const [path, item] of Object.entries(contract.paths)) {
			const op = routes.find((r) => r.path === path);
			if (!op) continue;
			for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'].filter((m) => !(m.toLowerCase() in item))) {
				const answer = await world.ada.request(method, fill(op), method === 'GET' ? undefined : {});
				const why = wrong(answer, 405);
				const allow = answer.headers.get('allow') ?? '';
				if (why || !routes.filter((r) => r.path === path).every((r) => allow.split(', ').includes(r.method))) told.push(`${method} ${path}: ${why}, Allow: ${allow}`);
			}
		}
		assert.deepEqual(told, []);
	});
});

describe('queries', () => {
	test('a parameter that nobody knows, one that is there twice, and escapes that are none, on each route', async () => {
		const place = 'query.nothing';
		await refuseAll(routes.flatMap((op) => [
			...(op.open ? [] : [{ op, what: 'unknown', statuses: 422, place, ask: () => send(op, { search: query(op, { nothing: '1' }) }) }]),
			{ op, what: 'twice', statuses: 400, place, ask: () => send(op, { search: '?nothing=1&nothing=2' }) },
			{ op, what: 'no escape', statuses: 400, ask: () => send(op, { search: '?a=%zz' }) },
			{ op, what: 'no text', statuses: 400, ask: () => send(op, { search: '?a=%ff' }) },
			{ op, what: 'a zero byte', statuses: 400, ask: () => send(op, { search: '?a=%00' }) },
		]));
	});
	test('a value that each parameter does not take', async () => {
		await refuseAll(routes.flatMap((op) => op.params.filter((p) => p.in === 'query').flatMap((param) => {
			const schema = resolve(contract, param.schema);
			const bad = [];
			if (schema.type === 'integer') bad.push('x', '1.5', '1e1', '99999999999999999999', '');
			if (schema.type === 'boolean') bad.push('yes', '1', '');
			if (schema.enum || schema.pattern || schema.format) bad.push('\u20ac');
			if (schema.maxLength) bad.push('a'.repeat(schema.maxLength + 1));
			if (schema.minLength) bad.push('');
			assert.ok(bad.length > 0, `${op.id}: ${param.name} takes anything: say in the contract how long it may be`);
			return bad.map((value) => ({ op, what: `${param.name}=${value.slice(0, 40)}`, statuses: [400, 422], place: `query.${param.name}`,
				ask: () => send(op, { search: query(op, { [param.name]: value }) }) }));
		})));
	});
	test('cursors of nobody', async () => {
		const lists = routes.filter((op) => op.params.some((p) => p.in === 'query' && p.name === 'cursor'));
		await refuseAll(lists.flatMap((op) => ['x', 'AAAA', 'A'.repeat(38), '====', '\u{1f600}', '../..', '0'.repeat(199)].map((cursor) => ({
			op, what: cursor, statuses: [400, 422], place: 'query.cursor', ask: () => send(op, { search: query(op, { cursor }) }) }))));
	});
});

/** Values of other types than the schema takes; none when it takes all. */
function otherTypes(schema) {
	const parts = [resolve(contract, schema)].flatMap((s) => s.oneOf ?? s.anyOf ?? [s]).map((s) => resolve(contract, s));
	const taken = new Set(parts.flatMap((s) => s.type ?? (s.enum ? 'string' : s.properties || s.allOf ? 'object' : 'all')).flatMap((t) => (t === 'number' ? ['number', 'integer'] : [t])));
	if (taken.has('all')) return [];
	return [[5, 'integer'], [1.5, 'number'], ['\u20ac \u{1f600}', 'string'], [true, 'boolean'], [[], 'array'], [{}, 'object'], [null, 'null']].filter(([, type]) => !taken.has(type)).map(([value]) => value);
}

describe('bodies', () => {
	const texts = { 'half an object': '{', 'two values': '{}{}', 'a member twice': '{"a":1,"a":2}', 'a member twice, one escaped': '{"a":1,"\\u0061":2}', 'a zero byte': '{"a":"\\u0000"}',
		'half a pair': '{"a":"\\ud800"}', 'words': 'hello', 'nothing': ' ', 'no number': '{"a":01}', 'a comment': '{/**/}', 'a trailing comma': '{"a":1,}' };
	test('that are no JSON', async () => {
		await refuseAll(withBody().flatMap((op) => Object.entries(texts).map(([what, body]) => ({ op, what, statuses: 400, ask: () => send(op, { body }) }))));
	});
	test('that are no UTF-8', async () => {
		const bytes = [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xe2, 0x82], [0x00]];
		await refuseAll(withBody().flatMap((op) => bytes.map((list) => ({ op, what: list.join(' '), statuses: 400,
			ask: () => send(op, { body: Buffer.concat([Buffer.from('{"a":"'), Buffer.from(list), Buffer.from('"}')]), more: { 'content-type': 'application/json' } }) }))));
	});
	test('that are 100,000 levels deep, or a list of 200,000', async () => {
		const deep = ['['.repeat(100000), '{"a":'.repeat(100000), `{"a":${'['.repeat(50000)}${']'.repeat(50000)}}`, `[${'0,'.repeat(200000)}0]`];
		await refuseAll(withBody().flatMap((op) => deep.map((body, i) => ({ op, what: `number ${i}`, statuses: [400, 413, 422], ask: () => send(op, { body }) }))));
	});
	test('that are not an object', async () => {
		await refuseAll(withBody().flatMap((op) => ['null', '[]', '"text"', '1e400', 'true'].map((body) => ({ op, what: body, statuses: 422, place: '', ask: () => send(op, { body }) }))));
	});
	test('with a member that nobody knows, and with __proto__', async () => {
		await refuseAll(withBody().flatMap((op) => ['nothing', '__proto__', 'workspace_id', 'created_by', 'a/b~c'].filter((name) => !(name in resolve(contract, op.body).properties)).map((name) => ({
			op, what: name, statuses: 422, place: `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, ask: () => send(op, { body: `{${JSON.stringify(name)}:{"a":1}}` }) }))));
	});
	test('with a member of another type, each member of each body', async () => {
		const cases = withBody().flatMap((op) => Object.entries(resolve(contract, op.body).properties).flatMap(([name, schema]) => otherTypes(schema).map((value) => ({
			op, what: `${name} = ${JSON.stringify(value)}`, statuses: 422, place: `/${name}`, ask: () => send(op, { body: { [name]: value } }) }))));
		assert.ok(cases.length > 200, `${cases.length}`);
		await refuseAll(cases);
	});
	test('with numbers past all numbers, for each that is one', async () => {
		const numbers = (op) => Object.entries(resolve(contract, op.body).properties).filter(([, s]) => ['integer', 'number'].includes(resolve(contract, s).type));
		await refuseAll(withBody().flatMap((op) => numbers(op).flatMap(([name]) => ['1e400', '-1e400', '9'.repeat(400), `1${'0'.repeat(30)}`, '-1', `0.${'0'.repeat(500)}1e-9`].map((value) => ({
			op, what: `${name} = ${value.slice(0, 30)}`, statuses: 422, place: `/${name}`, ask: () => send(op, { body: `{"${name}":${value}}` }) })))).filter(({ what, op }) =>
			// A positive number, however small, is one that "number" may take.
			!(/0\.000/.test(what) && resolve(contract, resolve(contract, op.body).properties[what.split(' ')[0]]).type === 'number')));
	});
	test('of another kind, or of none', async () => {
		const types = ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=latin1', 'application/jsonp', ''];
		await refuseAll(withBody().flatMap((op) => types.map((type) => ({ op, what: type || 'none', statuses: 415, ask: () => send(op, { body: Buffer.from('{}'), more: { 'content-type': type } }) }))));
	});
	test('of 10 MB, told before they are sent', async () => {
		const told = [];
		await Promise.all(withBody().map(async (op) => { // at once: nginx holds each for a while
			const answer = await raw(`${op.method} /api${fill(op)}${query(op)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nCookie: ${world.ada.cookie}\r\nContent-Type: application/json\r\nContent-Length: 10485760\r\n\r\n{`);
			if (answer.status !== 413 || JSON.parse(answer.body).code !== 'too_large') told.push(`${op.id}: ${answer.status}`);
		}));
		assert.deepEqual(told, []);
	});
	test('on routes that take none: not looked at, whatever it is', () => {
		for (const op of routes.filter((r) => r.method === 'GET' && r.role === 'public' && !r.path.includes('{'))) {
			assert.equal(direct(world.stack, { REQUEST_METHOD: 'GET', REQUEST_URI: `/api${op.path}`, CONTENT_TYPE: 'application/json' }, '{'.repeat(100000)).status, 200, op.id);
		}
	});
});

function raw(bytes) {
	return new Promise((resolve_) => {
		const socket = net.connect(world.stack.port, '127.0.0.1', () => socket.write(bytes));
		let text = '';
		socket.on('data', (d) => { text += d; });
		socket.on('close', () => resolve_({ status: Number(/^HTTP\/1\.\d (\d+)/.exec(text)?.[1]), body: text.split('\r\n\r\n').slice(1).join('\r\n\r\n') }));
		socket.on('error', () => {}); // who refuses what is still on its way cuts it off; what came before counts
	});
}

describe('headers', () => {
	test('cookies, tokens and origins that are broken, on each route that takes somebody', async () => {
		const cookies = ['__Host-stepmill=', '__Host-stepmill=null', `__Host-stepmill=${'A'.repeat(43)}`, '__Host-stepmill="', '=', `${'a=b;'.repeat(1500)}`];
		const tokens = ['Bearer', 'Bearer ', 'Bearer null', 'Bearer sm_', `Bearer sm_${'A'.repeat(43)}`, `Bearer ${'a'.repeat(5000)}`, `bearer  sm_${'$'.repeat(43)}`];
		const known = routes.filter((op) => op.role !== 'public');
		const ask = (op, more) => world.nobody.request(op.method, fill(op) + query(op), op.body ? {} : undefined, headers(op, more));
		// One that could be right is looked up together with what it asks for: a body that is wrong is told first.
		const statuses = (op, text) => (/A{43}/.test(text) && op.body ? [401, 422] : 401);
		await refuseAll(known.flatMap((op) => [...cookies.map((cookie) => ({ op, what: cookie.slice(0, 40), statuses: statuses(op, cookie), ask: () => ask(op, { cookie }) })),
			...tokens.map((authorization) => ({ op, what: authorization.slice(0, 40), statuses: statuses(op, authorization), ask: () => ask(op, { authorization, cookie: authorization === 'Bearer' ? '' : world.ada.cookie }) }))]));
		await refuseAll(known.filter((op) => op.method !== 'GET').flatMap((op) => ['http://evil.example', 'null', 'x'.repeat(4000)].map((origin) => ({
			op, what: origin.slice(0, 40), statuses: 403, ask: () => send(op, { body: op.body ? {} : undefined, more: { origin } }) }))));
	});
	test('floods of them: nginx refuses, and past it the worker answers', async () => {
		const flood = (n, size) => Array.from({ length: n }, (_, i) => `X-${i}: ${'a'.repeat(size)}\r\n`).join('');
		for (const headers_ of [flood(1000, 100), flood(10, 8100), `Cookie: ${'a'.repeat(40000)}\r\n`]) {
			const { status, body } = await raw(`GET /api/session HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers_}\r\n`);
			assert.ok([400, 431].includes(status), `${status}`);
			assert.equal(JSON.parse(body).status, status);
		}
		const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`HTTP_X_${i}`, 'a'.repeat(5)]));
		const answer = direct(world.stack, { REQUEST_METHOD: 'GET', REQUEST_URI: '/api/session', ...many });
		assert.deepEqual([answer.status, answer.body?.code], [401, 'unauthenticated']);
	});
	test('If-Match and If-None-Match that are no ETags, on each route that has one', async () => {
		const bad = ['x', '"', '""', 'W/', '"1"-', '"a","b"', '\u0080'.repeat(3), '"99999999999999999999-a"', '"-1-a"', 'a'.repeat(3000)];
		await refuseAll(routes.filter((op) => op.params.some((p) => p.name === 'If-Match')).flatMap((op) => bad.map((tag) => ({
			op, what: tag.slice(0, 30), statuses: [400, 412, 422], place: 'header.If-Match', ask: () => send(op, { body: op.body ? {} : undefined, more: { 'if-match': tag } }) }))));
		for (const tag of bad) assert.equal((await world.ada.get(world.at(''), { 'if-none-match': tag })).status, 200, tag);
	});
});

test('who names what there is not is told what there is', async () => {
	const said = async (method, path, body) => {
		const answer = (await world.ada.request(method, path, body, headers({ params: [] }))).body;
		return answer.errors ? answer.errors.map((e) => `${e.path} ${e.message}`).join() : answer.detail;
	};
	const agent = (kind, config) => said('POST', world.at('/agents'), { name: 'Nobody', kind, config });
	const models = /^\S+ There is no model `builtin\/ecko`; there are builtin\/echo, .* Did you mean `builtin\/echo`\?$/;
	assert.equal(await said('GET', '/nowhere'), 'There is nothing at this address. /api/docs says what there is.');
	assert.equal(await said('GET', world.at('/agents?q=a&lmit=3')), 'query.lmit is not a parameter of this route, which takes limit, cursor, q, archived');
	assert.match(await said('GET', '/health/live?x=1'), /^query\.x is not a parameter of this route, which takes none$/);
	assert.match(await agent('prompt', { model: 'builtin/ecko' }), models);
	assert.match(await said('POST', world.at(`/runs/${ids.missing}/retry`), { model: 'builtin/ecko' }), models);
	assert.equal(await agent('http', { base_url: 'https://x.test', system: 'Be brief.' }), '/config An agent of the kind http has no system; it has base_url, endpoint, headers');
	assert.equal(await agent('http', { base_url: 'https://{{input.host}}' }), '/config/base_url must be an address such as https://agents.example.org, without templates');
});
