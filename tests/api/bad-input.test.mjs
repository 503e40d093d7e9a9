// What strangers send: refused as a problem with code, status and place; nothing is stored, and no worker is lost.
import assert from 'node:assert/strict';
import net from 'node:net';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { misfits } from './lib/contract.mjs';
import { direct, ids, makeChain, startWorld, stored } from './lib/world.mjs';

let world;
let contract;
let chain;
let workers;
let before_;

before(async () => {
	world = await startWorld();
	contract = (await world.nobody.get('/openapi.json')).body;
	chain = await makeChain(world.ada);
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

/** The answer is a problem as the contract describes it, with this status and code, and names exactly these places. */
function refused(answer, status, code, places = []) {
	assert.equal(answer.status, status, JSON.stringify(answer.body));
	assert.equal(answer.headers.get('content-type').split(';')[0], 'application/problem+json');
	assert.deepEqual(misfits(contract, contract.components.schemas.Problem, answer.body), []);
	assert.equal(answer.body.code, code);
	assert.equal(answer.body.status, status);
	assert.equal(answer.body.request_id, answer.headers.get('x-request-id'));
	assert.deepEqual((answer.body.errors ?? []).map((e) => e.path).sort(), [...places].sort());
}

const good = { name: 'A', body: 'text' };
const post = (body, headers) => world.ada.post(world.at('/prompts'), body, headers);

describe('bodies that are no JSON', () => {
	const texts = {
		'nothing but a brace': '{',
		'two values': '{} {}',
		'a comma too many': '{"name":"A","body":"b",}',
		'a comment': '{"name":"A"/* */,"body":"b"}',
		'single quotes': "{'name':'A'}",
		'a number with a leading zero': '{"name":01}',
		'NaN': '{"name":NaN}',
		'a raw line end in a string': '{"name":"a\nb","body":"b"}',
		'\\u0000 in a string': '{"name":"a\\u0000b","body":"b"}',
		'\\u0000 in a key': '{"na\\u0000me":"a","body":"b"}',
		'a lone surrogate': '{"name":"\\ud800","body":"b"}',
		'equal keys': '{"name":"A","name":"B","body":"b"}',
		'equal keys, one escaped': '{"name":"A","n\\u0061me":"B","body":"b"}',
		'blanks only': '   ',
		'a byte order mark': '\ufeff{"name":"A","body":"b"}',
	};
	for (const [what, text] of Object.entries(texts)) {
		test(what, async () => refused(await post(text), 400, 'malformed'));
	}
	const bytes = {
		'a byte that is no UTF-8': [0xff],
		'an overlong form': [0xc0, 0xaf],
		'an encoded surrogate': [0xed, 0xa0, 0x80],
		'past the last character': [0xf4, 0x90, 0x80, 0x80],
		'half a character': [0xe2, 0x82],
		'a zero byte': [0x00],
	};
	for (const [what, list] of Object.entries(bytes)) {
		test(what, async () => {
			const body = Buffer.concat([Buffer.from('{"name":"'), Buffer.from(list), Buffer.from('","body":"b"}')]);
			refused(await post(body), 400, 'malformed');
		});
	}
	test('the place of the mistake is told', async () => {
		const answer = await post('{"name": "A",\n "body": tru}');
		assert.match(answer.body.detail, /^Line 2, column \d+: /);
	});
	test('no body at all', async () => refused(await post(undefined, { 'content-type': 'application/json' }), 400, 'malformed'));
});

describe('bodies that are too much', () => {
	for (const [what, text] of [['arrays', '['.repeat(100000)], ['arrays, closed', '['.repeat(100000) + ']'.repeat(100000)],
		['objects', '{"a":'.repeat(100000)]]) {
		test(`100,000 levels of ${what}`, async () => {
			const answer = await post(text);
			refused(answer, answer.status, answer.body.code);
			assert.ok([400, 422].includes(answer.status));
		});
	}
	test('more nodes than a request may have', async () => {
		const answer = await post(`{"name":"A","body":"b","x":[${'0,'.repeat(200000)}0]}`);
		refused(answer, answer.status, answer.body.code);
		assert.ok([400, 413, 422].includes(answer.status));
	});
	test('10 MB through nginx', async () => {
		const answer = await post(`{"name":"A","body":"${'x'.repeat(10 << 20)}"}`);
		refused(answer, 413, 'too_large');
	});
	test('10 MB past nginx, announced or not, and workers stay small', async () => {
		const params = {
			REQUEST_METHOD: 'POST', REQUEST_URI: `/api${world.at('/prompts')}`, CONTENT_TYPE: 'application/json', HTTP_COOKIE: world.ada.cookie,
		};
		const { readFileSync, writeFileSync } = await import('node:fs');
		const kib = (pid, what) => Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
		for (const pid of workers) writeFileSync(`/proc/${pid}/clear_refs`, '5'); // forgets the peak that signing in has left
		const small = workers.map((pid) => kib(pid, 'VmHWM'));
		const big = `{"name":"A","body":"${'x'.repeat(10 << 20)}"}`;
		for (let i = 0; i < 4; i++) {
			const answer = direct(world.stack, params, big);
			assert.deepEqual([answer.status, answer.body.code], [413, 'too_large']);
		}
		const grown = workers.map((pid, i) => kib(pid, 'VmHWM') - small[i]);
		assert.ok(Math.max(...grown) < 8000, `workers grew by ${grown} KiB`);
	});
	test('just under and just over 1 MiB', async () => {
		const over = await post(`{"name":"A","body":"${'x'.repeat((1 << 20) - 21)}"}`);
		refused(over, 413, 'too_large');
		const under = await post(`{"name":"A","body":"${'x'.repeat((1 << 20) - 22)}"}`);
		refused(under, 422, 'invalid', ['/body']);
	});
	test('a Content-Length that is none, or larger than what comes', () => {
		const params = { REQUEST_METHOD: 'POST', REQUEST_URI: `/api${world.at('/prompts')}`, CONTENT_TYPE: 'application/json', HTTP_COOKIE: world.ada.cookie };
		for (const CONTENT_LENGTH of ['-1', 'abc', '1e3', '99999999999999999999', '0x10', ' 5']) {
			const answer = direct(world.stack, { ...params, CONTENT_LENGTH }, '');
			assert.deepEqual([answer.status, answer.body?.code], [400, 'malformed'], CONTENT_LENGTH);
		}
	});
});

describe('bodies that are not what the route takes', () => {
	const bodies = [
		['not an object', [], ['']],
		['null', null, ['']],
		['a missing field', { name: 'A' }, ['/body']],
		['wrong types', { name: 5, body: ['x'] }, ['/name', '/body']],
		['an unknown field', { ...good, role: 'owner' }, ['/role']],
		['fields that are ours', { ...good, id: ids.missing, workspace_id: ids.elsewhere, created_by: ids.eve, version: 9 }, ['/id', '/workspace_id', '/created_by', '/version']],
		['a field named __proto__', '{"name":"A","body":"b","__proto__":{"x":1}}', ['/__proto__']],
		['an empty name', { ...good, name: '' }, ['/name']],
		['a name too long', { ...good, name: 'é'.repeat(101) }, ['/name']],
		['no such visibility', { ...good, visibility: 'everybody' }, ['/visibility']],
		['a body too long', { ...good, body: 'x'.repeat(200001) }, ['/body']],
		['a name that is null', { ...good, name: null }, ['/name']],
	];
	for (const [what, body, places] of bodies) {
		test(what, async () => refused(await post(body === null ? 'null' : body), 422, 'invalid', places));
	}
	const runs = [
		['a huge number', '{"workflow_id":"ID","version":1e400,"input":{"text":"x"}}', 422, ['/version']],
		['a number past all integers', '{"workflow_id":"ID","version":99999999999999999999999999,"input":{"text":"x"}}', 422, ['/version']],
		['a fraction', '{"workflow_id":"ID","version":1.5,"input":{"text":"x"}}', 422, ['/version']],
		['zero', '{"workflow_id":"ID","version":0,"input":{"text":"x"}}', 422, ['/version']],
		['an id that is none', '{"workflow_id":"1","input":{"text":"x"}}', 422, ['/workflow_id']],
		['an input that is no object', '{"workflow_id":"ID","input":[]}', 422, ['/input']],
		['a field of the run', '{"workflow_id":"ID","input":{"text":"x"},"status":"completed"}', 422, ['/status']],
	];
	for (const [what, text, status, places] of runs) {
		test(`a run with ${what}`, async () => {
			const answer = await world.ada.post(world.at('/runs'), text.replace('ID', chain.workflow.id));
			refused(answer, status, 'invalid', places);
		});
	}
	const retries = [
		['from nowhere we know', '{"from":"end"}', ['/from']],
		['from a step without a name', '{"from":{}}', ['/from/step']],
		['from a step that is a path', '{"from":{"step":"../x"}}', ['/from/step']],
		['from a step and more', '{"from":{"step":"extract","attempt":1}}', ['/from/attempt']],
		['on a version that is none', '{"version":"newest"}', ['/version']],
		['with a model that is none', '{"model":7}', ['/model']],
		['with models of no step', '{"models":{"*":"builtin/echo"}}', ['/models/*']],
		['with a field of the engine', '{"kept":{"extract":1}}', ['/kept']],
	];
	for (const [what, text, places] of retries) {
		test(`a retry ${what}`, async () => {
			refused(await world.ada.post(world.at(`/runs/${ids.missing}/retry`), text), 422, 'invalid', places);
		});
	}
	test('1,001 runs at once, or none', async () => {
		for (const inputs of [Array.from({ length: 1001 }, () => ({ text: 'x' })), []]) {
			refused(await world.ada.post(world.at('/runs:bulk'), { workflow_id: chain.workflow.id, inputs }), 422, 'invalid', ['/inputs']);
		}
	});
	test('a hundred mistakes are told as twenty', async () => {
		const answer = await post({ ...good, ...Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`x${i}`, 1])) });
		assert.deepEqual([answer.status, answer.body.errors.length], [422, 20]);
	});
	test('a template in a prompt that is never closed is a text, or told with its place', async () => {
		const answer = await post({ name: 'A', body: '{{unclosed' });
		if (answer.status === 201) {
			world.stack.sql(`delete from prompt where id = '${answer.body.id}'`);
		} else {
			refused(answer, 422, answer.body.code, ['/body']);
		}
	});
});

