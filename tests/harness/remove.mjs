// A directory is removed, whatever is in it: deeper than a path can be long, or being written to by what has just been told to end. It never throws: what
// is left behind is no reason for a test to fail.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

export function remove(dir) {
	for (let tries = 0; tries < 5 && existsSync(dir); tries++) spawnSync('rm', ['-rf', '--', dir], { stdio: 'ignore' });
}
