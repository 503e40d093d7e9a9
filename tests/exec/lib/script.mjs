// For tests of script steps.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** A script step. */
export const script = (command, more = {}) => ({ kind: 'script', command, timeout_seconds: 100, ...more });

/** Working directories of this engine alone. */
export const boxOptions = (engine, ...more) => [`--work-dir=${workOf(engine)}`, ...more];
export const workOf = (engine) => path.join(engine.dir, 'work');

/** Why this machine cannot keep scripts apart; false: it can. Asked of bubblewrap itself, so that a fault of ours does not skip its own test. */
export function cannot() {
	const { status, stderr, error } = spawnSync('bwrap', ['--unshare-user', '--unshare-pid', '--unshare-net', '--ro-bind', '/', '/', '--proc', '/proc', 'true'], { encoding: 'utf8' });
	return status === 0 ? false : `no namespaces here: ${error?.message ?? stderr.trim()}`;
}

export function tried(read) {
	try {
		return read();
	} catch {
		return null; // it has gone meanwhile
	}
}

/** Processes that have to do with a working directory of this engine, in a box or around one. */
export function boxed(engine) {
	const work = workOf(engine);
	const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && +name !== process.pid && !engine.executors.some((x) => x.child.pid === +name));
	return pids.filter((pid) => {
		// Where it was bound from: the fourth word.
		const mounts = tried(() => readFileSync(`/proc/${pid}/mountinfo`, 'utf8')) ?? '';
		if (mounts.split('\n').some((line) => line.split(' ')[3]?.startsWith(work))) return true;
		if (tried(() => readlinkSync(`/proc/${pid}/cwd`))?.startsWith(work)) return true;
		return (tried(() => readdirSync(`/proc/${pid}/fd`)) ?? []).some((fd) => tried(() => readlinkSync(`/proc/${pid}/fd/${fd}`))?.startsWith(work));
	});
}

/** Whether it is the process between the executor and a box. */
export const supervises = (pid, executor) => tried(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))?.replace(/^.*\) /, '').split(' ')[1] === String(executor.child.pid);

/** A text as Perl writes it. */
export const perlText = (text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
