// Pictures of every page in every state, light, dark and on the phone, for a person to look at (the twenty questions of the design):
//
//	node tests/e2e/shots.mjs [words of a name …]     writes to tests/e2e/shots/
//
// States that a healthy server does not show are made by answering in its place.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from './browser.mjs';
import { join } from './people.mjs';

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
	await Promise.all(['priced', 'failed', 'broken', 'many', 'done'].map((name) => e2e.ended(runs[name], 60000)));
	await e2e.post(`/runs/${runs.cancelled.id}/cancel`);
	await e2e.ended(runs.cancelled);
	runs.running = await e2e.run(waits, { text: 'This one goes on.' });
	const slow = await e2e.chain('Slow writer', [{ name: 'Collect' }, { name: 'Writes and writes', options: { stream_ms: 1500 } }, { name: 'Send' }]);
	runs.streaming = await e2e.run(slow, { text: 'A few words that are written slowly, one after the other, so that a picture can be taken of them while they come. '.repeat(6) });
	return { demo, refuses, runs, invitation: await people(e2e) };
}

const PERSON = 'Maximiliane Theodora von und zu Hohenstein-Schwarzenfels';
const put = (e2e, where, body) => e2e.api.request('PUT', `/workspaces/${e2e.api.workspace}${where}`, body);

/** Members, invitations, variables, secrets, limits near and reached; returns the token of an open invitation. */
async function people(e2e) {
	for (const [name, role] of [['Lin Chen', 'admin'], [PERSON, 'member'], ['Sam Ode', 'viewer']]) await join(e2e, name, role);
	await e2e.post('/invitations', { role: 'viewer', note: 'The press office, for the weekly digest' });
	const { token } = await e2e.post('/invitations', { role: 'member', note: 'Jo' });
	await put(e2e, '/variables/SENDER', { value: 'news@example.com' });
	await put(e2e, '/variables/EMPTY', { value: '' });
	await put(e2e, '/variables/THE_LONGEST_NAME_THAT_ANYBODY_WOULD_EVER_GIVE_TO_A_VARIABLE', { value: 'A long value that does not fit into its column. '.repeat(5) });
	for (const name of ['API_KEY', 'MAIL_PASSWORD']) await put(e2e, `/secrets/${name}`, { value: 'sealed' });
	return token;
}

const limit = (scope, unit, facts) => ({ scope, unit, limit: null, cost_usd: null, period: null, per_seconds: null, burst: null, in_use: null, reserved_usd: null, spent_usd: null, waiting: 0, ...facts });
const LIMITS = { json: { data: [
	limit('workspace', 'money', { cost_usd: 200, period: 'month', spent_usd: 128.4, reserved_usd: 2.1 }),
	limit('model:builtin/echo', 'rate', { limit: 60, per_seconds: 60, burst: 1 }),
	limit('key:for a customer with a rather long name', 'concurrency', { limit: 4, in_use: 2 }),
	limit('member:01900000-0000-7000-8000-00000000dead', 'money', { cost_usd: 5, period: 'day', spent_usd: 4.2, reserved_usd: 0.4 }),
	limit('workspace', 'concurrency', { limit: 20, in_use: 20, waiting: 1000 }),
] } };

async function addSteps(page, names) {
	const add = page.getByRole('combobox', { name: 'Add step' });
	for (const name of names) {
		await add.fill(name);
		await page.getByRole('option', { name }).first().click();
	}
}