describe('addresses', () => {
	const wrongIds = ['1', 'null', 'undefined', '0', '%20', 'x'.repeat(500), ids.missing.slice(1), `${ids.missing}0`, `{${ids.missing}}`,
		ids.missing.replaceAll('-', ''), `${ids.missing}'--`];
	for (const id of wrongIds) {
		test(`the id ${id.slice(0, 50)}`, async () => {
			refused(await world.ada.get(world.at(`/runs/${encodeURIComponent(decodeURIComponent(id))}`)), 400, 'malformed', ['path.run_id']);
			refused(await world.ada.get(`/workspaces/${encodeURIComponent(decodeURIComponent(id))}/runs`), 400, 'malformed', ['path.workspace_id']);
		});
	}
	test('an id in capitals is the same id', async () => {
		const { status } = await world.ada.get(`/workspaces/${ids.home.toUpperCase()}/prompts`);
		assert.equal(status, 200);
	});
	test('nothing is there', async () => {
		for (const path of ['/', '/nothing', '/workspace', '/session/', '//session', `/workspaces/${ids.home}/nothing`, `/workspaces/${ids.home}/runs/`,
			'/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p/q/r/s/t/u/v/w/x/y/z']) {
			refused(await world.ada.get(path), 404, 'not_found');
		}
	});
	/** As raw bytes: clients would tidy them up. */
	const raw = (target) => new Promise((resolve, reject) => {
		const socket = net.connect(world.stack.port, '127.0.0.1', () =>
			socket.write(`GET ${target} HTTP/1.0\r\nHost: x\r\nCookie: ${world.ada.cookie}\r\n\r\n`));
		let text = '';
		socket.on('data', (d) => { text += d; });
		socket.on('end', () => resolve(Number(/^HTTP\/1\.\d (\d+)/.exec(text)?.[1])));
		socket.on('error', reject);
	});
	test('bad escapes, zero bytes, and what is no UTF-8', async () => {
		for (const tail of ['/session%', '/session%4', '/session%zz', '/session%00', '/%ff', '/session?x=%', '/session?%00=1', '/session?x=%ff', '/a%2fb']) {
			assert.equal(await raw(`/api${tail}`), tail === '/a%2fb' ? 404 : 400, tail);
		}
	});
	test('an address longer than nginx takes', async () => {
		assert.ok([400, 414].includes(await raw(`/api/${'x'.repeat(9000)}`)));
	});
	test('an address longer than we take, past nginx', () => {
		const answer = direct(world.stack, { REQUEST_METHOD: 'GET', REQUEST_URI: `/api/${'x'.repeat(9000)}` });
		assert.deepEqual([answer.status, answer.body.code], [400, 'malformed']);
	});
	test('requests without an address or a method', () => {
		assert.equal(direct(world.stack, { REQUEST_METHOD: 'GET' }).status, 400);
		assert.equal(direct(world.stack, { REQUEST_URI: '/api/health' }).status, 405);
		assert.equal(direct(world.stack, { REQUEST_METHOD: 'GET', REQUEST_URI: 'api/health' }).status, 400);
	});
});

