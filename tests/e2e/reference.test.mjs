// The API reference in a browser: light, dark and phone, with and without JavaScript; axe finds nothing serious.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { COLOURS, violations } from './axe.mjs';
import { open, soon } from './browser.mjs';

let e2e;
before(async () => {
	e2e = await open({ executors: 0, live: false });
});
after(async () => e2e?.close());
const visible = (page) => page.locator('article[data-text]:visible').count();

for (const [what, options] of [['light', {}], ['dark', { dark: true }], ['phone', { width: 375 }], ['dark phone', { width: 375, dark: true }]]) {
	test(`${what}: nothing serious, nothing sticks out, and no policy is broken`, async () => {
		const page = await (await e2e.context({ signedIn: false, ...options })).newPage();
		const said = [];
		page.on('console', (message) => ['error', 'warning'].includes(message.type()) && said.push(message.text()));
		page.on('pageerror', (error) => said.push(error.message));
		await page.goto(`${e2e.stack.url}/api/docs`);
		// Twenty thousand nodes of a few dozen sorts: colours by sort, in all four; the rest everywhere, where it can differ.
		const found = [...await violations(page, { rules: COLOURS, once: true }), ...(options.dark ? [] : await violations(page, { except: COLOURS }))];
		assert.deepEqual(found.filter((one) => ['serious', 'critical'].includes(one.impact)).map((one) => one.text), []);
		assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
		assert.deepEqual(said, []);
	});
}

test('search shows the operations that have all words, in the text and in the contents; a link shows what is hidden', async () => {
	const page = await (await e2e.context({ signedIn: false })).newPage();
	await page.goto(`${e2e.stack.url}/api/docs`);
	const all = await visible(page);
	await page.keyboard.press('/');
	await page.keyboard.type('POST cancel');
	await page.waitForFunction(() => document.querySelector('.found').textContent.includes(' of '));
	const some = await visible(page);
	assert.ok(some >= 2 && some < 10, `${some}`);
	await soon(async () => assert.equal(await page.locator('nav li li:visible').count(), some));
	await soon(async () => assert.match(await page.locator('.found').textContent(), new RegExp(`^${some} of ${all} operations$`)));
	await page.fill('#search', 'no such words');
	await soon(async () => assert.match(await page.locator('.found').textContent(), /^Nothing/));
	await page.evaluate(() => { location.hash = '#createPrompt'; });
	await page.waitForSelector('#createPrompt:visible');
	await soon(async () => assert.equal(await visible(page), all));
	await page.fill('#search', 'x');
	await page.keyboard.press('Escape');
	await soon(async () => assert.equal(await visible(page), all));
});

test('without JavaScript all of it is there, and there is no field that does nothing', async () => {
	const page = await (await e2e.context({ signedIn: false, javaScriptEnabled: false })).newPage();
	await page.goto(`${e2e.stack.url}/api/docs#createRun`);
	assert.ok(await visible(page) > 80);
	assert.equal(await page.locator('#search:visible').count(), 0);
	assert.ok(await page.locator('#createRun').evaluate((node) => Math.abs(node.getBoundingClientRect().top) < 100).catch(() => true));
});
