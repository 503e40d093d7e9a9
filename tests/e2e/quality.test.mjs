// What holds for every page: nothing jumps, no violation that axe finds, no sideways scroll, no target too small for a thumb, no animation where motion is reduced.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { COLOURS, violations } from './axe.mjs';
import { open } from './browser.mjs';
import { write } from './editor.mjs';
import { join } from './people.mjs';

const LONG = 'Everything that was said about the launch of the new import, gathered, condensed and sent to whom it concerns';
const FACTOR = { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP', uri: 'otpauth://totp/Stepmill:ada%40example.com?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Stepmill&algorithm=SHA1&digits=6&period=30' };
const CODE = `import { defineWorkflow } from "stepmill";
// ${LONG}
export default defineWorkflow({
  name: "Typed",
  async execute(ctx) {
    const said = await ctx.step("said", { fn: () => ctx.args.text + " {{not.a.template}}" });
    return said.data;
  },
});
`;
let e2e;
let places;

before(async () => {
	e2e = await open();
	const demo = await e2e.workflow('Extract → Summarise → Actions');
	const instant = await e2e.workflow('Instant chain');
	const done = await e2e.run(instant, { text: 'Ada writes to Lin. Lin answers by Friday.' });
	const refuses = await e2e.chain(LONG.slice(0, 100), [{ name: LONG.slice(0, 90) }, { name: 'Refuses', options: { fail: 'refused' } }, { name: 'Never' }]);
	const failed = await e2e.run(refuses);
	const waits = await e2e.chain('Going on', [{ name: 'Collect' }, { name: 'Waits', options: { delay_ms: 600000 } }, { name: 'Never' }]);
	const running = await e2e.run(waits);
	await Promise.all([e2e.ended(done), e2e.ended(failed)]);
	await join(e2e, `Lin ${LONG.slice(0, 80)}`, 'admin');
	const { token } = await e2e.post('/invitations', { role: 'viewer', note: LONG });
	const prompt = await e2e.post('/prompts', { name: LONG.slice(0, 100), description: LONG, body: `${LONG} {{text}}`, visibility: 'workspace' });
	const changed = await e2e.post('/workflows', { name: `Changed ${LONG.slice(0, 60)}`, visibility: 'workspace', definition: { type: 'flow', steps: [{ key: 'one', name: 'One', kind: 'transform', value: LONG }] } });
	await e2e.api.request('PATCH', `/workspaces/${e2e.api.workspace}/workflows/${changed.id}`, { definition: { type: 'flow', steps: [{ key: 'one', name: 'One', kind: 'transform', value: `${LONG}, and more` }, { key: 'two', name: 'Two', kind: 'wait', seconds: 1 }] } }, { 'if-match': '*' });
	const agent = await e2e.post('/agents', { name: 'Critic', description: LONG, kind: 'prompt', config: { system: LONG } });
	const coded = await e2e.post('/workflows', { name: `Typed ${LONG.slice(0, 60)}`, visibility: 'workspace', source: CODE });
	const written = await e2e.run(coded, { text: 'Ada writes to Lin.' });
	await e2e.ended(written);
	const project = await e2e.post('/projects', { name: `Website ${LONG.slice(0, 80)}`, description: LONG });
	const put = (where, body) => e2e.api.request('PUT', `/workspaces/${e2e.api.workspace}${where}`, body);
	await put('/variables/SENDER', { value: LONG.repeat(3) });
	await put('/secrets/API_KEY', { value: 'sealed' });
	await put('/limits/money?scope=workspace', { cost_usd: 1000000, period: 'month' });
	await put('/limits/rate?scope=key:something', { limit: 1000000, per_seconds: 1 });
	places = {
		'sign-in': { url: `${e2e.stack.url}/sign-in`, signedIn: false, ready: 'E-mail' },
		'sign-up': { url: `${e2e.stack.url}/sign-up`, signedIn: false, ready: 'Name' },
		'sign-up, refused': {
			url: `${e2e.stack.url}/sign-up`,
			signedIn: false,
			ready: 'Name',
			then: async (page) => {
				await page.getByRole('button', { name: 'Create account' }).click();
				await page.getByText('The name is empty.').waitFor();
			},
		},
		'forgot password': { url: `${e2e.stack.url}/reset-password`, signedIn: false, ready: 'Forgot your password?' },
		'new password': { url: `${e2e.stack.url}/reset-password?#some-link`, signedIn: false, ready: 'Choose a new password' },
		profile: { url: `${e2e.stack.url}/account/profile`, ready: 'Current password' },
		'second factor': {
			url: `${e2e.stack.url}/account/second-factor`,
			ready: 'Set up',
			then: async (page) => {
				await page.route('**/api/account/second-factor', (route) => (route.request().method() === 'POST'
					? route.fulfill({ status: 201, json: FACTOR }) : route.fallback()));
				await page.getByRole('button', { name: 'Set up' }).click();
				await page.getByRole('dialog').getByLabel('Password', { exact: true }).fill('any');
				await page.keyboard.press('Enter');
				await page.getByRole('img', { name: /^The key as a picture/ }).waitFor();
			},
		},
		'signing in, administered': { url: `${e2e.stack.url}/admin/sign-in`, ready: 'Who may make an account' },
		people: { url: `${e2e.stack.url}/admin/people`, ready: 'Administrator' },
		'activity of all': { url: `${e2e.stack.url}/admin/activity`, ready: 'Signed in' },
		'own activity': { url: `${e2e.stack.url}/account/activity`, ready: 'Signed in' },
		'sign-in providers': { url: `${e2e.stack.url}/admin/providers`, ready: 'Add provider' },
		'new sign-in provider': {
			url: `${e2e.stack.url}/admin/providers?provider=new`,
			ready: 'Issuer',
			then: async (page) => {
				await page.getByRole('button', { name: 'Add rule' }).click();
				await page.keyboard.press('Control+s');
				await page.getByRole('alert').waitFor();
			},
		},
		sessions: { url: `${e2e.stack.url}/account/sessions`, ready: 'this one' },
		tokens: {
			url: `${e2e.stack.url}/account/tokens`,
			ready: 'Programs and the command line act for you with a token. You have none.',
			then: async (page) => {
				await page.getByRole('button', { name: 'New token' }).click();
				await page.getByRole('dialog').waitFor();
			},
		},
		workflows: { url: e2e.at('/workflows'), ready: 'Going on' },
		'new workflow': {
			url: e2e.at('/workflows/new'),
			ready: 'New workflow',
			then: async (page) => {
				const add = page.getByRole('combobox', { name: 'Add step' });
				for (const name of ['Extract key points', 'Summarise for executive']) {
					await add.fill(name);
					await page.getByRole('option', { name }).first().click();
				}
				await page.getByRole('combobox', { name: 'Source of content, Summarise for executive' }).press('ArrowDown');
				await page.getByRole('listbox').waitFor();
			},
		},
		'a new flow': {
			url: e2e.at('/workflows/new'),
			ready: 'New workflow',
			then: async (page) => {
				for (const kind of ['HTTP request', 'Wait', 'Approval']) {
					await page.getByRole('combobox', { name: 'Add step' }).fill(kind);
					await page.getByRole('option', { name: new RegExp(`^${kind}`) }).first().click();
				}
				await page.keyboard.press('Control+s');
				await page.getByRole('alert').waitFor();
			},
		},
		'changing a workflow': { url: e2e.at(`/workflows/${refuses.id}/edit`), ready: 'Edit: ' },
		'versions of a workflow': { url: e2e.at(`/workflows/${refuses.id}/versions?version=1`), ready: 'Text of v1' },
		'the source of a workflow': {
			url: e2e.at(`/workflows/${coded.id}/edit?view=source&step=said`),
			ready: 'Nothing is wrong with it.',
			then: async (page) => {
				await page.keyboard.press('Control+f');
				await page.locator('.cm-search').waitFor();
				await page.locator('.cm-search [name=search]').fill('ctx');
			},
		},
		'a mistake in the source': {
			url: e2e.at(`/workflows/${coded.id}/edit?view=source`),
			ready: 'Nothing is wrong with it.',
			then: async (page) => {
				await write(page.getByRole('textbox', { name: 'Source of the workflow' }), CODE.replace('ctx.step("said"', 'ctx.step(said'));
				await page.getByText('1 mistake').waitFor();
				await page.getByRole('region', { name: 'What was found' }).getByRole('button').first().click();
				await page.locator('.cm-tooltip').waitFor();
			},
		},
		'the source of a run': { url: e2e.at(`/runs/${written.id}?view=source`), ready: 'Source of Typed' },
		'uploading workflows': {
			url: e2e.at('/workflows/upload'),
			ready: 'Choose files',
			then: async (page) => {
				const file = (name, text) => ({ name: `${LONG} ${name}`, mimeType: 'text/plain', buffer: Buffer.from(text) });
				await page.locator('input[type=file]').setInputFiles([
					file('there.yaml', `name: ${changed.name}\nsteps: [{key: one, kind: transform, value: "${LONG}"}]\n`),
					file('wrong.ts', CODE.replace('ctx.step("said"', 'ctx.step(said')),
				]);
				await page.getByText('line 6, column').waitFor();
				await page.getByText('What changes in').click();
			},
		},
		agents: { url: e2e.at('/agents'), ready: 'Critic' },
		'new agent': {
			url: e2e.at('/agents/new'),
			ready: 'New agent',
			then: async (page) => {
				await page.keyboard.press('Control+s');
				await page.getByText('Name is empty').first().waitFor();
			},
		},
		'an agent': { url: e2e.at(`/agents/${agent.id}`), ready: 'No workflow that you see asks it.' },
		'what versions differ in': { url: e2e.at(`/workflows/${changed.id}/versions?version=2&diff=1..2`), ready: 'What v2 changes of v1' },
		projects: { url: e2e.at('/projects'), ready: 'Website' },
		'a project': { url: e2e.at(`/projects/${project.id}`), ready: 'No run is in it yet.' },
		'public prompts': { url: e2e.at('/prompts?from=public'), ready: 'belong here' },
		prompts: { url: e2e.at('/prompts'), ready: 'Extract key points' },
		'a prompt': { url: e2e.at(`/prompts/${prompt.id}`), ready: 'Text' },
		'versions of a prompt': { url: e2e.at(`/prompts/${prompt.id}?view=versions&version=1`), ready: 'Text of v1' },
		'sharing a prompt': {
			url: e2e.at(`/prompts/${prompt.id}`),
			ready: 'Text',
			then: async (page) => {
				await page.getByRole('button', { name: /^Actions of/ }).click();
				await page.getByRole('menuitem', { name: 'Share…' }).click();
				await page.getByRole('dialog').waitFor();
			},
		},
		runner: { url: e2e.at(`/workflows/${demo.id}`), ready: 'Run: Extract → Summarise → Actions' },
		runs: { url: e2e.at('/runs'), ready: 'Going on' },
		'completed run': { url: e2e.at(`/runs/${done.id}`), ready: 'Completed' },
		'outputs of a run': { url: e2e.at(`/runs/${done.id}?view=output`), ready: 'Completed' },
		'inputs of a run': { url: e2e.at(`/runs/${done.id}?view=input`), ready: 'Completed' },
		'failed run, a step selected': { url: e2e.at(`/runs/${failed.id}?step=step2&tab=facts`), ready: 'Refuses' },
		'running run': { url: e2e.at(`/runs/${running.id}`), ready: 'Running' },
		'settings, general': { url: e2e.at('/settings/general'), ready: 'Short name' },
		'settings, members': {
			url: e2e.at('/settings/members'),
			ready: 'Ada',
			then: async (page) => {
				await page.getByRole('button', { name: /^Invite by link/ }).click();
				await page.getByRole('dialog').waitFor();
			},
		},
		'settings, variables': { url: e2e.at('/settings/variables'), ready: 'SENDER' },
		'settings, limits': {
			url: e2e.at('/settings/limits'),
			ready: 'The whole workspace',
			then: async (page) => {
				await page.getByRole('button', { name: /^Set limit/ }).click();
				await page.getByRole('dialog').waitFor();
			},
		},
		'settings, audit log': { url: e2e.at('/settings/audit'), ready: 'Set variable' },
		'an invitation': { url: `${e2e.stack.url}/invitations/${token}`, ready: 'This invitation cannot be used' },
		'an invitation, before signing in': { url: `${e2e.stack.url}/invitations/${token}`, signedIn: false, ready: 'You are invited' },
		'nothing there': { url: e2e.at('/runs/01900000-0000-7000-8000-00000000dead'), ready: 'This does not exist, or you cannot see it' },
	};
});
after(() => e2e?.close());

async function show(page, place) {
	await page.goto(place.url);
	await page.getByText(place.ready).or(page.getByLabel(place.ready)).first().waitFor();
	await page.waitForTimeout(200);
}

/** Adds up, in the page, how far things have jumped since it was opened. */
function watchShifts() {
	window.shift = 0;
	new PerformanceObserver((list) => {
		for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
	}).observe({ type: 'layout-shift', buffered: true });
}

/** All rules in light; in dark, where only colours are others, those about colours. */
async function violationsOf(page) {
	const light = await violations(page);
	await page.emulateMedia({ colorScheme: 'dark' });
	const dark = await violations(page, { rules: COLOURS });
	await page.emulateMedia({ colorScheme: 'light' });
	return [...light.map(({ text }) => `light: ${text}`), ...dark.map(({ text }) => `dark: ${text}`)];
}

/** What is there to be touched and is too small for a thumb. What shows a password stands in the line of its label, and is as high as that. */
const small = (page) => page.evaluate(() => [...document.querySelectorAll('button, [role=combobox], select, input:not([type=radio]):not([type=checkbox]), nav a')]
	.filter((element) => element.checkVisibility() && !element.closest('.sr-only') && !element.classList.contains('sr-only'))
	.map((element) => ({ box: element.getBoundingClientRect(), what: element.getAttribute('aria-label') ?? element.textContent.slice(0, 30) }))
	.filter(({ box, what }) => box.height > 0 && box.height < (what === 'Show the password' ? 23.5 : 43.5))
	.map(({ box, what }) => `${what}: ${Math.round(box.width)} × ${Math.round(box.height)}`));

// Both at once: each is a process of the browser's, and there are two processors at least.
describe('every page', { concurrency: 2 }, () => {
	for (const width of [1280, 375]) {
		test(`at ${width} px nothing jumps, axe finds nothing, light or dark, nothing scrolls sideways${width < 640 ? ', and a thumb hits what it aims at' : ''}`, async () => {
			const found = [];
			const pages = { true: await e2e.page({ width }), false: await e2e.page({ width, signedIn: false }) };
			for (const page of Object.values(pages)) await page.addInitScript(watchShifts);
			for (const [name, place] of Object.entries(places)) {
				const page = pages[place.signedIn ?? true];
				await show(page, place);
				if (width < 640) found.push(...(await small(page)).map((what) => `${name}: too small for a thumb: ${what}`));
				const shift = await page.evaluate(() => window.shift);
				if (shift > 0.02) found.push(`${name}: it jumps by ${shift}`);
				await place.then?.(page);
				found.push(...(await violationsOf(page)).map((violation) => `${name}: ${violation}`));
				const over = await page.evaluate(() => ({
					page: document.documentElement.scrollWidth - document.documentElement.clientWidth,
					main: (document.querySelector('main')?.scrollWidth ?? 0) - (document.querySelector('main')?.clientWidth ?? 0),
				}));
				if (over.page > 0 || over.main > 0) found.push(`${name}: ${Math.max(over.page, over.main)} px too wide`);
				assert.equal(await page.locator('h1').count(), 1, `${name} has one h1`);
				found.push(...page.problems.splice(0).map((problem) => `${name}: ${problem}`));
			}
			assert.deepEqual(found, []);
		});
	}
});

test('where motion is reduced, nothing moves', async () => {
	const page = await e2e.page({ reducedMotion: 'reduce' });
	await show(page, places['running run']);
	const moving = await page.evaluate(() => document.getAnimations().filter((one) => one.playState === 'running').length);
	assert.equal(moving, 0);
	await page.emulateMedia({ reducedMotion: 'no-preference' });
	await page.waitForFunction(() => document.getAnimations().some((one) => one.playState === 'running'));
});