describe('parameters', () => {
	const cases = [
		['limit=0', 422, 'invalid', ['query.limit']],
		['limit=101', 422, 'invalid', ['query.limit']],
		['limit=-1', 422, 'invalid', ['query.limit']],
		['limit=ten', 422, 'invalid', ['query.limit']],
		['limit=', 422, 'invalid', ['query.limit']],
		['limit=1.5', 422, 'invalid', ['query.limit']],
		['limit=1e1', 422, 'invalid', ['query.limit']],
		['limit=0x10', 422, 'invalid', ['query.limit']],
		['limit=+1', 422, 'invalid', ['query.limit']],
		['limit=%201', 422, 'invalid', ['query.limit']],
		['limit=99999999999999999999', 422, 'invalid', ['query.limit']],
		['limit=1&limit=1', 400, 'malformed', ['query.limit']],
		['limit[]=1', 422, 'invalid', ['query.limit[]']],
		['nothing=1', 422, 'invalid', ['query.nothing']],
		['workspace_id=x', 422, 'invalid', ['query.workspace_id']],
		['limit=0&nothing=1', 422, 'invalid', ['query.limit', 'query.nothing']],
		['status=done', 422, 'invalid', ['query.status']],
		['status=pending,', 422, 'invalid', ['query.status']],
		["status=pending');--", 422, 'invalid', ['query.status']],
		['workflow_id=1', 422, 'invalid', ['query.workflow_id']],
		['cursor=', 422, 'invalid', ['query.cursor']],
		['=1', 400, 'malformed', []],
		['cursor=x', 400, 'malformed', ['query.cursor']],
		['cursor=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA', 400, 'malformed', ['query.cursor']],
		['cursor=%F0%9F%98%80', 400, 'malformed', ['query.cursor']],
		[`cursor=${'A'.repeat(201)}`, 422, 'invalid', ['query.cursor']],
	];
	for (const [query, status, code, places] of cases) {
		test(query.slice(0, 60), async () => refused(await world.ada.get(world.at(`/runs?${query}`)), status, code, places));
	}
	test('a cursor that was changed by a letter, or cut', async () => {
		const first = (await world.ada.get(world.at('/prompts?limit=1'))).body.next_cursor;
		const letter = (c) => (c === 'A' ? 'B' : 'A');
		for (let i = 0; i < first.length; i += 3) {
			const bent = first.slice(0, i) + letter(first[i]) + first.slice(i + 1);
			refused(await world.ada.get(world.at(`/prompts?cursor=${bent}`)), 400, 'malformed', ['query.cursor']);
		}
		refused(await world.ada.get(world.at(`/prompts?cursor=${first.slice(0, -1)}`)), 400, 'malformed', ['query.cursor']);
	});
	test('a cursor of another list, or of this one with other filters', async () => {
		const cursor = async (path) => (await world.ada.get(world.at(path))).body.next_cursor;
		const prompts = await cursor('/prompts?limit=1');
		const found = await cursor('/prompts?limit=1&q=a');
		assert.equal((await world.ada.get(world.at(`/prompts?limit=2&cursor=${prompts}`))).status, 200, 'pages may have another length');
		assert.equal((await world.ada.get(world.at(`/prompts?q=a&cursor=${found}`))).status, 200);
		for (const path of ['/workflows?', '/runs?', `/runs/${ids.missing}/step-runs?`, `/runs/${ids.missing}/checkpoints?`,
			`/prompts/${chain.prompts[0].id}/versions?`, '/prompts?q=b&', '/prompts?q=a&']) {
			refused(await world.ada.get(world.at(`${path}cursor=${prompts}`)), 422, 'invalid', ['query.cursor']);
		}
		refused(await world.ada.get(world.at(`/prompts?cursor=${found}`)), 422, 'invalid', ['query.cursor']);
		refused(await world.eve.get(world.at(`/prompts?cursor=${prompts}`, ids.elsewhere)), 422, 'invalid', ['query.cursor']);
		refused(await world.ada.post(world.at('/runs:cancel'), { filter: { workflow_id: ids.missing }, cursor: prompts }), 422, 'invalid', ['/cursor']);
	});
	test('words that look like SQL or patterns are words', async () => {
		for (const q of ["'; drop table prompt; --", '%', '_', '\\', '100%', '(', '[', '*', '"', '🙂', 'a'.repeat(200)]) {
			const { status, body } = await world.ada.get(world.at(`/prompts?q=${encodeURIComponent(q)}`));
			assert.deepEqual([status, body.data.length], [200, 0], q);
		}
	});
	test('an Idempotency-Key that is empty or too long', async () => {
		refused(await post(good, { 'idempotency-key': 'k'.repeat(256) }), 422, 'invalid', ['header.Idempotency-Key']);
		refused(await post(good, { 'idempotency-key': '' }), 422, 'invalid', ['header.Idempotency-Key']);
	});
});

