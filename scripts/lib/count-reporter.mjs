// A reporter of node's test runner that prints nothing but, at the end, one line of JSON with the counts of single tests
// (suites are not tests), and one that tells which files took longest. scripts/test reads it, so that what a test prints can never be
// taken for a result.
import path from 'node:path';

export default async function* count(events) {
	const files = [];
	const counts = { passed: 0, failed: 0, skipped: 0 };
	for await (const event of events) {
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
		if (nesting === 0 && file !== undefined && name === file && event.type === 'test:pass') continue;
		if ((skip !== undefined && skip !== false) || (todo !== undefined && todo !== false)) counts.skipped++;
		else if (event.type === 'test:fail') counts.failed++;
		else counts.passed++;
	}
	files.sort((a, b) => b[1] - a[1]);
	yield `${JSON.stringify(counts)}\n${files.slice(0, 5).map(([name, seconds]) => `${name} ${seconds} s`).join(', ')}\n`;
}
