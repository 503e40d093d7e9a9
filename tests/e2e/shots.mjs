// Pictures of every page in every state, light, dark and on the phone, for a person to look at (the twenty questions of the design):
//
//	node tests/e2e/shots.mjs [words of a name …]     writes to tests/e2e/shots/
//
// States that a healthy server does not show are made by answering in its place.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from './browser.mjs';
import { textIn, write } from './editor.mjs';
import { seedSettings, settingsShots } from './settings-shots.mjs';

const out = path.join(path.dirname(fileURLToPath(import.meta.url)), 'shots');
fs.mkdirSync(out, { recursive: true });
const wanted = process.argv.slice(2);
const LOOKS = [
	['light', {}],
	['dark', { dark: true }],
	['phone', { width: 375 }],
	['phone-dark', { width: 375, dark: true }],
];

const problem = {
	status: 503,
	contentType: 'application/problem+json',
	body: JSON.stringify({
		type: 'about:blank',
		title: 'Unavailable',
		status: 503,
		code: 'unavailable',
		detail: 'The database does not answer. It may be restarting. Try again in a moment.',
		request_id: '8df123b9a4d07dfbefa95ece50a59393',
		retryable: false,
	}),
};
const answers = (pattern, answer) => (page) => page.route(pattern, (route) => (route.request().method() === 'GET' ? route.fulfill(answer) : route.fallback()));
const never = (pattern) => (page) => page.route(pattern, (route) => (route.request().method() === 'GET' ? undefined : route.fallback()));
const none = { json: { data: [], next_cursor: null } };
const list = (noun) => new RegExp(`/api/workspaces/[^/]+/${noun}(\\?|$)`);
const one = (noun) => new RegExp(`/api/workspaces/[^/]+/${noun}/[^/]+$`);

const LONG = 'Everything that was said about the launch of the new import, gathered, condensed, and sent on';
const STEPS = ['Collect everything that was said about the launch in the last four weeks', 'Condense', 'Send it to whom it concerns'];

async function seed(e2e) {
	const demo = await e2e.workflow('Extract → Summarise → Actions');
	const text = (await e2e.api.get(`/workspaces/${e2e.api.workspace}/workflows/${demo.id}`)).body.definition.input.properties.text.default;
	const instant = await e2e.workflow('Instant chain');
	for (let i = 0; i < 12; i++) await e2e.run(instant, { text: `Number ${i}. Ada writes. Lin answers.` });
	const priced = await e2e.chain('Enrich contacts', [
		{ name: 'Look up', options: { price: [3, 15], tokens: [1200, 400], delay_ms: 300 } },
		{ name: 'Weigh', options: { price: [30, 150], tokens: [12000, 4000], delay_ms: 900 } },
		{ name: 'Write', options: { price: [10, 50], tokens: [1234567, 2000], delay_ms: 400 } },
	]);
	const refuses = await e2e.chain(LONG, [{ name: STEPS[0] }, { name: STEPS[1], options: { fail: 'refused', delay_ms: 700 } }, { name: STEPS[2] }]);
	const breaks = await e2e.chain('Nightly sync', [{ name: 'Fetch' }, { name: 'Write down', options: { fail: 'broken_stream', stream_ms: 5 } }]);
	const waits = await e2e.chain('Weekly digest', [{ name: 'Collect' }, { name: 'Waits for long', options: { delay_ms: 600000 } }, { name: 'Send' }]);
	const many = await e2e.chain('Thirty steps', Array.from({ length: 30 }, (_, index) => ({ name: `Step ${index + 1} of thirty`, options: { delay_ms: 20 } })));
	const runs = {
		priced: await e2e.run(priced),
		failed: await e2e.run(refuses, { text: 'A sentence that is refused. '.repeat(8) }),
		broken: await e2e.run(breaks, { text: 'It writes this much and then it breaks off in the middle of a sentence that nobody will ever read.' }),
		cancelled: await e2e.run(waits),
		many: await e2e.run(many),
		done: await e2e.run(demo, { text }),
	};
	await Promise.all(['priced', 'failed', 'broken', 'many', 'done'].map((name) => e2e.ended(runs[name])));
	await e2e.post(`/runs/${runs.cancelled.id}/cancel`);
	await e2e.ended(runs.cancelled);
	runs.running = await e2e.run(waits, { text: 'This one goes on.' });
	const slow = await e2e.chain('Slow writer', [{ name: 'Collect' }, { name: 'Writes and writes', options: { stream_ms: 1500 } }, { name: 'Send' }]);
	runs.streaming = await e2e.run(slow, { text: 'A few words that are written slowly, one after the other, so that a picture can be taken of them while they come. '.repeat(6) });
	return { demo, refuses, runs, invitation: await seedSettings(e2e), made: await seedMade(e2e) };
}