describe('methods and content types', () => {
	for (const method of ['PUT', 'PATCH', 'DELETE']) {
		test(`${method} where it is not taken`, async () => {
			const answer = await world.ada.request(method, world.at('/prompts'));
			refused(answer, 405, 'method_not_allowed');
			assert.equal(answer.headers.get('allow'), 'GET, HEAD, POST, OPTIONS');
		});
	}
	test('methods that nobody knows', () => {
		for (const REQUEST_METHOD of ['BREW', 'get', 'TRACE', 'CONNECT', 'X'.repeat(300)]) {
			const answer = direct(world.stack, { REQUEST_METHOD, REQUEST_URI: '/api/health' });
			assert.deepEqual([answer.status, answer.body.code], [405, 'method_not_allowed'], REQUEST_METHOD);
			assert.match(answer.head, /^Allow: GET, HEAD, OPTIONS\r?$/m);
		}
	});
	test('OPTIONS tells the methods', async () => {
		const answer = await world.nobody.request('OPTIONS', '/session');
		assert.deepEqual([answer.status, answer.headers.get('allow'), answer.body], [204, 'GET, HEAD, POST, DELETE, OPTIONS', '']);
	});
	test('HEAD is GET without a body', async () => {
		const answer = await world.ada.request('HEAD', world.at('/prompts'));
		assert.deepEqual([answer.status, answer.body], [200, '']);
	});
	for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/json; charset=latin1',
		'application/jsonp', 'application/json, text/plain', '']) {
		test(`a body that says it is ${type || 'nothing'}`, async () => {
			refused(await post(Buffer.from(JSON.stringify(good)), { 'content-type': type }), 415, 'unsupported_media_type');
		});
	}
	test('an Accept header without JSON', async () => {
		refused(await world.ada.get(world.at('/prompts'), { accept: 'text/html' }), 406, 'not_acceptable');
		refused(await world.ada.get(world.at('/prompts'), { accept: 'application/json;q=0' }), 406, 'not_acceptable');
		for (const accept of ['*/*', 'application/*', 'text/html, application/json;q=0.5', 'APPLICATION/JSON']) {
			assert.equal((await world.ada.get(world.at('/prompts'), { accept })).status, 200, accept);
		}
	});
	test('a body on GET is not looked at', () => {
		const answer = direct(world.stack, { REQUEST_METHOD: 'GET', REQUEST_URI: '/api/health' }, '{'.repeat(100000));
		assert.equal(answer.status, 200);
	});
});

