// What a machine with nothing else to do does at once, a busy one does some time.
import assert from 'node:assert/strict';

/** Asks again, for two minutes, until it is true for once; else it tells what was wrong. What must never be, ask asserts each time. */
export async function sometime(what, ask) {
	const begun = Date.now();
	for (;;) {
		const said = await ask();
		if (said === true) return;
		assert.ok(Date.now() - begun < 120000, `${what}: ${said}`);
	}
}