const CODE = `import { defineWorkflow } from "stepmill";

// ${LONG}
export default defineWorkflow({
  name: "Typed",
  async execute(ctx) {
    const said = await ctx.step("said", { fn: () => ({ n: ctx.args.text.length, text: "{{not.a.template}}" }) });
    await ctx.step("look", { type: "approval", input: { text: said.data.text } });
    if (said.data.n > 3) throw new Error("too long");
    return said.data;
  },
});
`;

/** Agents, a workflow of every kind of step with versions, and runs of one that is code. */
async function seedMade(e2e) {
	const agent = await e2e.post('/agents', { name: 'Critic', description: LONG, kind: 'prompt', config: { system: 'You judge texts. Say what is missing.', model: 'builtin/echo' } });
	await e2e.post('/agents', { name: 'Search service', kind: 'http', config: { base_url: 'https://search.example', endpoint: '/find', headers: { Accept: 'application/json' } } });
	const ask = { key: 'ask', name: 'Ask the critic', kind: 'agent', agent: agent.id, input: { prompt: '{{input.text}}' }, output: 'verdict', retry: { max_attempts: 3 } };
	const steps = (seconds, more = []) => [
		{ key: 'about', name: 'About', kind: 'note', text: '# What it is for\n\n' + LONG },
		{ ...ask, timeout_seconds: seconds },
		{ key: 'each', name: 'Each word', kind: 'loop', items: '{{steps.ask.output.split(" ")}}', steps: [{ key: 'word', name: 'Word', kind: 'transform', value: '{{loop.item}}' }] },
		...more,
	];
	const flow = await e2e.post('/workflows', { name: 'Judged and counted', description: LONG, visibility: 'workspace', definition: { type: 'flow', limits: { seconds: 600, steps: 200 }, steps: steps(30) } });
	await e2e.api.request('PATCH', `/workspaces/${e2e.api.workspace}/workflows/${flow.id}`, {
		definition: { type: 'flow', limits: { seconds: 900, steps: 200 }, steps: steps(60, [{ key: 'done', name: 'Tell', kind: 'http', method: 'POST', url: 'https://hooks.example/done', body: { words: '{{steps.each.output}}' } }]) },
		message: 'Tells when it is done',
	}, { 'if-match': '*' });
	const coded = await e2e.post('/workflows', { name: 'Typed', visibility: 'workspace', source: CODE });
	const [going, threw] = [await e2e.run(coded, { text: 'abc' }), await e2e.post('/workflows', { name: 'Thrown', visibility: 'workspace', source: CODE.replace(/ {4}await.*\n/, '') }).then((one) => e2e.run(one, { text: 'a long text' }))];
	await e2e.ended(threw);
	return { agent, flow, coded, going, threw };
}
const NO_MADE = { agent: {}, flow: {}, coded: {}, going: {}, threw: {} };

