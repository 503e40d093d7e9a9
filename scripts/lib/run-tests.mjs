// Runs test files, of all parts at once, so that every processor has something to do to the end: those that take longest begin first. Each file
// has an installation of its own and waits more than it computes, so there are twice as many at a time as processors; fewer where memory is short.
//
//	node run-tests.mjs COUNTS SECONDS FILE…       a file that hangs says what it waits for after SECONDS and is ended (test-file-watch.mjs), by
//	                                              force where it does not even say that; the counts go to the file COUNTS (count-reporter.mjs)
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
const LONG = ['fault/mutations', 'sim/sim', 'scripts/run', 'e2e/quality', 'api/matrix', 'js/families', 'exec/large', 'exec/holders', 'fault/cluster', 'exec/quota', 'api/mail', 'e2e/settings',
	'e2e/accounts', 'exec/http', 'fault/postgres', 'fault/random', 'fault/points', 'exec/script-network', 'api/live', 'clients/js', 'cli/cli', 'e2e/runs', 'e2e/reference', 'fault/snapshot', 'fault/clocks',
	'fault/restored', 'exec/memory', 'exec/long-loop', 'cli/workflow', 'exec/runs', 'exec/script', 'exec/waiting', 'sim/mutants', 'cli/typescript', 'api/account', 'fault/versions', 'e2e/code-run',
	'e2e/projects', 'e2e/builder-kinds', 'e2e/groups', 'e2e/deeds'];
/** What one file may need: a cluster, programs, a browser. */
const FILE_BYTES = 2 ** 30;

const [counts, seconds, ...given] = process.argv.slice(2);
const place = (file) => {
	const at = LONG.indexOf(path.relative(path.join(file, '../..'), file).replace(/\.test\.mjs$/, ''));
	return at < 0 ? LONG.length : at;
};
const files = given.map((file) => path.resolve(file)).sort((a, b) => place(a) - place(b) || (a < b ? -1 : 1));
process.env.STEPMILL_TEST_FILE_SECONDS = seconds;
process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ''} --import=${new URL('test-file-watch.mjs', import.meta.url)}`;
const concurrency = Math.max(2, Math.min(2 * os.availableParallelism(), Math.floor(os.freemem() / FILE_BYTES)));
const events = run({ files, concurrency, timeout: (Number(seconds) + 60) * 1000 });
events.on('test:fail', ({ todo }) => {
	if (todo === undefined || todo === false) process.exitCode = 1;
});
compose(events, new Spec()).pipe(process.stdout);
compose(events, count).pipe(createWriteStream(counts));
