// One stack and one browser for a file of browser tests. Needs the built page (STEPMILL_PAGE_DIR, build/page unless set) and the built
// programs (STEPMILL_BUILD, build/ unless set).
//
//	const e2e = await open();
//	const page = await e2e.page({ width: 375, dark: true });   // signed in
//	await page.goto(e2e.at('/runs'));
//	await e2e.close();
import path from 'node:path';
import { chromium } from 'playwright-core';
import { demo, root, sleep, startStack, until } from '../harness/stack.mjs';

export const built = {
	page: path.resolve(process.env.STEPMILL_PAGE_DIR ?? path.join(root, 'build/page')),
	programs: path.resolve(process.env.STEPMILL_BUILD ?? path.join(root, 'build')),
};

export async function open(options = {}) {
	const stack = await startStack({ build: built.programs, page: built.page, ...options });
	try {
		const browser = await chromium.launch({ executablePath: '/usr/bin/chromium-headless-shell', args: ['--no-sandbox', '--disable-gpu'] });
		return new E2e(stack, browser, options.empty ? null : await stack.signIn());
	} catch (error) {
		await stack.stop();
		throw error;
	}
}

/** An assertion about a page holds at once, or soon: what came of a key or an answer is drawn, and has the focus, a moment later. */
export async function soon(check, ms = 60000) {
	for (const end = Date.now() + ms; ; await sleep(50)) {
		try {
			return await check();
		} catch (error) {
			if (Date.now() > end) throw error;
		}
	}
}

class E2e {
	constructor(stack, browser, api) {
		Object.assign(this, { stack, browser, api });
		this.slug = api?.session.workspaces[0].slug;
		this.contexts = [];
	}

	/** The address of a page of the demo workspace. */
	at(where) {
		return `${this.stack.url}/w/${this.slug}${where}`;
	}

	/** `signedIn`: whoever made the stack; false: nobody; or a client of somebody else. */
	async context({ width = 1280, height = width < 640 ? 740 : 720, dark = false, signedIn = true, ...more } = {}) {
		const phone = width < 640;
		const context = await this.browser.newContext({
			viewport: { width, height },
			colorScheme: dark ? 'dark' : 'light',
			locale: 'en-GB',
			hasTouch: phone,
			isMobile: phone,
			reducedMotion: 'no-preference',
			...more,
		});
		this.contexts.push(context);
		context.setDefaultTimeout(60000);
		const who = signedIn === true ? this.api : signedIn;
		if (who) {
			const cookies = [who.cookie.split('='), ['__Host-stepmill-here', '1']];
			await context.addCookies(cookies.map(([name, value]) => ({ name, value, url: this.stack.url.replace('http:', 'https:'), secure: true })));
		}
		return context;
	}

	async page(options) {
		const page = await (await this.context(options)).newPage();
		page.problems = [];
		page.on('pageerror', (error) => page.problems.push(String(error)));
		page.on('console', (message) => {
			// a refused request is said by the browser too; the tests that provoke one look at the page
			if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.problems.push(message.text());
		});
		return page;
	}

	async signIn(page) {
		await page.goto(`${this.stack.url}/sign-in`);
		await page.getByLabel('E-mail').fill(demo.email);
		await page.getByLabel('Password', { exact: true }).fill(demo.password);
		await page.getByRole('button', { name: 'Sign in' }).click();
		await page.waitForURL(/\/w\//);
	}

	/** By its name, from the library. */
	async workflow(name) {
		const { body } = await this.api.get(`/workspaces/${this.api.workspace}/workflows?limit=100`);
		return body.data.find((one) => one.name === name);
	}

	async post(where, body) {
		const answer = await this.api.post(`/workspaces/${this.api.workspace}${where}`, body);
		if (answer.status >= 300) throw new Error(`${where}: ${answer.status} ${JSON.stringify(answer.body)}`);
		return answer.body;
	}

	/** A chain of the demo's prompts whose steps are told what to do: [{ model, options }, …]. */
	async chain(name, steps, description = '') {
		const { body } = await this.api.get(`/workspaces/${this.api.workspace}/prompts`);
		const prompt = body.data.find((one) => one.variables.length === 1);
		const [variable] = prompt.variables;
		return this.post('/workflows', {
			name,
			description,
			visibility: 'workspace',
			definition: {
				type: 'chain',
				steps: steps.map(({ name: stepName, model = 'builtin/echo', options }, index) => ({
					key: `step${index + 1}`,
					name: stepName ?? `Step number ${index + 1}`,
					kind: 'prompt',
					prompt: { id: prompt.id },
					input: { [variable]: index === 0 ? '{{input.text}}' : `{{steps.step${index}.output}}` },
					model,
					timeout_seconds: 3600,
					...(options ? { options } : {}),
				})),
			},
		});
	}

	async run(workflow, input = { text: 'One. Two. Three.' }) {
		return this.post('/runs', { workflow_id: workflow.id, input });
	}

	async ended(run) {
		return until(`run ${run.id} to end`, async () => {
			const { body } = await this.api.get(`/workspaces/${this.api.workspace}/runs/${run.id}`);
			return ['completed', 'failed', 'cancelled'].includes(body.status) && body;
		}, 120000);
	}

	async close() {
		await this.browser.close();
		await this.stack.stop();
	}
}
