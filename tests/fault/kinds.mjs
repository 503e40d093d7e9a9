// The kinds of runs a fault test makes. To add one is to add an entry:
//
//	weight    how often it is drawn
//	steps     its workflow's steps; prompt steps get their prompt from load.mjs; or a function of the ids of those workflows that `uses` names
//	then      the steps of its workflow's second version; its runs are of the first. Optional
//	code      of its workflow; optional
//	handlers  of its workflow: { on_start, on_complete, on_error }, their code; optional
//	beside    true: its outermost steps may be under way at once
//	uses      kinds whose workflows are made before; optional
//	agent     config of an agent of the kind's name, registered before; or a function of the same ids; optional
//	network   true: its runs are made in a project whose scripts may use the network; drawn where the load has a server to ask
//	input     what goes into the run beside { text, marker }, a function of the marker and the load; optional
//	limit     of its workflow: { unit, … } as the API takes it; of money the checker looks whether it held; optional
//	before    what clients do before each run of it, in a space; what it gives is known of the run; optional
//	after     what clients do to a run of it, until it has ended; optional, through load.insist, which survives every fault
//	fails     the code of the error it may fail with; none: it must complete
//	atOnce    calls of it that may be under way at once in a workspace, and how long each takes; `key`: under which key a call counts, undefined:
//	          none, and then only calls of one incarnation are compared: another may have died in the middle of its own; optional
//	never     the key of a step that must not be called twice, whatever happens: the model, or of a kind with network the server; optional
//	changes   paths of steps whose handlers make another output of what their run gave; optional
//	wrong     what is wrong with a run that completed, looking at its output and its step runs; '' or undefined: nothing

import { cannot } from '../exec/lib/script.mjs';
import { sleep } from '../harness/stack.mjs';

const boxes = !cannot(); // this machine has what scripts need

const chain = (model, options, more) => ['{{input.text}}', '{{steps.one.output}}', '{{steps.two.output}}'].map((text, i) => ({
	key: ['one', 'two', 'three'][i], kind: 'prompt', input: { text }, model, ...(options ? { options } : {}), ...more,
}));
const said = (run, { input }) => (run.output === input.text ? '' : `it says ${JSON.stringify(run.output)?.slice(0, 80)} instead of ${JSON.stringify(input.text).slice(0, 80)}`);
const retry = (max_attempts) => ({ max_attempts, delay_ms: 30, backoff: 'exponential', max_delay_ms: 200 });
const failing = (key, text, fail_times, attempts) => ({ key, kind: 'prompt', input: { text }, model: 'builtin/echo',
	options: { fail: 'overloaded', fail_times, stream_ms: 0 }, retry: retry(attempts) });
const instant = (key, text) => ({ key, kind: 'prompt', input: { text }, model: 'builtin/instant' });
/** A call in a group that fails within moments of it: it is dropped while it asks for what it needs, while it waits, or while it is under way. */
const dropped = (call, bad) => ({ key: 'g', kind: 'parallel', fail_fast: true, on_failure: 'continue', steps: [
	{ key: 'bad', kind: 'prompt', input: { text: 'no' }, model: 'builtin/echo', options: { delay_ms: 20, fail: 'overloaded', fail_times: 99, stream_ms: 0 }, retry: retry(1), ...bad },
	{ key: 'q', kind: 'sequential', steps: [{ key: 'w', kind: 'wait', seconds: 0.02 },
		{ key: 'y', kind: 'prompt', input: { text: '{{loop.item}}' }, model: 'builtin/echo', retry: retry(1), ...call }] }] });
const asks = 'curl -sS --fail -H "X-Key: $STEPMILL_KEY" --data-binary "{{input.text}}" "{{input.server}}/echo"';

