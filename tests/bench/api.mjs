// scripts/bench api: what the API costs, beside what nginx, libfcgi and one prepared query can do in the same run.
// --seconds N a line (5), --connections N (32), --workers N (4)

import { spawn } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { sleep, startStack } from '../harness/stack.mjs';
import { cpu, options, privateMemory, save, table, wrk } from './lib/measure.mjs';

const { seconds, connections, workers } = options(import.meta.url, { seconds: 5, connections: 32, workers: 4 });

const location = (name) => `location = /bench/${name} { fastcgi_pass "unix:@RUN@/${name}.sock"; include /etc/nginx/fastcgi_params; }\n`;
const stack = await startStack({ workers, executors: 0, live: false, fsync: true, locations: location('hello') + location('query') });
const limits = {};
// What else runs on the machine is in every line: a ratio says more than a rate then, and less than on a quiet one.
const [busy] = os.loadavg();
if (busy > os.cpus().length / 2) console.log(`Other work is running here: the load was ${busy.toFixed(1)} on ${os.cpus().length} processors before this began.`);
try {
	const limit = (name, ...args) => {
		const child = spawn(path.join(stack.build, 'bench_fcgi'), [`${stack.dir}/run/${name}.sock`, String(workers), name, ...args], { stdio: 'inherit' });
		limits[name] = child;
	};
	limit('hello');
	limit('query', stack.conninfo('postgres'));
	const client = await stack.signIn();
	const w = `/workspaces/${client.workspace}`;
	const flows = (await client.get(`${w}/workflows?limit=100`)).body.data;
	const instant = flows.find((f) => /instant/i.test(f.name));
	const [prompt] = (await client.get(`${w}/prompts`)).body.data;
	const input = { text: 'One. Two. Three.' };
	const made = await client.post(`${w}/runs:bulk`, { workflow_id: instant.id, inputs: Array(200).fill(input) });
	if (made.status !== 201) throw new Error(JSON.stringify(made.body));
	await sleep(500);

	const cookie = { cookie: client.cookie };
	const create = `wrk.method = "POST"\nwrk.headers["content-type"] = "application/json"\nwrk.body = '${JSON.stringify({ workflow_id: instant.id, input })}'`;
	const lines = [
		['nginx, static page', '/', {}, 'nginx'],
		['libfcgi, hello world', '/bench/hello', {}, 'hello'],
		['libfcgi, one prepared query', '/bench/query', {}, 'query'],
		['read: session, role, one prompt', `/api${w}/prompts/${prompt.id}`, { headers: cookie }, 'api'],
		['read: a run with its steps', `/api${w}/runs/${made.body.ids[0]}`, { headers: cookie }, 'api'],
		['read: who is signed in', '/api/session', { headers: cookie }, 'api'],
		['list of 50 runs', `/api${w}/runs?limit=50`, { headers: cookie }, 'api'],
		['create a run', `/api${w}/runs`, { headers: cookie, script: create }, 'api'],
	];
	const results = [];
	for (const [name, where, options, kind] of lines) {
		const program = kind === 'api' ? stack.programs.api : limits[kind];
		await wrk(`${stack.url}${where}`, { ...options, connections, seconds: 1 });
		const before = [cpu(program), cpu(stack.programs.postgres)];
		const r = await wrk(`${stack.url}${where}`, { ...options, connections, seconds });
		results.push({ name, ...r, cpuProgram: cpu(program) - before[0], cpuPostgres: cpu(stack.programs.postgres) - before[1], memory: privateMemory(program) });
	}
	const query = results.find((r) => r.name.includes('prepared')).rate;
	const hello = results.find((r) => r.name.includes('hello')).rate;
	table(['', 'a second', 'p50 ms', 'p99 ms', 'failed', 'CPU s program', 'CPU s postgres', 'MB a worker', 'of hello', 'of query'],
		results.map((r) => [r.name, r.rate, r.p50, r.p99, String(r.failed), r.cpuProgram, r.cpuPostgres, r.memory, `${Math.round((100 * r.rate) / hello)} %`, `${Math.round((100 * r.rate) / query)} %`]));
	const read = results.find((r) => r.name.startsWith('read: session'));
	console.log(`\nThe authenticated read is at ${Math.round((100 * read.rate) / query)} % of one prepared query (aim: 85), its p99 ${read.p99.toFixed(1)} ms (aim: 5),`
		+ ` a worker has ${read.memory.toFixed(1)} MB of its own (aim: 8).`);
	save('api', { seconds, connections, workers, load: busy, results });
} finally {
	for (const child of Object.values(limits)) child.kill('SIGKILL');
	await stack.stop();
}