describe('what is no FastCGI', () => {
	const record = (type, content, id = 1) => Buffer.concat([Buffer.from([1, type, 0, id, content.length >> 8, content.length & 255, 0, 0]), content]);
	const begin = record(1, Buffer.from([0, 1, 0, 0, 0, 0, 0, 0]));
	const cases = {
		'nothing': Buffer.alloc(0),
		'text': Buffer.from('GET / HTTP/1.1\r\n\r\n'),
		'zeroes': Buffer.alloc(5000),
		'ones': Buffer.alloc(5000, 255),
		'half a record': begin.subarray(0, 5),
		'a request that breaks off': begin,
		'another version': Buffer.concat([Buffer.from([9]), begin.subarray(1)]),
		'parameters whose lengths lie': Buffer.concat([begin, record(4, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 65])), record(4, Buffer.alloc(0))]),
		'a parameter longer than its record': Buffer.concat([begin, record(4, Buffer.from([5, 200, 65, 66])), record(4, Buffer.alloc(0)), record(5, Buffer.alloc(0))]),
		'parameters without an end': Buffer.concat([begin, ...Array.from({ length: 50 }, () => record(4, Buffer.alloc(65000, 1)))]),
		'input before parameters': Buffer.concat([begin, record(5, Buffer.from('x'))]),
		'a role that nobody has': record(1, Buffer.from([0, 9, 0, 0, 0, 0, 0, 0])),
		'management records': record(9, Buffer.from('\x0e\x00FCGI_MAX_CONNS'), 0),
		'an abort': Buffer.concat([begin, record(2, Buffer.alloc(0))]),
	};
	for (const [what, bytes] of Object.entries(cases)) {
		test(what, async () => {
			await Promise.all(Array.from({ length: 6 }, () => new Promise((resolve) => {
				const socket = net.connect(`${world.stack.dir}/run/api.sock`, () => socket.end(bytes));
				socket.on('error', resolve);
				socket.on('close', resolve);
				socket.resume();
			})));
			for (let i = 0; i < 4; i++) assert.equal((await world.nobody.get('/health')).status, 200);
		});
	}
});

