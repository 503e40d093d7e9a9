// A workflow's function run from its start over what has been recorded, up to the first step that has nothing recorded. What it asks for is what is to be done
// next. Results come in the order in which the steps ended, and at the times when they did, so that whoever runs it again sees the same.

class StepFailed extends Error {
	constructor(key, error) {
		super(error?.message ?? 'The step failed.');
		this.name = 'StepFailed';
		this.code = error?.code ?? 'failed';
		this.stepId = key;
		this.result = { stepId: key, status: 'failed', error: this.message };
	}
}

/** What ctx.step gives. It knows whether anybody waits for it, and whether it was in a race, which may go on without it. */
class Asked extends Promise {
	then(...with_) {
		if (this.entry) this.entry.heard = true;
		const next = super.then(...with_);
		next.entry = this.entry;
		return next;
	}
}

for (const name of ['race', 'any']) {
	const plain = Promise[name];
	Promise[name] = function (given) {
		const all = typeof given?.[Symbol.iterator] === 'function' ? [...given] : given;
		if (Array.isArray(all)) for (const one of all) if (one instanceof Asked && one.entry) one.entry.raced = true;
		return plain.call(this, all);
	};
}

/** What we make of a step's end ourselves: nobody has waited for it by that. */
function made(asked, make) {
	const next = asked.then(make);
	next.entry.heard = false;
	return next;
}

function replay() {
	const asked = new Map();
	const results = new Map();
	let history = [];
	let begun = [];
	let end = null;
	let computing = 0;

	const whole = (value) => JSON.parse(JSON.stringify(value ?? null, (_, one) => (one === undefined ? null : typeof one === 'function' ? undefined : one)));

	function ask(key, config, compute) {
		if (typeof key !== 'string') return Promise.reject(new TypeError('ctx.step takes the id of the step, a text, and then the step.'));
		if (asked.has(key)) return Promise.reject(new Error(`The step \`${key}\` was asked for before. A step runs once; for many things of a kind use a step of the type loop.`));
		const entry = { key, continues: (config?.onFailure ?? config?.on_failure) === 'continue', wanted: null };
		asked.set(key, entry);
		const known = history.some((one) => one.key === key) || begun.includes(key);
		const promise = new Asked((resolve, reject) => Object.assign(entry, { resolve, reject }));
		promise.entry = entry;
		if (!compute || known) entry.wanted = whole(config);
		else {
			computing++;
			Promise.resolve().then(compute).then(
				(value) => {
					computing--;
					entry.wanted = { ...whole(config), value: whole(value) };
				},
				(error) => {
					computing--;
					entry.wanted = { ...whole(config), thrown: failure(error) };
				},
			);
		}
		return promise;
	}

	function deliver(one) {
		const entry = asked.get(one.key);
		entry.delivered = true;
		native.clock(one.at);
		const result = { stepId: one.key, status: one.status };
		if (one.status === 'completed') result.data = result.output = one.output;
		if (one.status === 'failed') result.error = one.error?.message ?? 'The step failed.';
		results.set(one.key, result);
		if (one.status === 'failed' && !entry.continues) entry.reject((entry.failed = new StepFailed(one.key, one.error)));
		else entry.resolve(result);
	}

	function context(scope) {
		const ctx = {
			runId: scope.run, projectPath: '.', args: scope.input, input: scope.input, workflow: { input: scope.input },
			step(key, config) {
				const compute = typeof config?.fn === 'function' ? config.fn : typeof config?.run === 'function' ? config.run : null;
				return ask(key, config, compute && (() => compute.call(config, ctx)));
			},
			checkpoint: async () => {},
			comment: (key, text, step) => made(ask(key, { text: String(text), step: step ?? null }), () => {}),
			exec: (key, command) => made(ask(key, { command }), ({ data }) => ({ ...data, exitCode: data?.exit_status ?? 0 })),
			getStepResult: (key) => results.get(key),
		};
		return ctx;
	}

	function failure(error) {
		if (error instanceof StepFailed) return { code: error.code, message: error.message, path: error.stepId };
		const [, line] = /(?:^|@|\n)workflow:(\d+):\d+/.exec(typeof error?.stack === 'string' ? error.stack : '') ?? [];
		return { code: 'code', message: `${error instanceof Error ? String(error) : `It threw ${JSON.stringify(error) ?? String(error)}`}${line > 1 ? ` (line ${line - 1})` : ''}` };
	}

	const mismatch = (key, what) => ({ state: 'failed', error: { code: 'replay_mismatch', path: key, message: `The code does not match what has run: the step \`${key}\` ${what}, and the code does not ask for it. Run it again from the start, or on the version it was made with.` } });

	return {
		begin(code, text) {
			const scope = JSON.parse(text);
			history = scope.history.sort((a, b) => a.seq - b.seq);
			begun = scope.begun;
			native.clock(scope.started);
			const { words, declared } = makeWords();
			const { exports } = runModule(code, [], words);
			const { one, several } = exported(exports, declared);
			const flow = one ?? several.find((each) => typeof each.given.execute === 'function');
			const run = async () => flow.given.execute(context(scope));
			run().then(
				(value) => { end = { state: 'returned', output: value === undefined ? undefined : whole(value) }; },
				(error) => { end = { state: 'failed', error: failure(error) }; },
			);
		},
		next() {
			const one = history.find((each) => asked.has(each.key));
			if (!one) return false;
			history.splice(history.indexOf(one), 1);
			deliver(one);
			return true;
		},
		result() {
			history = history.filter((one) => one.status !== 'skipped'); // of an end before
			if (history.length > 0) return mismatch(history[0].key, 'has ended');
			const gone = begun.find((key) => !asked.has(key));
			if (gone !== undefined) return mismatch(gone, 'has begun');
			const all = [...asked.values()];
			const waits = all.filter((entry) => !entry.delivered);
			if (end?.state === 'failed') return end;
			const lost = end && all.find((entry) => entry.failed && !entry.heard);
			if (lost) return { state: 'failed', error: failure(lost.failed) };
			if (end && waits.every((entry) => entry.raced)) return end;
			if (waits.length === 0 || (computing > 0 && waits.every((entry) => entry.wanted === null)))
				return { state: 'failed', error: { code: 'code', message: 'The code waits for something that nothing here will ever settle. Wait for steps only.' } };
			return { state: 'waits', asks: Object.fromEntries(waits.filter((entry) => entry.wanted !== null).map((entry) => [entry.key, entry.wanted])) };
		},
	};
}
return replay();
