// A reporter of node's test runner that prints nothing but, at the end, a line for each part (directory of tests/) with the counts of single tests
// (suites are not tests) and the files that took longest. scripts/test reads it, so that what a test prints can never be taken for a
// result.
//
//	api {"passed":690,"failed":0,"skipped":2} routes 41 s, live 38 s
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const tests = fileURLToPath(new URL('../../tests', import.meta.url));

export default async function* count(events) {
	const parts = new Map();
	const of = (file) => {
		const [part] = path.relative(tests, file).split(path.sep);
		if (!parts.has(part)) parts.set(part, { counts: { passed: 0, failed: 0, skipped: 0 }, files: [] });
		return parts.get(part);
	};
	for await (const event of events) {
		if (event.data?.file === undefined) continue;
		const { counts, files } = of(event.data.file);
		if (event.type === 'test:complete' && event.data.nesting === 0 && event.data.name === event.data.file) {
			files.push([path.basename(event.data.file, '.test.mjs'), Math.round(event.data.details.duration_ms / 1000)]);
		}
		if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
		const { details, skip, todo, nesting, name, file } = event.data;
		if (details?.type === 'suite') {
			// A suite that fails by itself (in a hook) has no test that says so.
			if (event.type === 'test:fail' && details.error?.failureType === 'hookFailed') counts.failed++;
			continue;
		}
		// Each file is itself shown as a test at the top; it counts only when it failed before any test of it ran.
		if (nesting === 0 && name === file && event.type === 'test:pass') continue;
		if ((skip !== undefined && skip !== false) || (todo !== undefined && todo !== false)) counts.skipped++;
		else if (event.type === 'test:fail') counts.failed++;
		else counts.passed++;
	}
	for (const [part, { counts, files }] of parts) {
		files.sort((a, b) => b[1] - a[1]);
		yield `${part} ${JSON.stringify(counts)} ${files.slice(0, 5).map(([name, seconds]) => `${name} ${seconds} s`).join(', ')}\n`;
	}
}
