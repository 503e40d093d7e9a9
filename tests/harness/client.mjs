// @ts-check
// The client generated from the contract: openapi-fetch over the types that openapi-typescript makes of src/api/openapi.yaml
// (tests/harness/schema.d.ts, made by generate()). What the contract does not know does not compile: see tests/api/client.test.mjs.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import createClient from 'openapi-fetch';

const here = path.dirname(fileURLToPath(import.meta.url));
const tests = path.dirname(here);

/** Writes schema.d.ts beside this file. */
export function generate() {
	execFileSync(path.join(tests, 'node_modules/.bin/openapi-typescript'),
		[path.join(tests, '../src/api/openapi.yaml'), '-o', path.join(here, 'schema.d.ts')], { stdio: 'pipe' });
}

/** What the compiler has against these files of tests/; '' when nothing. What they import from elsewhere is not looked at. */
export function typeErrors(/** @type {string[]} */ ...files) {
	try {
		execFileSync(path.join(tests, 'node_modules/.bin/tsc'), ['--noEmit', '--allowJs', '--checkJs', '--strict', '--target', 'es2022', '--lib', 'es2022,dom',
			'--module', 'nodenext', '--moduleResolution', 'nodenext', '--skipLibCheck', '--types', 'node', ...files], { cwd: tests, stdio: 'pipe', encoding: 'utf8' });
		return '';
	} catch (error) {
		const lines = /** @type {{stdout: string}} */ (error).stdout.split('\n');
		const ours = lines.filter((line) => files.some((file) => line.startsWith(`${file}(`)));
		// No place at all: the compiler itself would not run.
		return (lines.some((line) => /^\S+\(\d/.test(line)) ? ours : lines).join('\n');
	}
}

/** A client that keeps the session's cookie, as a browser does. */
export function client(/** @type {string} */ url) {
	let cookie = '';
	/** @type {import('openapi-fetch').Client<import('./schema.d.ts').paths>} */
	const made = createClient({ baseUrl: `${url}/api` });
	made.use({
		onRequest({ request }) {
			if (cookie) request.headers.set('cookie', cookie);
			return request;
		},
		onResponse({ response }) {
			const set = response.headers.getSetCookie().find((one) => one.startsWith('__Host-stepmill='));
			if (set) cookie = set.split(';')[0] ?? '';
			return response;
		},
	});
	return made;
}