/** Agents, the text of a workflow, its versions, and runs in their text. */
function madeShots(e2e, { agent, flow, coded, going, threw }) {
	const edit = (workflow, rest = '') => e2e.at(`/workflows/${workflow.id}/edit${rest}`);
	const source = (page) => page.getByRole('textbox', { name: 'Source of the workflow' });
	const clear = (page) => page.getByText('Nothing is wrong with it.').waitFor();
	const select = (name) => async (page) => {
		await page.getByRole('heading', { level: 3, name }).click();
		await page.getByText('More settings').click();
	};
	return [
		['agents', { url: e2e.at('/agents') }],
		['agents-empty', { url: e2e.at('/agents'), before: answers(list('agents'), none) }],
		['agents-loading', { url: e2e.at('/agents'), before: never(list('agents')), wait: 900 }],
		['agents-error', { url: e2e.at('/agents'), before: answers(list('agents'), problem) }],
		['agent', { url: e2e.at(`/agents/${agent.id}`) }],
		['agent-new-problems', { url: e2e.at('/agents/new'), then: (page) => page.keyboard.press('Control+s') }],
		['builder-kinds', { url: edit(flow), then: select('Ask the critic') }],
		['builder-http', { url: edit(flow), then: select('Tell') }],
		['builder-settings', { url: edit(flow), then: async (page) => {
			await page.getByRole('heading', { name: 'Settings' }).click();
			await page.getByLabel(/^Step runs at most/).fill('none');
			await page.keyboard.press('Control+s');
			await page.getByRole('alert').waitFor();
		} }],
		['source', { url: edit(flow, '?view=source&step=each'), then: clear }],
		['source-code', { url: edit(coded, '?view=source'), then: clear }],
		['source-find', { url: edit(coded, '?view=source'), then: async (page) => {
			await clear(page);
			await page.getByRole('button', { name: /^Find/ }).click();
			await page.keyboard.type('ctx');
		} }],
		['source-mistakes', { url: edit(flow, '?view=source'), then: async (page) => {
			await clear(page);
			await write(source(page), (await textIn(source(page))).replace('steps.ask.output', 'steps.aks.output').replace('kind: loop', 'kind: lop'));
			const found = page.getByRole('region', { name: 'What was found' }).getByRole('button').first();
			await found.click();
			await page.locator('.cm-tooltip').waitFor();
		} }],
		['versions', { url: e2e.at(`/workflows/${flow.id}/versions?version=2`) }],
		['versions-first', { url: e2e.at(`/workflows/${flow.id}/versions?version=1`) }],
		['run-source-going', { url: e2e.at(`/runs/${going.id}?view=source`), then: (page) => page.locator('.cm-note').first().waitFor({ state: 'attached' }) }],
		['run-source-threw', { url: e2e.at(`/runs/${threw.id}?view=source`), then: (page) => page.locator('.cm-found-serious').first().waitFor({ state: 'attached' }) }],
	];
}

const RUNS = ['priced', 'failed', 'broken', 'cancelled', 'many', 'done', 'running', 'streaming'];
const NOT_SEEDED = { demo: {}, refuses: {}, invitation: {}, made: NO_MADE, runs: Object.fromEntries(RUNS.map((name) => [name, {}])) };

async function addSteps(page, names) {
	const add = page.getByRole('combobox', { name: 'Add step' });
	for (const name of names) {
		await add.fill(name);
		await page.getByRole('option', { name }).first().click();
	}
}

const signUpIs = (open, first) => answers('**/api/sign-up', { json: { open, first } });

/** What is seen without being signed in. */
function outside(e2e) {
	const there = (where, more = {}) => ({ url: `${e2e.stack.url}${where}`, signedIn: false, ...more });
	const press = (name) => (page) => page.getByRole('button', { name }).click();
	return [
		['sign-in', there('/sign-in')],
		['sign-in-wrong', there('/sign-in', { then: async (page) => {
			await page.getByLabel('E-mail').fill('ada@example.com');
			await page.getByLabel('Password', { exact: true }).fill('not this');
			await press('Sign in')(page);
			await page.getByText('do not match').waitFor();
		} })],
		['sign-in-code', there('/sign-in', { before: (page) => page.route('**/api/session', (route) => route.fulfill({ status: 401, contentType: 'application/problem+json', json: { type: 't', title: 't', status: 401, code: 'second_factor', detail: 'd', request_id: 'r', retryable: false } })), then: async (page) => {
			await page.getByLabel('E-mail').fill('ada@example.com');
			await page.getByLabel('Password', { exact: true }).fill('any');
			await press('Sign in')(page);
			await page.getByLabel('Code', { exact: true }).waitFor();
		} })],
		['sign-in-providers', there('/sign-in?problem=account_exists', { before: answers('**/api/sign-in-providers', { json: { data: [
			{ id: '01900000-0000-7000-8000-0000000000aa', name: 'Acme SSO' }, { id: '01900000-0000-7000-8000-0000000000ab', name: 'The Federation of Allied Research Institutes' },
		] } }) })],
		['sign-up', there('/sign-up')],
		['sign-up-first', there('/sign-up', { before: signUpIs(true, true) })],
		['sign-up-closed', there('/sign-up', { before: signUpIs(false, false) })],
		['sign-up-problems', there('/sign-up', { then: press('Create account') })],
		['sign-up-loading', there('/sign-up', { before: never('**/api/sign-up'), wait: 900 })],
		['sign-up-error', there('/sign-up', { before: answers('**/api/sign-up', problem) })],
		['reset-none', there('/reset-password')],
		['reset', there('/reset-password#some-link')],
		['reset-used', there('/reset-password?#some-link', { then: async (page) => {
			await page.getByLabel('New password', { exact: true }).fill('five loud mountains');
			await press('Set password')(page);
			await page.getByText('This link was used').waitFor();
		} })],
	];
}