function shotsOf(e2e, { demo, refuses, runs, invitation }) {
	const run = (which, rest = '') => `/runs/${runs[which].id}${rest}`;
	return [
		['sign-in', { url: `${e2e.stack.url}/sign-in`, signedIn: false }],
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
			await page.getByRole('alert').waitFor({ timeout: 15000 });
		} }],
		['run-output', { url: e2e.at(run('done', '?view=output')) }],
		['run-input', { url: e2e.at(run('done', '?view=input')) }],
		['run-loading', { url: e2e.at(run('done')), before: never(one('runs')), wait: 900 }],
		['run-error', { url: e2e.at(run('done')), before: answers(one('runs'), problem) }],
		['settings-general', { url: e2e.at('/settings/general') }],
		['settings-general-problems', { url: e2e.at('/settings/general'), then: async (page) => {
			await page.getByLabel('Name', { exact: true }).fill('');
			await page.getByLabel('Short name').fill('Not this');
			await page.getByRole('button', { name: /^Save/ }).click();
			await page.waitForTimeout(100);
		} }],
		['settings-general-loading', { url: e2e.at('/settings/general'), before: never(/\/api\/workspaces\/[^/]+$/), wait: 900 }],
		['settings-general-error', { url: e2e.at('/settings/general'), before: answers(/\/api\/workspaces\/[^/]+$/, problem) }],
		['settings-archive', { url: e2e.at('/settings/general'), then: (page) => page.getByRole('button', { name: 'Archive workspace…' }).click() }],
		['settings-members', { url: e2e.at('/settings/members') }],
		['settings-members-role', { url: e2e.at('/settings/members'), then: async (page) => {
			await page.getByRole('button', { name: /^Role of Lin/ }).click();
			await page.getByRole('menu').waitFor();
		} }],
		['settings-members-remove', { url: e2e.at('/settings/members'), then: async (page) => {
			await page.getByRole('button', { name: 'Actions of Sam Ode' }).click();
			await page.getByRole('menuitem', { name: 'Remove…' }).click();
		} }],
		['settings-members-loading', { url: e2e.at('/settings/members'), before: never(list('(members|invitations)')), wait: 900 }],
		['settings-members-error', { url: e2e.at('/settings/members'), before: answers(list('(members|invitations)'), problem) }],
		['settings-invite', { url: e2e.at('/settings/members'), then: (page) => page.getByRole('button', { name: /^Invite by link/ }).click() }],
		['settings-invite-link', { url: e2e.at('/settings/members'), before: (page) => page.route(/invitations$/, (route) => (route.request().method() === 'POST' ? route.fulfill({ status: 201, json: { id: invitation, role: 'member', note: '', created_by: {}, created_at: '', expires_at: '', token: invitation } }) : route.fallback())), then: async (page) => {
			await page.getByRole('button', { name: /^Invite by link/ }).click();
			await page.getByRole('button', { name: 'Make link' }).click();
		} }],
		['settings-variables', { url: e2e.at('/settings/variables') }],
		['settings-variables-empty', { url: e2e.at('/settings/variables'), before: answers(list('(variables|secrets)'), none) }],
		['settings-variables-error', { url: e2e.at('/settings/variables'), before: answers(list('(variables|secrets)'), problem) }],
		['settings-secret', { url: e2e.at('/settings/variables'), then: (page) => page.getByRole('button', { name: 'Add secret' }).click() }],
		['settings-limits', { url: e2e.at('/settings/limits'), before: answers(list('limits'), LIMITS) }],
		['settings-limits-empty', { url: e2e.at('/settings/limits') }],
		['settings-limits-error', { url: e2e.at('/settings/limits'), before: answers(list('limits'), problem) }],
		['settings-limits-loading', { url: e2e.at('/settings/limits'), before: never(list('limits')), wait: 900 }],
		['settings-limit', { url: e2e.at('/settings/limits'), then: async (page) => {
			await page.getByRole('button', { name: /^Set limit/ }).click();
			await page.getByRole('radio', { name: 'Calls in a time' }).check();
			await page.getByRole('dialog').getByRole('button', { name: 'Set limit' }).click();
		} }],
		['settings-audit', { url: e2e.at('/settings/audit') }],
		['settings-audit-loading', { url: e2e.at('/settings/audit'), before: never(list('audit')), wait: 900 }],
		['settings-audit-none-fit', { url: e2e.at('/settings/audit?kind=limit&until=2020-01-01') }],
		['settings-audit-error', { url: e2e.at('/settings/audit'), before: answers(list('audit'), problem) }],
		['switcher', { url: e2e.at('/workflows'), then: async (page) => {
			await page.getByRole('button', { name: /^Switch workspace/ }).click();
			await page.getByRole('menu').waitFor();
		} }],
		['new-workspace', { url: e2e.at('/workflows'), then: async (page) => {
			await page.getByRole('button', { name: /^Switch workspace/ }).click();
			await page.getByRole('menuitem', { name: 'New workspace…' }).click();
			await page.getByRole('dialog').waitFor();
		} }],
		['invitation', { url: `${e2e.stack.url}/invitations/${invitation}`, before: answers(/\/api\/invitations\//, { json: { workspace: { id: invitation, name: 'Acme' }, role: 'member', invited_by: 'Ada Byron', expires_at: '2027-01-07T12:00:00Z', refusal: null } }) }],
		['invitation-visitor', { url: `${e2e.stack.url}/invitations/${invitation}`, signedIn: false }],
		['invitation-used', { url: `${e2e.stack.url}/invitations/${invitation}` }],
		['invitation-none', { url: `${e2e.stack.url}/invitations/${'x'.repeat(43)}` }],
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
	const seeded = await seed(e2e);
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
