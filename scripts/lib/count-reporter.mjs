// A reporter of node's test runner that prints nothing but, at the end, one line of JSON with the counts of single tests
// (suites are not tests). scripts/test reads it, so that what a test prints can never be taken for a result.
export default async function* count(events) {
	const counts = { passed: 0, failed: 0, skipped: 0 };
	for await (const event of events) {
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
	yield `${JSON.stringify(counts)}\n`;
}