/** What administrators see of the providers that people sign in by. */
function administration(e2e) {
	const there = (where, more = {}) => ({ url: `${e2e.stack.url}/admin/${where}`, ...more });
	const provider = (number, more) => ({
		id: `01900000-0000-7000-8000-0000000000a${number}`, name: 'Acme SSO', issuer: 'https://accounts.acme.example', client_id: 'stepmill', enabled: true,
		create_accounts: true, link_accounts: false, created_at: '2026-01-02T03:04:05.000Z', callback: `/api/sign-in-providers/01900000-0000-7000-8000-0000000000a${number}/callback`, people: 214,
		rules: [{ email_domain: 'acme.example', workspace_id: e2e.api.workspace, role: 'member' }, { claim: 'groups', value: 'operators', workspace_id: '01900000-0000-7000-8000-00000000dead', role: 'admin' }], ...more,
	});
	const providers = { json: { data: [provider(0, {}), provider(1, { name: 'The Federation of Allied Research Institutes of the North', issuer: 'https://login.a-very-long-name-of-a-provider.example/realms/everybody', enabled: false, people: 0, rules: [] })] } };
	const person = (number, more) => ({ id: `01900000-0000-7000-8000-0000000000b${number}`, email: `p${number}@example.com`, name: 'P', admin: false, second_factor: false, created_at: '2026-01-02T03:04:05.000Z', disabled_at: null, last_seen_at: '2026-11-02T03:04:05.000Z', workspaces: 1, ...more });
	const pattern = '**/api/installation/sign-in-providers';
	return [
		['admin-people', there('people', { before: answers(/\/api\/users(\?|$)/, { json: { next_cursor: 'more', data: [
			person(0, { name: 'Ada Byron', email: 'ada@example.com', admin: true, second_factor: true }), person(1, { name: 'Maximiliane Theodora von und zu Hohenstein-Schwarzenfels', email: 'maximiliane.theodora.von.und.zu.hohenstein@a-long-domain.example', workspaces: 214 }),
			person(2, { name: 'Sam Ode', disabled_at: '2026-03-02T03:04:05.000Z', last_seen_at: null }), person(3, { name: 'Lin Chen' }),
		] } }) })],
		['admin-people-menu', there('people', { then: async (page) => {
			await page.getByRole('button', { name: /^Actions of/ }).first().click();
			await page.getByRole('menu').waitFor();
		} })],
		['admin-people-none', there('people?q=nobody')],
		['admin-people-loading', there('people', { before: never(/\/api\/users(\?|$)/), wait: 900 })],
		['admin-people-error', there('people', { before: answers(/\/api\/users(\?|$)/, problem) })],
		['admin-activity', there('activity')],
		['admin-activity-none', there('activity?event=email.changed')],
		['admin-providers', there('providers', { before: answers(pattern, providers) })],
		['admin-providers-empty', there('providers')],
		['admin-providers-loading', there('providers', { before: never(pattern), wait: 900 })],
		['admin-providers-error', there('providers', { before: answers(pattern, problem) })],
		['admin-provider', there(`providers?provider=${provider(0).id}`, { before: answers(pattern, providers) })],
		['admin-provider-rules', there(`providers?provider=${provider(0).id}`, { before: answers(pattern, providers), then: (page) => page.getByRole('button', { name: 'Add rule' }).scrollIntoViewIfNeeded() })],
		['admin-provider-problems', there('providers?provider=new', { then: (page) => page.getByRole('button', { name: /^Save/ }).click() })],
		['admin-provider-delete', there(`providers?provider=${provider(0).id}`, { before: answers(pattern, providers), then: (page) => page.getByRole('button', { name: 'Delete…' }).click() })],
		['admin-provider-gone', there('providers?provider=gone')],
	];
}

