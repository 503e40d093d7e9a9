// scripts/bench js: expressions a second through stepmill-js, and by the engine itself in the same minute.
// --evaluations N (20000)
//
// In requests of 1, 20 and 200 expressions over 1 KB of JSON. An executor asks for all expressions of a step in one request, and each
// request has a realm of its own: what that costs is seen in the requests of 1.

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../harness/stack.mjs';
import { options, save, table } from './lib/measure.mjs';

const { evaluations } = options(import.meta.url, { evaluations: 20000 });
const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');
execFileSync('make', ['-C', build, '-s', '--no-print-directory', 'bench_js', 'stepmill-js'], { stdio: 'inherit' });
const measured = execFileSync(`${build}/bench_js`, [`${build}/stepmill-js`, String(evaluations)], { encoding: 'utf8' })
	.trim().split('\n').map((line) => JSON.parse(line));

const rate = (by, size) => {
	const one = measured.find((m) => m.by === by && m.size === size);
	return one.evaluations / one.seconds;
};
const rows = [1, 20, 200].map((size) => ({ size, process: rate('process', size), engine: rate('engine', size) }));
table(['expressions a request', 'stepmill-js /s', 'engine itself /s', 'ratio'],
	rows.map((r) => [r.size, Math.round(r.process), Math.round(r.engine), (r.process / r.engine).toFixed(2)]));
save('js', { evaluations, rows });
