// Loaded into each test file by run-tests.mjs: a file that is at it for STEPMILL_TEST_FILE_SECONDS says what it waits for, and ends. Its hooks do not run;
// what it has started goes with it (tests/harness/reaper.mjs).
//
// Whoever waits says so in `waits`: a set of { what, since, error }, the error made where it was begun to wait (until() of tests/harness/stack.mjs).
const seconds = Number(process.env.STEPMILL_TEST_FILE_SECONDS);
const waits = (globalThis[Symbol.for('stepmill.waits')] ??= new Set());

if (seconds > 0 && /\.test\.mjs$/.test(process.argv[1] ?? '')) {
	const { afterEach, beforeEach } = await import('node:test');
	const under = new Set();
	beforeEach((t) => void under.add(t.name));
	afterEach((t) => void under.delete(t.name));
	setTimeout(() => {
		const told = [...waits].map(({ what, since, error }) => `for ${Math.round((Date.now() - since) / 1000)} s for ${what}\n${error.stack.split('\n').slice(2).join('\n')}`);
		process.stderr.write(`${process.argv[1]} is ended after ${seconds} s, in: ${[...under].join('; ') || 'no test'}. It has waited ${told.join('\nand ') || 'for something that it does not name.'}\n`);
		process.exit(1);
	}, seconds * 1000).unref();
}