describe('cookies', () => {
	const token = () => world.ada.cookie.split('=')[1];
	const wrong = {
		'no cookie': () => '',
		'an empty token': () => '__Host-stepmill=',
		'the word null': () => '__Host-stepmill=null',
		'a token too short': () => `__Host-stepmill=${token().slice(1)}`,
		'a token too long': () => `__Host-stepmill=${token()}A`,
		'a token in quotes': () => `__Host-stepmill="${token()}"`,
		'letters that no token has': () => `__Host-stepmill=${'$'.repeat(43)}`,
		'a token nobody has': () => `__Host-stepmill=${'A'.repeat(43)}`,
		'the cookie without its prefix': () => `stepmill=${token()}`,
		'the name in capitals': () => `__HOST-STEPMILL=${token()}`,
		'two different tokens': () => `__Host-stepmill=${'A'.repeat(43)}; __Host-stepmill=${token()}`,
		'10,000 bytes of cookies': () => `${'a=b; '.repeat(1200)}`,
	};
	for (const [what, cookie] of Object.entries(wrong)) {
		test(what, async () => {
			const answer = await world.nobody.get(world.at('/prompts'), cookie() ? { cookie: cookie() } : {});
			refused(answer, 401, 'unauthenticated');
		});
	}
	test('other cookies do not matter', async () => {
		const answer = await world.nobody.get(world.at('/prompts'), { cookie: `a; =; b=c;; ${world.ada.cookie} ; x="y"` });
		assert.equal(answer.status, 200);
	});
});
