// Pictures of prompts, of a workspace's settings, of invitations and of the switcher, with the people and things that are seen on them.
import { join } from './people.mjs';

const PERSON = 'Maximiliane Theodora von und zu Hohenstein-Schwarzenfels';
const put = (e2e, where, body) => e2e.api.request('PUT', `/workspaces/${e2e.api.workspace}${where}`, body);

/** Members, invitations, variables, secrets, limits near and reached; returns the token of an open invitation. */
export async function seedSettings(e2e) {
	for (const [name, role] of [['Lin Chen', 'admin'], [PERSON, 'member'], ['Sam Ode', 'viewer']]) await join(e2e, name, role);
	await e2e.post('/invitations', { role: 'viewer', note: 'The press office, for the weekly digest' });
	const { token } = await e2e.post('/invitations', { role: 'member', note: 'Jo' });
	await put(e2e, '/variables/SENDER', { value: 'news@example.com' });
	await put(e2e, '/variables/EMPTY', { value: '' });
	await put(e2e, '/variables/THE_LONGEST_NAME_THAT_ANYBODY_WOULD_EVER_GIVE_TO_A_VARIABLE', { value: 'A long value that does not fit into its column. '.repeat(5) });
	const flow = await e2e.workflow('Instant chain');
	const project = await e2e.post('/projects', { name: 'Website', description: 'Everything that is written for the new site', default_workflow_id: flow.id });
	await e2e.post('/projects', { name: 'Nothing in it yet', description: '' });
	await e2e.ended(await e2e.post('/runs', { project_id: project.id, input: { text: 'Ada writes.' } }));
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

/** `ways`: how shots.mjs answers in the server's place. */
export function settingsShots(e2e, invitation, { answers, never, list, none, problem }) {
	const editing = async (page) => {
		await page.getByRole('link', { name: 'Summarise for executive' }).click();
		await page.getByRole('textbox', { name: 'Text' }).fill('Summarise {{content}} in a {{tone}} voice, in at most five points.');
	};
	const flow = async (page) => {
		await page.getByLabel('Name', { exact: true }).first().fill('Fetch, weigh, ask');
		for (const kind of ['HTTP request', 'Function', 'Approval', 'Wait', 'Transform']) {
			await page.getByRole('combobox', { name: 'Add step' }).fill(kind);
			await page.getByRole('option', { name: new RegExp(`^${kind}`) }).first().click();
		}
		await page.getByRole('heading', { level: 3, name: 'HTTP request' }).click();
		await page.getByLabel('Address', { exact: true }).fill('https://example.com/contacts/{{input.id}}');
	};
	const projectSettings = async (page) => {
		await page.getByRole('link', { name: 'Website' }).click();
		await page.getByRole('navigation', { name: 'Views of this project' }).getByRole('link', { name: 'Settings' }).click();
		await page.getByRole('button', { name: 'Delete project…' }).waitFor();
	};
	const edit = async (page) => {
		await page.getByRole('link', { name: /^Extract → Summarise/ }).first().click();
		await page.getByRole('button', { name: /^Edit/ }).click();
		await page.getByRole('list', { name: 'Steps' }).getByRole('heading', { name: /Summarise/ }).click();
	};
	return [
		['projects', { url: e2e.at('/projects') }],
		['projects-empty', { url: e2e.at('/projects'), before: answers(list('projects'), none) }],
		['projects-error', { url: e2e.at('/projects'), before: answers(list('projects'), problem) }],
		['projects-loading', { url: e2e.at('/projects'), before: never(list('projects')), wait: 900 }],
		['project', { url: e2e.at('/projects'), then: async (page) => {
			await page.getByRole('link', { name: 'Website' }).click();
			await page.getByRole('region', { name: /^Completed/ }).waitFor();
		} }],
		['project-settings', { url: e2e.at('/projects'), then: projectSettings }],
		['project-delete', { url: e2e.at('/projects'), then: async (page) => {
			await projectSettings(page);
			await page.getByRole('button', { name: 'Delete project…' }).click();
		} }],
		['public-prompts', { url: e2e.at('/prompts?from=public') }],
		['builder-flow', { url: e2e.at('/workflows/new'), then: flow }],
		['builder-flow-problems', { url: e2e.at('/workflows/new'), then: async (page) => {
			await flow(page);
			await page.keyboard.press('Control+s');
			await page.getByRole('alert').waitFor();
		} }],
		['builder-groups', { url: e2e.at('/workflows/new'), then: async (page) => {
			const add = async (kind, group) => {
				await page.getByRole('combobox', { name: group ? `Add step to ${group}` : 'Add step', exact: true }).fill(kind);
				await page.getByRole('option', { name: new RegExp(`^${kind}`) }).first().click();
			};
			await page.getByLabel('Name', { exact: true }).first().fill('Write, review, approve');
			await add('Transform');
			await add('Parallel');
			for (const kind of ['Function', 'HTTP request', 'Sequence']) await add(kind, 'Parallel');
			await add('Wait', 'Sequence');
			await add('Condition');
			await add('Approval');
			await page.getByRole('heading', { level: 3, name: 'Condition' }).click();
			await page.getByLabel('Question', { exact: true }).fill('{{steps.function.output.score}} > 0.8');
		} }],
		['builder-kinds', { url: e2e.at('/workflows/new'), then: (page) => page.getByRole('combobox', { name: 'Add step' }).click() }],
		['workflow-edit', { url: e2e.at('/workflows'), then: edit }],
		['workflow-menu', { url: e2e.at('/workflows'), then: async (page) => {
			await page.getByRole('link', { name: /^Extract → Summarise/ }).first().click();
			await page.getByRole('button', { name: /^Actions of/ }).click();
			await page.getByRole('menu').waitFor();
		} }],
		['workflow-conflict', { url: e2e.at('/workflows'), then: async (page) => {
			await edit(page);
			await page.getByLabel('Description').fill('Mine');
			await page.route(/workflows\/[^/]+$/, (route) => (route.request().method() === 'PATCH' ? route.fulfill({ ...problem, status: 412 }) : route.fallback()));
			await page.keyboard.press('Control+s');
			await page.getByRole('alert').waitFor();
		} }],
		['prompts', { url: e2e.at('/prompts') }],
		['prompts-loading', { url: e2e.at('/prompts'), before: never(list('prompts')), wait: 900 }],
		['prompts-empty', { url: e2e.at('/prompts'), before: answers(list('prompts'), none) }],
		['prompts-error', { url: e2e.at('/prompts'), before: answers(list('prompts'), problem) }],
		['prompt', { url: e2e.at('/prompts'), then: editing }],
		['prompt-share', { url: e2e.at('/prompts'), then: async (page) => {
			await page.getByRole('link', { name: 'Summarise for executive' }).click();
			await page.getByRole('button', { name: /^Actions of/ }).click();
			await page.getByRole('menuitem', { name: 'Share…' }).click();
			await page.getByRole('dialog').waitFor();
		} }],
		['prompt-versions', { url: e2e.at('/prompts'), then: async (page) => {
			await page.getByRole('link', { name: 'Summarise for executive' }).click();
			await page.getByRole('link', { name: 'Versions' }).click();
			await page.getByRole('link', { name: 'v1' }).click();
			await page.getByRole('region', { name: 'Text of v1' }).waitFor();
		} }],
		['prompt-conflict', { url: e2e.at('/prompts'), then: async (page) => {
			await editing(page);
			await page.route(/prompts\/[^/]+$/, (route) => (route.request().method() === 'PATCH' ? route.fulfill({ ...problem, status: 412 }) : route.fallback()));
			await page.keyboard.press('Control+s');
			await page.getByRole('alert').waitFor();
		} }],
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
	];
}