/** One's own account. */
function account(e2e) {
	const there = (where, more = {}) => ({ url: `${e2e.stack.url}/account/${where}`, ...more });
	const ago = (minutes) => new Date(Date.now() - minutes * 60000).toISOString();
	const session = (number, more) => ({
		id: `01900000-0000-7000-8000-00000000000${number}`, created_at: ago(600 * number), last_seen_at: ago(90 * number), expires_at: ago(-28 * 24 * 60),
		address: `203.0.113.${number}`, agent: 'Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0', current: false, ...more,
	});
	const sessions = { json: { data: [
		session(0, { current: true }),
		session(1, { agent: 'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148 Safari/604.1' }),
		session(2, { agent: 'curl/7.88.1', address: '2001:db8:85a3:8d3:1319:8a2e:370:7348' }),
		session(9, { agent: 'our-own-synchronisation-with-a-long-name/2.0' }),
	] } };
	const token = (number, more) => ({
		id: `01900000-0000-7000-8000-00000000001${number}`, name: 'Nightly import', scopes: ['read', 'runs:write'], workspace_id: null,
		created_at: ago(9000), expires_at: ago(-60 * 24 * 60), last_used_at: ago(3), ...more,
	});
	const tokens = { json: { data: [
		token(0, {}),
		token(1, { name: 'Everything that was ever asked for by the people of the second floor, and more', scopes: ['read', 'runs:write', 'workflows:write', 'admin'], expires_at: null, last_used_at: null }),
		token(2, { name: 'Ends soon', expires_at: ago(-3 * 24 * 60), workspace_id: e2e.api.workspace }),
		token(3, { name: 'Gone', expires_at: ago(4000), last_used_at: ago(5000), scopes: ['read'] }),
	] } };
	const FACTOR = { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Stepmill:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Stepmill&algorithm=SHA1&digits=6&period=30' };
	const codes = Array.from({ length: 10 }, (_, index) => `ABCD-EFGH-IJKL-${2222 + index}`);
	const factorAnswers = (page) => Promise.all([
		page.route('**/api/account/second-factor', (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 201, json: FACTOR }) : route.fallback())),
		page.route('**/api/account/second-factor/confirm', (route) => route.fulfill({ json: { recovery_codes: codes } })),
	]);
	const scan = async (page) => {
		await page.getByRole('button', { name: 'Set up' }).click();
		await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill('any');
		await page.keyboard.press('Enter');
		await page.getByRole('img', { name: /^The key as a picture/ }).waitFor();
	};
	const openForm = (page) => page.getByRole('button', { name: /^New token/ }).click();
	return [
		['account-profile', there('profile')],
		['account-profile-loading', there('profile', { before: never('**/api/account'), wait: 900 })],
		['account-profile-error', there('profile', { before: answers('**/api/account', problem) })],
		['account-profile-problems', there('profile', { then: (page) => page.getByRole('button', { name: 'Change password' }).click() })],
		['account-profile-providers', there('profile', { before: async (page) => {
			const ways = [{ id: '01900000-0000-7000-8000-0000000000aa', name: 'Acme SSO' }, { id: '01900000-0000-7000-8000-0000000000ab', name: 'Labs' }];
			await answers('**/api/sign-in-providers', { json: { data: ways } })(page);
			await answers('**/api/account/identities', { json: { data: [{ provider: ways[0], created_at: ago(9000), last_used_at: ago(30) }] } })(page);
		}, then: (page) => page.getByText('Other ways to sign in').scrollIntoViewIfNeeded() })],
		...administration(e2e),
		['admin-sign-in', { url: `${e2e.stack.url}/admin/sign-in` }],
		['admin-sign-in-error', { url: `${e2e.stack.url}/admin/sign-in`, before: answers('**/api/installation', problem) }],
		['account-factor-off', there('second-factor')],
		['account-factor-scan', there('second-factor', { before: factorAnswers, then: scan })],
		['account-factor-codes', there('second-factor', { before: factorAnswers, then: async (page) => {
			await scan(page);
			await page.getByLabel('Code', { exact: true }).fill('123456');
			await page.keyboard.press('Enter');
			await page.getByRole('dialog', { name: 'Recovery codes' }).waitFor();
		} })],
		['account-factor-on', there('second-factor', { before: answers('**/api/account/second-factor', { json: { enabled_at: ago(90000), recovery_codes_left: 2 } }) })],
		['account-factor-turn-off', there('second-factor', { before: answers('**/api/account/second-factor', { json: { enabled_at: ago(90000), recovery_codes_left: 9 } }), then: async (page) => {
			await page.getByRole('button', { name: 'Turn off…' }).click();
			await page.getByRole('dialog').getByRole('button', { name: 'Turn off', exact: true }).click();
		} })],
		['account-sessions', there('sessions', { before: answers('**/api/account/sessions', sessions) })],
		['account-sessions-ask', there('sessions', { before: answers('**/api/account/sessions', sessions), then: (page) => page.getByRole('button', { name: 'End all others' }).click() })],
		['account-activity', there('activity')],
		['account-tokens', there('tokens', { before: answers('**/api/account/tokens', tokens) })],
		['account-tokens-empty', there('tokens')],
		['account-tokens-loading', there('tokens', { before: never('**/api/account/tokens'), wait: 900 })],
		['account-tokens-error', there('tokens', { before: answers('**/api/account/tokens', problem) })],
		['account-token-new', there('tokens', { then: openForm })],
		['account-token-problems', there('tokens', { then: async (page) => {
			await openForm(page);
			await page.getByRole('checkbox', { name: /^Read/ }).click();
			await page.getByRole('button', { name: 'Make token' }).click();
		} })],
		['account-token-made', there('tokens', { before: (page) => page.route('**/api/account/tokens', (route) => (route.request().method() === 'POST'
			? route.fulfill({ status: 201, json: { ...token(0, {}), token: `sm_${'0123456789abcdefghijklmnopqrstuvwxyzABCDEFG'}` } }) : route.fallback())), then: async (page) => {
			await openForm(page);
			await page.getByLabel('Name', { exact: true }).fill('Nightly import');
			await page.getByRole('button', { name: 'Make token' }).click();
			await page.getByText('cannot be shown again').waitFor();
		} })],
		['account-token-revoke', there('tokens', { before: answers('**/api/account/tokens', tokens), then: (page) => page.getByRole('button', { name: 'Revoke Nightly import' }).click() })],
	];
}

