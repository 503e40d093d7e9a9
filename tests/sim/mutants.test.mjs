// The simulators against planners that are wrong in their text (mutants.mjs): each must be noticed. What the simulators know besides, as spoiled answers, is in
// sim.test.mjs.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { mutants } from './mutants.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const build = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build');
const recorded = readdirSync(`${root}/tests/sim/golden/decided`).map((name) => `${root}/tests/sim/golden/decided/${name}`);
const dir = mkdtempSync(path.join(tmpdir(), 'stepmill-mutants-'));
const make = (...args) => execFileSync('make', ['-C', build, '-s', '--no-print-directory', ...args], { stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });

before(() => make('src/db/statements.h', ...[...new Set(mutants.map((one) => one.by))].map((name) => `tests/sim/${name}`)));
after(() => rmSync(dir, { recursive: true }));

for (const [i, { name, file, from, to, by, seed = 1, histories = 2000 }] of mutants.entries())
	test(`${by}: ${name}`, () => {
		const text = readFileSync(`${root}/src/flow/${file}`, 'utf8');
		assert.equal(text.split(from).length, 2, `"${from}" stands in ${file} once`);
		writeFileSync(`${dir}/${i}.c`, text.replace(from, () => to));
		make('mutant', `SIMULATOR=${by}`, `CHANGED=${dir}/${i}.c`, `MUTANT=${dir}/${i}`);
		const args = by === 'decided' ? recorded : ['--histories', String(histories), '--seed', String(seed)];
		const done = spawnSync(`${dir}/${i}`, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
		// It may also make the planner fall over, which nobody overlooks.
		assert.ok(done.signal || (done.status === 1 && /WRONG, (seed \d+: |.*: plan\(\) wanted)/.test(done.stdout)), `nothing is noticed: ${done.stdout}${done.stderr}`);
	});
