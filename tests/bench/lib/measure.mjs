// What the benchmarks share: CPU and memory of process families, wrk, percentiles, tables, and the file of results.

import { execFile, execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { root } from '../../harness/stack.mjs';

const run = promisify(execFile);

/** What a benchmark may be given: numbers, each with what it is unless it is given. --help prints how its file begins. */
export function options(/** @type {string} */ url, /** @type {Record<string, number>} */ defaults) {
	const known = Object.fromEntries(Object.entries(defaults).map(([name, value]) => [name, { type: 'string', default: String(value) }]));
	let values;
	try {
		({ values } = parseArgs({ options: { ...known, help: { type: 'boolean' } } }));
	} catch (error) {
		console.error(`${error.message}. --help tells what can be given.`);
		process.exit(2);
	}
	if (values.help) {
		console.log(fs.readFileSync(fileURLToPath(url), 'utf8').split('\n\n')[0].replace(/^\/\/ ?/gm, ''));
		process.exit(0);
	}
	return Object.fromEntries(Object.keys(defaults).map((name) => [name, Number(values[name])]));
}

const tick = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function family(pid) {
	const children = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(/\s+/).filter(Boolean).map(Number);
	return [pid, ...children];
}

/** CPU seconds of a program and its children, those that have ended included. */
export function cpu(program) {
	if (!program?.pid) return 0;
	let ticks = 0;
	for (const pid of family(program.pid)) {
		let fields;
		try {
			fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
		} catch {
			continue; // it has just ended
		}
		ticks += Number(fields[11]) + Number(fields[12]) + (pid === program.pid ? Number(fields[13]) + Number(fields[14]) : 0);
	}
	return ticks / tick;
}

/** Largest private memory among a program's processes (its workers, when it has any), in MB. */
export function privateMemory(program) {
	if (!program?.pid) return 0;
	const pids = family(program.pid);
	const of = (pid) => {
		const text = fs.readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
		const kb = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? 0);
		return (kb('Private_Clean') + kb('Private_Dirty')) / 1024;
	};
	return Math.max(...(pids.length > 1 ? pids.slice(1) : pids).map(of));
}

const milliseconds = (text) => Number.parseFloat(text) * { us: 0.001, ms: 1, s: 1000, m: 60000 }[/[a-z]+$/.exec(text)[0]];

/** One wrk run; `script` is Lua. */
export async function wrk(url, { seconds = 5, connections = 32, headers = {}, script } = {}) {
	const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...Object.entries(headers).flatMap(([n, v]) => ['-H', `${n}: ${v}`])];
	if (script) {
		const file = path.join(os.tmpdir(), `stepmill-wrk-${process.pid}.lua`);
		fs.writeFileSync(file, script);
		args.push('-s', file);
	}
	const { stdout } = await run('wrk', [...args, url]);
	const find = (pattern) => pattern.exec(stdout)?.[1];
	return {
		rate: Number(find(/Requests\/sec:\s+([\d.]+)/)),
		p50: milliseconds(find(/^\s+50%\s+(\S+)/m)), // beside a share of the statistics above it
		p99: milliseconds(find(/^\s+99%\s+(\S+)/m)),
		failed: Number(find(/Non-2xx or 3xx responses: (\d+)/) ?? 0) + (/Socket errors/.test(stdout) ? 1 : 0),
		requests: Number(find(/(\d+) requests in/)),
	};
}

export function percentile(values, p) {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor((sorted.length * p) / 100))];
}

export function table(columns, rows) {
	const cells = [columns, ...rows.map((row) => row.map((v) => (typeof v === 'number' ? format(v) : (v ?? '—'))))];
	const widths = columns.map((_, i) => Math.max(...cells.map((row) => String(row[i]).length)));
	for (const row of cells) console.log(row.map((v, i) => (i ? String(v).padStart(widths[i]) : String(v).padEnd(widths[i]))).join('  '));
}

const format = (v) => (v >= 1000 ? Math.round(v).toLocaleString('en') : v >= 10 ? v.toFixed(1) : v.toFixed(3));

export function save(name, results) {
	const dir = path.join(root, 'var', 'bench');
	fs.mkdirSync(dir, { recursive: true });
	const file = path.join(dir, `${name}-${new Date().toISOString().replace(/[:.]/g, '-')}.json`);
	fs.writeFileSync(file, `${JSON.stringify({ name, at: new Date().toISOString(), cpus: os.cpus().length, ...results }, null, '\t')}\n`);
	console.log(`\nKept in ${path.relative(root, file)}`);
}
