// One fault at a time, at random, until the time is over: every process of a stack is killed, stopped and brought back.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { sleep } from '../harness/stack.mjs';

export const faults = {
	async 'kill an API worker'(stack, random) {
		const workers = stack.workers();
		if (workers.length) kill(workers[Math.floor(random() * workers.length)]);
	},
	async 'kill the API master'(stack) {
		await stack.programs.api.kill();
		await sleep(30);
		stack.programs.api.start();
	},
	async 'kill an executor'(stack, random) {
		const executor = stack.executors[Math.floor(random() * stack.executors.length)];
		await executor.kill();
		await sleep(random() * 200);
		executor.start();
	},
	async 'stop an executor past its lease'(stack, random) {
		const executor = stack.executors[Math.floor(random() * stack.executors.length)];
		await executor.kill('SIGSTOP');
		await sleep(stack.options.leaseSeconds * 1000 + 800);
		await executor.kill('SIGCONT');
	},
	// An executor has no other children. Once each: a job whose processes are killed again and again is taken for the cause.
	async 'kill the processes for JavaScript and the boxes of scripts'(stack, random) {
		const executor = stack.executors[Math.floor(random() * stack.executors.length)];
		if (!executor.pid) return;
		for (const pid of children(executor.pid)) kill(pid);
	},
	// One of a box, where there is one within a second.
	async 'kill a proxy'(stack) {
		const proxies = () => stack.executors.filter((executor) => executor.pid).flatMap((executor) => children(executor.pid)).flatMap(children).filter(isProxy);
		for (const end = Date.now() + 1000; Date.now() < end; await sleep(20)) {
			const [pid] = proxies();
			if (pid) return kill(pid);
		}
	},
	async 'kill live'(stack, random) {
		await stack.programs.live.kill();
		await sleep(random() * 100);
		stack.programs.live.start();
	},
	async 'kill nginx'(stack) {
		await stack.killNginx();
		stack.programs.nginx.start();
	},
	async 'kill PostgreSQL'(stack) {
		await stack.killPostgres();
		await stack.startPostgres();
	},
	async 'cut all connections'(stack) {
		stack.sql(`select pg_terminate_backend(pid) from pg_stat_activity where usename like 'stepmill%' and pid <> pg_backend_pid()`);
	},
};

/** None of a process that has gone. */
function children(pid) {
	try {
		return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
	} catch {
		return [];
	}
}

function isProxy(pid) {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith('stepmill-box\0proxy\0');
	} catch {
		return false;
	}
}

function kill(pid) {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		/* it has just ended */
	}
}

/**
 * Strikes are forgiven until the function it returns is called: that the test kills executors is no fault of the runs they held, and none is
 * to be called alone, or set aside, for it. Rows that somebody has locked come next time, so that nobody waits for it nor it for anybody.
 */
export function pardon(stack, strikes = 1) {
	let over = false;
	const text = `with l as (select workspace_id, run_id from run_live where strikes >= ${strikes} order by workspace_id, run_id for no key update skip locked)
		update run_live set strikes = 0 from l where run_live.workspace_id = l.workspace_id and run_live.run_id = l.run_id`;
	const forgive = () => new Promise((done) => {
		execFile('psql', ['-h', stack.pgHost, '-U', 'postgres', '-d', 'stepmill', '-Xqc', text], () => done()); // the database may be away: next time
	});
	const forgiving = (async () => {
		while (!over && !stack.stopped) {
			await forgive();
			await sleep(300);
		}
	})();
	return async () => {
		over = true;
		await forgiving;
	};
}

/** Returns how often each fault was done. Every kind comes once before any comes again. */
export async function harass(stack, seconds, random, names = Object.keys(faults)) {
	const done = {};
	const end = Date.now() + seconds * 1000;
	let bag = [];
	while (Date.now() < end) {
		if (!bag.length) bag = [...names];
		const [name] = bag.splice(Math.floor(random() * bag.length), 1);
		await faults[name](stack, random);
		done[name] = (done[name] ?? 0) + 1;
		await sleep(100 + random() * 500);
	}
	for (const executor of stack.executors) if (!executor.running) executor.start();
	return done;
}
