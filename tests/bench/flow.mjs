// scripts/bench flow: a definition of 1,000 steps checked, read and planned, plain templates filled, and expressions a second through
// stepmill-js and by the engine itself.
// --rounds N (20) --evaluations N (20000)

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root } from '../harness/stack.mjs';
import { options, save, table } from './lib/measure.mjs';

const { rounds, evaluations } = options(import.meta.url, { rounds: 20, evaluations: 20000 });
const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');
execFileSync('make', ['-C', build, '-s', '--no-print-directory', 'bench_flow'], { stdio: 'inherit' });
const measured = Object.fromEntries(execFileSync(`${build}/bench_flow`, [String(rounds)], { encoding: 'utf8' }).trim().split('\n')
	.map((line) => JSON.parse(line)).map((m) => [m.what, m]));
const each = (what) => measured[what].ms / measured[what].times;
const rows = ['check', 'read', 'plan'].map((what) => ({ what, ms: each(what) }));
const whole = rows.reduce((sum, row) => sum + row.ms, 0);
const templates = 1000 / each('templates');
table(['1,000 steps, processor time', 'ms', 'aim'], [...rows.map((r) => [r.what, r.ms.toFixed(2), '']), ['together', whole.toFixed(2), '50']]);
table(['templates', 'a second'], [['plain paths, three in a text', Math.round(templates)]]);
save('flow', { rounds, rows, whole, templates });
execFileSync(process.execPath, [new URL('js.mjs', import.meta.url).pathname, `--evaluations=${evaluations}`], { stdio: 'inherit' });
