// Pages made of sections (account, settings, administration): their head stays while a section is loaded; what no longer fits a list stays readable.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { violations } from './axe.mjs';
import { open, soon } from './browser.mjs';

let e2e;
before(async () => {
	e2e = await open();
});
after(() => e2e?.close());

/** Holds the script of a section back until it is let go. */
async function held(page, name) {
	let go;
	const gate = new Promise((done) => {
		go = done;
	});
	await page.route(new RegExp(`/assets/${name}-[^/]+\\.js$`), async (route) => {
		await gate;
		await route.continue();
	});
	return go;
}

for (const [where, from, to, chunk, shown] of [
	['the account', '/account/profile', 'Sessions', 'Sessions', 'this one'],
	['the settings', '/settings/members', 'Variables and secrets', 'Variables', 'Variables belong here'],
	['the administration', '/admin/people', 'Signing in', 'SignIn', 'Who may make an account'],
])
	test(`the focus in the links of ${where} stays while a section comes, and after`, async () => {
		const page = await e2e.page();
		const let_go = await held(page, chunk);
		await page.goto(from.startsWith('/settings') ? e2e.at(from) : `${e2e.stack.url}${from}`);
		const link = page.getByRole('navigation').getByRole('link', { name: to, exact: true });
		await link.focus();
		await page.keyboard.press('Enter');
		await page.waitForFunction((title) => document.activeElement?.matches('h1') && document.activeElement.textContent === title, to);
		// on to the links, while the section is not there yet
		await link.focus();
		await soon(async () => assert.equal(await link.getAttribute('aria-current'), 'page'));
		let_go();
		await page.getByText(shown).first().waitFor();
		await soon(async () => assert.equal(await page.evaluate(() => document.activeElement?.textContent), to));
		assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
		assert.deepEqual(page.problems, []);
	});

test('a run that no longer fits the filter stays, quieter, and can be read', async () => {
	const workflow = await e2e.chain('Ends while it is looked at', [{ name: 'Waits', options: { delay_ms: 600000 } }, { name: 'Never' }]);
	const run = await e2e.run(workflow);
	for (const dark of [false, true]) {
		const page = await e2e.page({ dark });
		await page.route(/\/api\/.*\/runs\?/, async (route) => {
			const answer = await route.fetch();
			const body = await answer.json();
			// the newest runs say that it has ended; the rows of the filter were read before
			if (!route.request().url().includes('status=')) for (const one of body.data) if (one.id === run.id) one.status = 'cancelled';
			await route.fulfill({ response: answer, json: body });
		});
		await page.goto(e2e.at('/runs?status=pending,running'));
		const row = page.getByRole('row').filter({ hasText: 'Ends while it is looked at' });
		await row.waitFor();
		await page.waitForFunction(() => document.querySelector('tr.dimmed') !== null);
		const found = await violations(page, { include: 'tr.dimmed', rules: ['color-contrast'] });
		assert.deepEqual(found.map((one) => one.text), [], dark ? 'dark' : 'light');
		assert.equal(await row.evaluate((element) => getComputedStyle(element).opacity), '1');
	}
});
