// What a test has made outlives it when it is killed: its database, its programs, its directory. A process that waits for its end puts them
// away then (reaper.sh).
//
//	const release = guard(dir);     every program of the test has `dir`/ among its arguments
//	…
//	release();                      the test has put everything away
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export function guard(dir) {
	const child = spawn(fileURLToPath(new URL('reaper.sh', import.meta.url)), [], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/' });
	child.unref();
	child.stdin.unref();
	child.stdin.on('error', () => {});
	child.stdin.write(`${dir}\n`);
	return () => child.stdin.end('done\n');
}
