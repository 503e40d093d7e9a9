// Runs test files, of all parts at once, so that every processor has something to do to the end: those that take longest begin first. Each file
// has an installation of its own and waits more than it computes, so there are more files at a time than processors.
//
//	node run-tests.mjs COUNTS SECONDS FILE…       a file that hangs is ended after SECONDS; the counts go to the file COUNTS (count-reporter.mjs)
//
// The exit status is 0 when nothing failed.
import { createWriteStream } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { compose } from 'node:stream';
import { run } from 'node:test';
import { spec as Spec } from 'node:test/reporters';
import count from './count-reporter.mjs';

// What takes more than half a minute, longest first. A file that is not named begins after these: no harm but an idle processor at the end.
const LONG = ['fault/mutations', 'exec/loop', 'fault/points', 'e2e/quality', 'fault/random', 'fault/snapshot', 'sim/sim', 'exec/quota', 'fault/cluster', 'e2e/reference', 'fault/restored',
	'scripts/run', 'exec/runs', 'exec/http', 'api/matrix', 'exec/waiting', 'api/live', 'js/families', 'exec/large', 'js/js', 'e2e/settings', 'e2e/accounts', 'e2e/runs'];

const [counts, seconds, ...given] = process.argv.slice(2);
const place = (file) => {
	const at = LONG.indexOf(path.relative(path.join(file, '../..'), file).replace(/\.test\.mjs$/, ''));
	return at < 0 ? LONG.length : at;
};
const files = given.map((file) => path.resolve(file)).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
const events = run({ files, concurrency: os.availableParallelism() + 1, timeout: Number(seconds) * 1000 });
events.on('test:fail', ({ todo }) => {
	if (todo === undefined || todo === false) process.exitCode = 1;
});
compose(events, new Spec()).pipe(process.stdout);
compose(events, count).pipe(createWriteStream(counts));
