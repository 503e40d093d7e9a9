// What a test waits for, so that a file that hangs can say it when its time is over (scripts/lib/test-file-watch.mjs).
//
//	const wait = waitsFor('the run to end');
//	…
//	wait.over();
const waits = (globalThis[Symbol.for('stepmill.waits')] ??= new Set());

export function waitsFor(what) {
	const wait = { what, since: Date.now(), error: new Error(), over: () => waits.delete(wait) };
	waits.add(wait);
	return wait;
}
