// A private stack with people in two workspaces, for the tests of the API. No executor: runs stay as they were made.
//
//	const world = await startWorld();
//	await world.ada.post(world.at('/prompts'), { name: 'A', body: 'text' });
//
// ada owns `home`, ann is an admin of it, mia a member, vic a viewer; eve owns `elsewhere` and nothing at home; nobody is not signed in.

import { execFileSync } from 'node:child_process';
import { Client, demo, startStack } from '../../harness/stack.mjs';

export const ids = {
	home: '0197aaaa-0000-7000-8000-000000000001',
	elsewhere: '0197aaaa-0000-7000-8000-000000000002',
	ada: '0197bbbb-0000-7000-8000-000000000001',
	mia: '0197bbbb-0000-7000-8000-000000000002',
	vic: '0197bbbb-0000-7000-8000-000000000003',
	eve: '0197bbbb-0000-7000-8000-000000000004',
	ann: '0197bbbb-0000-7000-8000-000000000005',
	missing: '0197cccc-0000-7000-8000-000000000009',
};
export const people = { ada: 'owner', ann: 'admin', mia: 'member', vic: 'viewer' };
export const password = demo.password;
/** The same, hashed with next to no work: these tests sign in hundreds of times, and how much work it is they are not about. */
const hash = '$argon2id$v=19$m=8,t=1,p=1$wuQGVmIsB7gDmNiF383Dhg$3nxn2XqKTn1v/fhyoA+U+a3m1hBjEi6swOQAxOJuUV8';

export async function startWorld(options = {}) {
	const stack = await startStack({ build: process.env.STEPMILL_BUILD ?? 'build', executors: 0, live: false, ...options });
	const world = { stack, at: (path, workspace = ids.home) => `/workspaces/${workspace}${path}`, nobody: new Client(stack.url) };
	stack.sql(`update app_user set password_hash = '${hash}' where email = '${demo.email}'`);
	const person = (name) => `insert into app_user (id, email, name, password_hash)
		values ('${ids[name]}', '${name}@stepmill.test', '${name}', '${hash}');`;
	const member = (name, workspace, role) => `insert into membership (workspace_id, user_id, role)
		values ('${ids[workspace]}', '${ids[name]}', '${role}');`;
	stack.sql([...Object.keys(people), 'eve'].map(person).join('')
		+ ['home', 'elsewhere'].map((w) => `insert into workspace (id, slug, name) values ('${ids[w]}', '${w}', '${w}');`).join('')
		+ Object.entries(people).map(([name, role]) => member(name, 'home', role)).join('')
		+ member('eve', 'elsewhere', 'owner'));
	for (const name of [...Object.keys(people), 'eve']) world[name] = await stack.signIn(`${name}@stepmill.test`, password);
	return world;
}

/** A chain of two prompts at home; its runs take {"text": string}. */
export async function makeChain(client, workspace = ids.home, more = {}) {
	const prompts = [];
	for (const body of ['Extract from {{text}}', 'Summarise {{content}}']) {
		const answer = await client.post(`/workspaces/${workspace}/prompts`, { name: body.split(' ')[0], body });
		if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
		prompts.push(answer.body);
	}
	const answer = await client.post(`/workspaces/${workspace}/workflows`, { name: 'Chain', definition: chain(prompts), ...more });
	if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
	return { prompts, workflow: answer.body };
}

export function chain(prompts) {
	return {
		type: 'chain',
		steps: [
			{ key: 'extract', kind: 'prompt', prompt: { id: prompts[0].id }, input: { text: '{{input.text}}' } },
			{ key: 'summarise', kind: 'prompt', prompt: { id: prompts[1].id }, input: { content: '{{steps.extract.output}}' } },
		],
	};
}

/** Rows of every table that people can write to; two equal counts mean that nothing was stored. */
export function stored(stack) {
	return stack.sql(['prompt', 'prompt_version', 'workflow', 'workflow_version', 'run', 'run_live', 'run_record', 'run_inbox',
		'idempotency', 'session', 'api_token', 'audit', 'workspace', 'membership', 'invitation', 'variable', 'secret', 'agent', 'project', 'second_factor', 'recovery_code', 'sign_in_provider', 'sign_in_identity', 'mail', 'email_confirmation'].map((t) => `(select count(*) from ${t})`).join(', ').replace(/^/, 'select '))[0].join(' ');
}

/** Speaks FastCGI to the API without nginx in between. */
export function direct(stack, params, body = '') {
	const out = execFileSync('cgi-fcgi', ['-bind', '-connect', `${stack.dir}/run/api.sock`], {
		input: body,
		env: { PATH: process.env.PATH, CONTENT_LENGTH: String(Buffer.byteLength(body)), ...params },
		maxBuffer: 64 << 20,
	}).toString();
	const [head, ...rest] = out.split('\r\n\r\n');
	const text = rest.join('\r\n\r\n');
	return { status: Number(/^Status: (\d+)/.exec(head)?.[1]), head, text, body: text && /^Content-Type: [^;\r]*json/m.test(head) ? JSON.parse(text) : null };
}