function shotsOf(e2e, { demo, refuses, runs, invitation, made }) {
	const run = (which, rest = '') => `/runs/${runs[which].id}${rest}`;
	return [
		...outside(e2e),
		...account(e2e),
		['workflows', { url: e2e.at('/workflows') }],
		['workflows-loading', { url: e2e.at('/workflows'), before: never(list('workflows')), wait: 900 }],
		['workflows-empty', { url: e2e.at('/workflows'), before: answers(list('workflows'), none) }],
		['workflows-none-found', { url: e2e.at('/workflows?q=nothing+like+it') }],
		['workflows-error', { url: e2e.at('/workflows'), before: answers(list('workflows'), problem) }],
		['builder-empty', { url: e2e.at('/workflows/new') }],
		['builder', { url: e2e.at('/workflows/new'), then: async (page) => {
			await page.getByLabel('Name').fill('Extract → Summarise → Actions, mine');
			await addSteps(page, ['Extract key points', 'Summarise for executive', 'Generate action items']);
			await page.getByRole('combobox', { name: /^Source of tone/ }).focus();
		} }],
		['builder-problems', { url: e2e.at('/workflows/new'), then: async (page) => {
			await addSteps(page, ['Extract key points', 'Summarise for executive']);
			await page.locator('[data-grip]').nth(1).focus();
			await page.keyboard.press('Alt+ArrowUp');
			await page.keyboard.press('Control+s');
			await page.getByRole('alert').waitFor();
		} }],
		['builder-choosing', { url: e2e.at('/workflows/new'), then: async (page) => {
			await addSteps(page, ['Extract key points', 'Summarise for executive']);
			await page.getByRole('combobox', { name: /^Source of content/ }).click();
		} }],
		['new-prompt', { url: e2e.at('/workflows/new'), then: async (page) => {
			await page.getByRole('combobox', { name: 'Add step' }).fill('Translate');
			await page.getByRole('option', { name: /^New prompt/ }).click();
			await page.getByRole('dialog').getByLabel('Text').fill('Translate into {{language}}:\n\n{{text}}');
		} }],
		['runner', { url: e2e.at(`/workflows/${demo.id}`) }],
		['runner-problems', { url: e2e.at(`/workflows/${demo.id}`), then: async (page) => {
			await page.getByLabel('Text').fill('');
			await page.getByRole('button', { name: /^Run/ }).click();
			await page.getByRole('alert').waitFor();
		} }],
		['runner-loading', { url: e2e.at(`/workflows/${demo.id}`), before: never(one('workflows')), wait: 900 }],
		['runner-error', { url: e2e.at(`/workflows/${demo.id}`), before: answers(one('workflows'), problem) }],
		['runner-changes', { url: e2e.at(`/workflows/${refuses.id}?run=${runs.failed.id}`) }],
		['runs', { url: e2e.at('/runs') }],
		['runs-loading', { url: e2e.at('/runs'), before: never(list('runs')), wait: 900 }],
		['runs-empty', { url: e2e.at('/runs'), before: answers(list('runs'), none) }],
		['runs-none-fit', { url: e2e.at('/runs?status=paused') }],
		['runs-error', { url: e2e.at('/runs'), before: answers(list('runs'), problem) }],
		['runs-failed', { url: e2e.at('/runs?status=failed') }],
		['run-completed', { url: e2e.at(run('done')) }],
		['run-priced', { url: e2e.at(run('priced', '?step=step2&tab=facts')) }],
		['run-thirty', { url: e2e.at(run('many')) }],
		['run-failed', { url: e2e.at(run('failed')) }],
		['run-broken-output', { url: e2e.at(run('broken', '?view=output')) }],
		['run-cancelled', { url: e2e.at(run('cancelled')) }],
		['run-running', { url: e2e.at(run('running')) }],
		['run-streaming-output', { url: e2e.at(run('streaming', '?view=output')) }],
		['run-streaming-step', { url: e2e.at(run('streaming', '?step=step2')) }],
		['run-cancelling', { url: e2e.at(run('running')), before: (page) => page.route('**/cancel', (route) => route.fulfill({ status: 202, json: { accepted: true } })), then: async (page) => {
			await page.getByRole('button', { name: 'Cancel run' }).click();
			await page.getByRole('alert').waitFor();
		} }],
		['run-output', { url: e2e.at(run('done', '?view=output')) }],
		['run-input', { url: e2e.at(run('done', '?view=input')) }],
		['run-loading', { url: e2e.at(run('done')), before: never(one('runs')), wait: 900 }],
		['run-error', { url: e2e.at(run('done')), before: answers(one('runs'), problem) }],
		...madeShots(e2e, made),
		...settingsShots(e2e, invitation, { answers, never, list, none, problem }),
		['run-not-there', { url: e2e.at('/runs/01900000-0000-7000-8000-00000000dead') }],
	];
}

async function take(e2e, name, shot) {
	for (const [look, options] of LOOKS) {
		if (wanted.length > 0 && !wanted.some((word) => `${name} ${look}`.startsWith(word))) continue;
		const page = await e2e.page({ ...options, signedIn: shot.signedIn ?? true });
		await shot.before?.(page);
		await page.goto(shot.url);
		if (!shot.wait) await page.getByRole('heading', { level: 1 }).waitFor();
		await page.waitForTimeout(shot.wait ?? 500);
		await shot.then?.(page);
		await page.waitForTimeout(150);
		await page.screenshot({ path: path.join(out, `${name}-${look}.png`) });
		for (const found of page.problems) console.log(`${name} ${look}: ${found}`);
		await page.context().close();
	}
}

const e2e = await open();
try {
	const needed = wanted.length === 0 || wanted.some((word) => !/^(sign|reset|account|admin)/.test(word));
	const seeded = needed ? await seed(e2e) : NOT_SEEDED;
	for (const [name, shot] of shotsOf(e2e, seeded)) {
		try {
			await take(e2e, name, shot);
		} catch (error) {
			console.log(`${name}: ${error.message.split('\n')[0]}`);
			process.exitCode = 1;
		}
	}
} finally {
	await e2e.close();
}