export const kinds = {
	instant: { weight: 8, steps: chain('builtin/instant'), wrong: said },
	streaming: { weight: 5, steps: chain('builtin/echo', { delay_ms: 20, stream_ms: 30 }), wrong: said },
	// Calls that take longer than a short lease: drawn only by tests that ask for them.
	slow: { weight: 0, steps: chain('builtin/echo', { delay_ms: 1500, stream_ms: 0 }), wrong: said },
	// One call of a moment: drawn only by tests that ask for it.
	once: { weight: 0, steps: [{ key: 'one', kind: 'prompt', input: { text: '{{input.text}}' }, model: 'builtin/echo', options: { delay_ms: 100, stream_ms: 0 } }], wrong: said },
	// Outputs that do not fit their rows.
	large: {
		weight: 1,
		steps: [instant('one', '{{input.text}}'), instant('two', '{{steps.one.output}}')],
		input: (marker) => ({ text: `${`large ${marker} `.repeat(8000)}end` }),
		wrong: said,
	},
	// The same, with a call that is slow enough to be made again: drawn only by tests that ask for it.
	largeSlow: {
		weight: 0,
		steps: [instant('one', '{{input.text}}'), { key: 'two', kind: 'prompt', input: { text: '{{steps.one.output}}' }, model: 'builtin/echo', options: { delay_ms: 700, stream_ms: 0 } }],
		input: (marker) => ({ text: `${`large ${marker} `.repeat(8000)}end` }),
		wrong: said,
	},
	// Three calls at once in each workspace: drawn only by tests that ask for it. atOnce: for the checker.
	few: {
		weight: 0,
		steps: [{ key: 'one', kind: 'prompt', input: { text: '{{input.text}}' }, model: 'builtin/echo', options: { delay_ms: 150, stream_ms: 0 }, concurrency: { key: 'few', limit: 3 } }],
		atOnce: { calls: 3, seconds: 0.15 },
		wrong: said,
	},
	// The same, long enough for two executors of a slow machine to have them under way at once: drawn only by tests that ask for it.
	fewLong: {
		weight: 0,
		steps: [{ key: 'one', kind: 'prompt', input: { text: '{{input.text}}' }, model: 'builtin/echo', options: { delay_ms: 5000, stream_ms: 0 }, concurrency: { key: 'few', limit: 3 } }],
		atOnce: { calls: 3, seconds: 5 },
		wrong: said,
	},
	// A loop that takes what it goes through from a step before it, several iterations at once, in each a step that is tried again.
	looped: {
		weight: 2,
		steps: [{ key: 'list', kind: 'transform', value: ['{{input.text}}', '{{input.text}}', '{{input.text}}', '{{input.text}}'] },
			{ key: 'each', kind: 'loop', items: '{{steps.list.output}}', max_concurrency: 2, steps: [failing('again', '{{loop.item}}', 1, 8), instant('said', '{{steps.again.output}}')] },
			{ key: 'line', kind: 'loop', items: '{{steps.each.output}}', steps: [instant('last', '{{loop.item}}')] }],
		wrong: (run, { input }) => (Array.isArray(run.output) && run.output.length === 4 && run.output.every((text) => text === input.text) ? ''
			: `it says ${JSON.stringify(run.output)?.slice(0, 80)}`),
	},
	retried: { weight: 3, steps: [failing('one', '{{input.text}}', 2, 8), instant('two', '{{steps.one.output}}')], wrong: said },
	exhausted: { weight: 1, steps: [failing('one', '{{input.text}}', 99, 3)], fails: 'overloaded', wrong: () => 'it cannot complete' },
	// A call that must not be made twice, alone and after one that may.
	never: {
		weight: 2,
		steps: [instant('one', '{{input.text}}'), { key: 'once', kind: 'prompt', input: { text: '{{steps.one.output}}' }, model: 'builtin/echo',
			options: { delay_ms: 250, stream_ms: 0 }, retry: 'never' }],
		fails: 'unknown_outcome',
		never: 'once',
		wrong: said,
	},
	// The first call of it is its only one: drawn only by tests that ask for it.
	neverOnce: {
		weight: 0,
		steps: [{ key: 'once', kind: 'prompt', input: { text: '{{input.text}}' }, model: 'builtin/echo', options: { stream_ms: 0 }, retry: 'never' }],
		fails: 'unknown_outcome',
		never: 'once',
		wrong: said,
	},
	// The same, and its handler looks on first.
	neverStarted: {
		weight: 1,
		steps: [{ key: 'once', kind: 'prompt', input: { text: '{{input.text}}' }, model: 'builtin/echo', options: { delay_ms: 100, stream_ms: 0 }, retry: 'never',
			on_start: { code: 'for (let i = 0; i < 100000; i++);' } }],
		fails: 'unknown_outcome',
		never: 'once',
		wrong: said,
	},
	// Three at a time of all workspaces' runs of it, and not more than some a second: what executors draw, and what is blocked.
	limited: {
		weight: 3,
		steps: [{ key: 'one', kind: 'prompt', input: { text: '{{input.text}}' }, model: 'builtin/echo', options: { delay_ms: 40, stream_ms: 0 },
			concurrency: { key: 'three', limit: 3 } }, { ...instant('two', '{{steps.one.output}}'), rate: { key: 'some', limit: 20, per_seconds: 1 } }],
		wrong: said,
	},
	// The same in iterations whose calls are dropped: what one had asked for is no other's. In a run those of the item "slow" are never dropped, and one is made at a time.
	keyed: {
		weight: 2,
		steps: [{ key: 'each', kind: 'loop', items: Array.from({ length: 24 }, (_, i) => (i % 4 ? 'slow' : `${i}`)), max_concurrency: 8, steps: [
			dropped({ options: { delay_ms: 100, stream_ms: 0 }, concurrency: { key: '{{input.marker}} {{loop.item}}', limit: 1 } }, { condition: "{{ loop.item !== 'slow' }}" })] }],
		atOnce: { calls: 1, seconds: 0.1, key: ({ run, path }) => (/\/y$/.test(path) && Number.parseInt(path.slice(5), 10) % 4 > 0 ? run : undefined) },
	},
	// And of money: the last item's call would cost ten times what all of them may.
	paid: {
		weight: 2,
		limit: { unit: 'money', cost_usd: 0.5 },
		steps: [{ key: 'each', kind: 'loop', items: ['a', 'b', 'c', 'd', 'e', 'word '.repeat(5000)], max_concurrency: 2, steps: [
			dropped({ options: { delay_ms: 30, stream_ms: 0, price: [1000, 0] } })] }],
	},
	// Outputs that are kept: of the secret as it was when the run was made, or later; and of a text that other runs have, too.
	kept: {
		weight: 2,
		input: (marker) => ({ text: `Kept text ${Number.parseInt(marker.slice(-1), 36) % 4}.` }),
		async before(load, { workspace }) {
			const last = load.tokens.get(workspace);
			// One after the other, each longer than the one before.
			if (!last || load.random() < 0.3) load.tokens.set(workspace, Promise.resolve(last ?? 10).then((n) => load.setToken(workspace, n + 1)));
			return { since: await load.tokens.get(workspace) };
		},
		steps: [{ key: 'one', kind: 'function', input: {}, code: 'return { n: env.TOKEN.length }', cache: { key: '{{env.TOKEN}}', ttl_seconds: 3600 } },
			{ key: 'two', kind: 'prompt', input: { text: '{{input.text}}' }, model: 'builtin/echo', options: { delay_ms: 20, stream_ms: 0 }, cache: { key: '{{input.text}}', ttl_seconds: 3600 } },
			{ key: 'made', kind: 'transform', value: ['{{steps.one.output.n}}', '{{steps.two.output}}'] }],
		wrong: (run, { since, input }) => (run.output?.[0] >= since && run.output[1] === input.text ? '' : `it made ${JSON.stringify(run.output)?.slice(0, 80)}, with a token of ${since} or more`),
	},
	// Commands in boxes; what the first has left in the working directory the second may find, whoever runs it.
	script: {
		weight: boxes ? 1 : 0,
		steps: [{ key: 'one', kind: 'script', command: 'echo "$STEPMILL_KEY" >> log; sleep 0.2; printf "%s" "{{input.text}}"' },
			{ key: 'two', kind: 'script', command: ['cat'], input: { text: '{{steps.one.output.stdout}}' }, format: 'json' }, { key: 'made', kind: 'transform', value: '{{steps.two.output.text}}' }],
		fails: 'script_lost', // its box was killed, and so was the next
		wrong: said,
	},
	// The same, not to be run twice.
	scriptNever: {
		weight: boxes ? 1 : 0,
		steps: [{ key: 'once', kind: 'script', command: 'echo x >> log; sleep 0.2; wc -l < log', format: 'json', retry: 'never' }],
		fails: 'unknown_outcome',
		wrong: (run) => (run.output === 1 ? '' : `it ran ${JSON.stringify(run.output)} times`),
	},
	// Commands that ask the load's server, each through a proxy of its own.
	network: {
		weight: boxes ? 3 : 0,
		network: true,
		input: (marker, load) => ({ server: load.server?.url }),
		steps: [{ key: 'one', kind: 'script', network: true, command: asks }, { key: 'two', kind: 'script', network: true, command: asks }, { key: 'made', kind: 'transform', value: '{{steps.two.output.stdout}}' }],
		fails: 'script_lost',
		wrong: said,
	},
	// The same, not to be asked twice.
	networkNever: {
		weight: boxes ? 2 : 0,
		network: true,
		input: (marker, load) => ({ server: load.server?.url }),
		steps: [{ key: 'once', kind: 'script', network: true, command: asks, retry: 'never' }, { key: 'made', kind: 'transform', value: '{{steps.once.output.stdout}}' }],
		fails: 'unknown_outcome',
		never: 'once',
		wrong: said,
	},
	transforms: {
		weight: 2,
		steps: Array.from({ length: 8 }, (_, i) => ({ key: `t${i}`, kind: 'transform', value: { at: i, last: i ? `{{steps.t${i - 1}.output.at}}` : -1, marker: '{{input.marker}}' } })),
		wrong: (run, { marker }) => (JSON.stringify(run.output) === JSON.stringify({ at: 7, last: 6, marker }) ? '' : `it made ${JSON.stringify(run.output)}`),
	},
	expressions: {
		weight: 2,
		steps: [instant('one', '{{ input.text.split(" ").reverse().join(" ") }}'),
			{ key: 'two', kind: 'function', input: { text: '{{steps.one.output}}' }, code: 'return { words: input.text.split(" ").reverse() }' },
			{ key: 'made', kind: 'transform', value: '{{ steps.two.output.words.join(" ") }}' }],
		wrong: said,
	},
	// A function that asks for its steps: two at once, one that it works out itself, one that is tried again, and one more for what all of them gave.
	coded: {
		weight: 3,
		beside: true,
		steps: [{ ...instant('one', '{{asked.text}}'), needs: [] }, { ...failing('two', '{{asked.text}}', 1, 8), needs: [] },
			{ key: 'made', kind: 'transform', value: '{{asked.value}}', needs: [] }, { ...instant('last', '{{asked.text}}'), needs: [] }],
		code: `exports.default = require('stepmill').defineWorkflow({ name: 'x', async execute(ctx) {
			const both = await Promise.all(['one', 'two'].map((key) => ctx.step(key, { text: ctx.args.text })));
			const made = await ctx.step('made', { fn: () => ({ chance: Math.random(), text: both[0].data === both[1].data ? both[0].data : 'they differ' }) });
			const last = await ctx.step('last', { text: made.data.text });
			return { text: last.data, chance: made.data.chance, again: made.data.chance };
		} });`,
		wrong: (run, { input }) => (run.output?.text === input.text && run.output.chance === run.output.again ? '' : `it made ${JSON.stringify(run.output)?.slice(0, 80)}`),
	},
	// Its handlers: on_start says when it was asked, and whatever sees that sees the same; on_error makes an end of a failure.
	handled: {
		weight: 2,
		steps: [instant('one', '{{input.text}}'), { key: 'first', kind: 'transform', value: '{{input.marker}}' }, { key: 'pause', kind: 'wait', seconds: 0.3 },
			{ key: 'second', kind: 'transform', value: '{{input.marker}}' }, { key: 'breaks', kind: 'function', input: {}, code: 'throw new Error("no luck")' }],
		handlers: {
			on_start: 'return { text: context.input.text, marker: `${context.input.marker} at ${Date.now()}` }',
			on_error: 'const { input, error, steps } = context;\nif (error.path === "breaks") return { text: steps.one.output, saw: [input.marker, steps.first.output, steps.second.output] }',
		},
		wrong: (run, { input, marker }) => (run.output?.text === input.text && run.output.saw.every((one) => one === run.output.saw[0] && one.startsWith(`${marker} at `)) ? ''
			: `it made ${JSON.stringify(run.output)?.slice(0, 200)}`),
	},
	waits: {
		weight: 2,
		steps: [instant('one', '{{input.text}}'), { key: 'short', kind: 'wait', seconds: 0.2 }, { key: 'long', kind: 'wait', seconds: 1.5 },
			{ key: 'made', kind: 'transform', value: { said: '{{steps.one.output}}' } }],
		wrong: (run, { input }) => (run.output?.said === input.text ? '' : `it made ${JSON.stringify(run.output)}`),
	},
	// Looks four times, a call each time, with a signal now and then.
	looking: {
		weight: 2,
		steps: [{ key: 'until', kind: 'wait', while: '{{ poll.output.n < 4 }}', poll_seconds: 1, signal: 'look',
			poll: { kind: 'function', input: { n: '{{ poll.output?.n || 0 }}', text: '{{input.text}}' }, code: 'return { n: input.n + 1, text: input.text }' } },
		{ key: 'made', kind: 'transform', value: ['{{steps.until.output}}'] }],
		async after(load, run) {
			if (load.random() < 0.5) await load.ask(run, 'signals/look', {}, 404, 409);
		},
		wrong(run, { input }, steps) {
			const [made] = run.output ?? [];
			return made?.n === 4 && made.text === input.text ? '' : `it made ${JSON.stringify(run.output)?.slice(0, 80)}`;
		},
	},
	approval: {
		weight: 2,
		steps: [{ key: 'ask', kind: 'approval', input: { about: '{{input.text}}' } }, { key: 'made', kind: 'transform', value: { price: '{{steps.ask.output.data.price}}' } }],
		async after(load, run) {
			run.decision = load.random() < 0.75 ? 'approve' : 'reject';
			run.price = Math.floor(load.random() * 1e6);
			const body = run.decision === 'approve' ? { decision: 'approve', data: { price: run.price } } : { decision: 'reject', comment: 'no' };
			// 409: it does not wait yet, or was decided by a request whose answer was lost.
			while (!load.givenUp && (await load.ask(run, 'approvals/ask', body, 409)) !== 202 && !(await load.ended(run))) await sleep(50);
		},
		fails: 'rejected',
		wrong: (run, { decision, price }) => (decision !== 'approve' ? 'it was rejected' : run.output?.price === price ? '' : `it was told ${price} and took ${JSON.stringify(run.output)}`),
	},
	signals: {
		weight: 2,
		steps: [{ key: 'first', kind: 'signal', signal: 'go' }, { key: 'second', kind: 'signal', signal: 'go' },
			{ key: 'made', kind: 'transform', value: ['{{steps.first.output}}', '{{steps.second.output}}'] }],
		// A signal whose answer was lost is sent again under a number of its own, so that one taken twice shows.
		async after(load, run) {
			run.sent = 0;
			while (!load.givenUp) {
				await load.ask(run, 'signals/go', () => ({ data: ++run.sent }), 404, 409);
				await sleep(150 + load.random() * 250);
				if (await load.ended(run)) return;
			}
		},
		wrong(run, { sent }) {
			const [first, second] = run.output ?? [];
			return Number.isInteger(first) && Number.isInteger(second) && first !== second && first >= 1 && second >= 1 && first <= sent && second <= sent
				? '' : `of signals 1 to ${sent} it took ${first} and ${second}`;
		},
	},
	// Ends twice: from its start, or from its last step.
	reopened: {
		weight: 2,
		steps: chain('builtin/instant'),
		async after(load, run) {
			while (!load.givenUp && !(await load.ended(run))) await sleep(100);
			// One that was cancelled may not have come to its last step. 409: reopened by a request whose answer was lost.
			await load.ask(run, 'retry', load.random() < 0.5 || run.cancelled ? { from: 'start' } : { from: { step: 'three' } }, 409);
			while (!load.givenUp && !(await load.ended(run, 2))) await sleep(100);
		},
		wrong: said,
	},
	// Moved to the second version while it waits, or not: what it made is that of the version it ended on.
	moved: {
		weight: 2,
		steps: [instant('one', '{{input.text}}'), { key: 'go', kind: 'signal' }, { key: 'made', kind: 'transform', value: ['{{steps.one.output}}', 1] }],
		then: [instant('one', '{{input.text}}'), { key: 'go', kind: 'signal' }, instant('two', '{{steps.one.output}}'), { key: 'made', kind: 'transform', value: ['{{steps.two.output}}', 2] }],
		async after(load, run) {
			while (!load.givenUp) {
				// 409: it works at this moment, has ended, or has been moved by a request whose answer was lost.
				await load.ask(run, 'move', { version: 2 }, 409);
				await sleep(load.random() * 300);
				await load.ask(run, 'signals/go', {}, 409);
				if (await load.ended(run)) return;
			}
		},
		wrong: (run, { input }, stepRuns) => (run.output?.[0] === input.text && run.output[1] === run.workflow_version
			&& stepRuns.length === run.workflow_version + 2 ? '' : `on version ${run.workflow_version} it made ${JSON.stringify(run.output)?.slice(0, 80)} in ${stepRuns.length} step runs`),
	},
	// Another run begins at its last step, once for all the times it is asked for; both say the same.
	forked: {
		weight: 2,
		steps: chain('builtin/instant'),
		async after(load, run) {
			while (!load.givenUp && !(await load.ended(run))) await sleep(100);
			await load.fork(run, 'three');
		},
		wrong: said,
	},
	// Branches at once, one of them tried again, another skipped.
	grouped: {
		weight: 3,
		steps: [{ key: 'both', kind: 'parallel', max_concurrency: 2, steps: [instant('one', '{{input.text}}'), failing('two', '{{input.text}}', 1, 8),
			{ key: 'line', kind: 'sequential', steps: [instant('three', '{{input.text}}'), { key: 'pause', kind: 'wait', seconds: 0.3 }, instant('four', '{{steps.three.output}}')] },
			{ ...instant('never', 'no'), condition: false }] },
		{ key: 'made', kind: 'transform', value: ['{{steps.both.output}}'] }],
		wrong(run, { input }) {
			const made = run.output?.[0];
			return made?.one === input.text && made?.two === input.text && made?.line === input.text && Object.keys(made).length === 3 ? '' : `it made ${JSON.stringify(run.output)}`;
		},
	},
	// Runs in runs in runs, two of them beside each other.
	within: { weight: 1, uses: ['instant'], steps: ({ instant: id }) => [{ key: 'inner', kind: 'workflow', workflow: { id }, input: { text: '{{input.text}}' } }], wrong: said },
	child: {
		weight: 3,
		uses: ['within', 'streaming'],
		steps: ({ within, streaming }) => [{ key: 'both', kind: 'parallel', steps: [
			{ key: 'left', kind: 'workflow', workflow: { id: within }, input: { text: '{{input.text}}' } },
			{ key: 'right', kind: 'workflow', workflow: { id: streaming }, input: { text: '{{input.text}} right' } }] },
		{ key: 'made', kind: 'transform', value: ['{{steps.both.output}}'] }],
		wrong(run, { input }) {
			const made = run.output?.[0];
			return made?.left === input.text && made?.right === `${input.text} right` ? '' : `it made ${JSON.stringify(run.output)}`;
		},
	},
	// Handlers of steps that make no call of their own: a group recovers, what a run gave and what a transform made become another thing.
	settled: {
		weight: 2,
		uses: ['instant'],
		changes: ['inner'],
		steps: ({ instant: id }) => [
			{ key: 'group', kind: 'sequential', steps: [instant('one', '{{input.text}}'), { key: 'breaks', kind: 'function', input: {}, code: 'throw new Error("no luck")' }],
				on_error: { code: 'return `recovered from ${error.code}`' } },
			{ key: 'inner', kind: 'workflow', workflow: { id }, input: { text: '{{input.text}}' }, on_complete: { code: 'return { given: output }' } },
			{ key: 'each', kind: 'loop', items: [1, 2], steps: [{ key: 'turn', kind: 'transform', value: '{{loop.item}}', on_complete: { code: 'return output * 10' } }],
				on_complete: { code: 'return output.join("+")' } },
			{ key: 'made', kind: 'transform', value: { group: '{{steps.group.output}}', inner: '{{steps.inner.output}}', each: '{{steps.each.output}}' },
				on_complete: { code: 'return { ...output, text: workflow.input.text }' } }],
		wrong(run, { input }) {
			const made = run.output;
			return made?.group === 'recovered from function' && made.inner.given === input.text && made.each === '10+20' && made.text === input.text ? '' : `it made ${JSON.stringify(made)?.slice(0, 200)}`;
		},
	},
	// An agent with tools: three turns, the calls of one at the same time, one of them a run of its own and one that fails.
	agent: {
		weight: 3,
		uses: ['instant'],
		agent: ({ instant: id }) => ({
			model: 'builtin/echo', options: { delay_ms: 30, stream_ms: 10, calls: [
				[{ name: 'turn', input: { text: 'one two' } }, { name: 'say', input: { text: 'said' } }, { name: 'nobody', input: {} }],
				[{ name: 'turn', input: { text: 'three four' } }, { name: 'breaks', input: { text: 'x' } }],
			] },
			tools: [
				{ name: 'turn', kind: 'function', code: 'return input.text.split(" ").reverse().join(" ")', input_schema: { type: 'object', required: ['text'] } },
				{ name: 'breaks', kind: 'function', code: 'throw new Error("no luck")' },
				{ name: 'say', kind: 'workflow', workflow: { id } },
			],
		}),
		steps: [{ key: 'ask', kind: 'agent', agent: 'agent', input: { prompt: 'Ask.\n\n{{input.text}}' } },
			{ key: 'made', kind: 'transform', value: ['{{input.text}}', '{{steps.ask.output}}'] }],
		wrong(run, { input }, stepRuns) {
			const begun = stepRuns.filter((s) => s.kind === 'model' && s.status === 'completed').length;
			return run.output?.[0] === input.text && /no luck/.test(run.output?.[1]) && begun === 3 ? '' : `it said ${JSON.stringify(run.output)} after ${begun} turns`;
		},
	},
	paused: {
		weight: 2,
		steps: chain('builtin/echo', { delay_ms: 20, stream_ms: 15 }),
		async after(load, run) {
			await sleep(load.random() * 250);
			await load.ask(run, 'pause', undefined, 409);
			await sleep(load.random() * 400);
			while (!load.givenUp) {
				await load.ask(run, 'resume', undefined, 409);
				await sleep(300);
				if (await load.ended(run)) return;
			}
		},
		wrong: said,
	},
};
