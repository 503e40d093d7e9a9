// Workflows written in JavaScript become canonical JSON: what the server takes, and what `stepmill workflow push` reads. Functions become their
// source text, which runs in the server's sandbox: nothing around a function comes along.

/** @typedef {import('../index.d.ts').WorkflowBuilder} TWorkflowBuilder */
/** @typedef {import('../index.d.ts').WorkflowDocument} TWorkflowDocument */
/** @typedef {import('../index.d.ts').WorkflowInput} TWorkflowInput */
/** @typedef {Record<string, any>} Loose */

/**
 * The text of a function as an expression: of a method in an object, too.
 * @param {Function} fn @param {string} where
 */
function source(fn, where) {
	const text = Function.prototype.toString.call(fn);
	if (/\{\s*\[native code\]\s*\}\s*$/.test(text)) throw new TypeError(`${where} is a function without a text: built in, or bound. Write it out.`);
	if (/^class\b/.test(text)) throw new TypeError(`${where} is a class, not a function.`);
	if (/^(async\s+)?function\b|^(async\s*)?(\([^]*?\)|[\p{L}$_][\p{L}\p{N}$_]*)\s*=>/u.test(text)) return text;
	// transform(data) { … } is one only inside of an object; its name may be any, so it is taken by its place.
	return `Object.values({${text}})[0]`;
}

/** Seconds of a duration: 30, "30s", "1.5m", "500ms". @param {unknown} value @param {string} where */
function seconds(value, where) {
	if (typeof value === 'number') return value;
	const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*$/.exec(String(value)) ?? [];
	if (number === undefined) throw new TypeError(`${where} is not a duration such as 30, "30s" or "5m".`);
	return Number(number) * { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 }[/** @type {'ms'} */ (unit)];
}

/** Milliseconds may be a number there: seconds of them. @param {unknown} value @param {string} where */
const milliseconds = (value, where) => (typeof value === 'number' ? value / 1000 : seconds(value, where));

/** @param {string} code @param {string} where */
function body(code, where) {
	if (code.length > 65536) throw new TypeError(`${where} is longer than 65,536 characters.`);
	return code;
}

/** What is written in this or that spelling, to the canonical name. */
const SPELLED = /** @type {Record<string, string>} */ ({
	id: 'key', type: 'kind', agentId: 'agent', failFast: 'fail_fast', maxConcurrency: 'max_concurrency', maxIterations: 'max_iterations',
	onFailure: 'on_failure', timeoutSeconds: 'timeout_seconds', maxBytes: 'max_bytes', maxTurns: 'max_turns',
});

/** @param {Loose} retry */
function retryOf(retry) {
	if (typeof retry !== 'object' || retry === null) return retry;
	const { maxAttempts, delay, maxDelay, ...rest } = retry;
	return {
		...(maxAttempts === undefined ? {} : { max_attempts: maxAttempts }),
		...(delay === undefined ? {} : { delay_ms: Math.round(milliseconds(delay, 'retry.delay') * 1000) }),
		...(maxDelay === undefined ? {} : { max_delay_ms: Math.round(milliseconds(maxDelay, 'retry.maxDelay') * 1000) }),
		...rest,
	};
}

/** @param {Loose} step @param {Loose} out @param {string} where */
function waitOf(step, out, where) {
	if (step.duration !== undefined && step.condition === undefined) out.seconds = milliseconds(step.duration, `${where}.duration`);
	if (step.condition === undefined) return;
	// Waiting while something is true: looked at again, for so long.
	out.while = step.condition;
	delete out.condition;
	if (step.pollInterval !== undefined) out.poll_seconds = milliseconds(step.pollInterval, `${where}.pollInterval`);
	const most = step.maxWait ?? step.duration;
	if (most !== undefined) out.max_seconds = milliseconds(most, `${where}.maxWait`);
}

/** @param {Loose} step @param {Loose} out @param {string} where */
function transformOf(step, out, where) {
	if (typeof step.transform !== 'function') {
		if (step.value === undefined && step.input !== undefined) {
			out.value = step.input;
			delete out.input;
		}
		return;
	}
	out.kind = 'function';
	out.input = { data: step.input ?? null };
	out.code = body(`return (${source(step.transform, `${where}.transform`)})(input.data, { input });`, `${where}.transform`);
}

/** @param {Loose} step @param {Loose} out @param {string} where */
function loopOf(step, out, where) {
	if (step.step !== undefined) out.steps = [stepOf({ key: `${out.key}-step`, ...step.step }, `${where}.step`)];
	if (step.parallel === true && step.maxConcurrency === undefined) out.max_concurrency = 10;
}

/**
 * A step in the canonical spelling. What is not known here is left as it is: the server says what it thinks of it.
 * @param {Loose} step @param {string} where @returns {Loose}
 */
function stepOf(step, where) {
	if (typeof step !== 'object' || step === null || Array.isArray(step)) throw new TypeError(`${where} is not a step, an object with a kind.`);
	/** @type {Loose} */
	const out = {};
	const dropped = new Set(['duration', 'pollInterval', 'maxWait', 'transform', 'step', 'parallel', 'timeout', 'run', 'onStart', 'onComplete', 'onError']);
	for (const [name, value] of Object.entries(step))
		if (!dropped.has(name) && value !== undefined) out[SPELLED[name] ?? name] = value;
	const at = out.key ? `step ${out.key}` : where;
	if (!out.key || !out.kind) throw new TypeError(`${at} needs a ${out.key ? 'kind' : 'key'}.`);
	if (step.timeout !== undefined) out.timeout_seconds = Math.max(1, Math.ceil(milliseconds(step.timeout, `${at}.timeout`)));
	if (step.retry !== undefined) out.retry = retryOf(step.retry);
	if (typeof step.run === 'function') out.code = body(`return (${source(step.run, `${at}.run`)})(input);`, `${at}.run`);
	for (const [name, to] of [['onStart', 'on_start'], ['onComplete', 'on_complete'], ['onError', 'on_error']])
		if (typeof step[name] === 'function') out[to] = { code: body(`return (${source(step[name], `${at}.${name}`)})(context);`, `${at}.${name}`) };
	if (Array.isArray(step.steps)) out.steps = step.steps.map((one, i) => stepOf(one, `${at}.steps[${i}]`));
	if (out.kind === 'wait') waitOf(step, out, at);
	else if (out.kind === 'transform') transformOf(step, out, at);
	else if (out.kind === 'loop') loopOf(step, out, at);
	for (const [name, value] of Object.entries(out))
		if (typeof value === 'function') throw new TypeError(`${at}.${name} cannot be a function. Write a template, such as "{{steps.review.output.score}} > 5".`);
	return out;
}

/** @param {Loose} given @param {Loose[]} steps @returns {TWorkflowDocument} */
function documentOf({ id, name, description, input, state, limits, output, ...rest }, steps) {
	if (typeof name !== 'string' || name === '') throw new TypeError('A workflow needs a name.');
	if (steps.length === 0) throw new TypeError(`The workflow "${name}" has no steps.`);
	/** @type {Loose} */
	const definition = { type: rest.type ?? 'flow', ...(input === undefined ? {} : { input }), steps };
	for (const [key, value] of Object.entries({ ...rest, limits, state, output })) if (value !== undefined && key !== 'type') definition[key] = value;
	const document = { ...(id === undefined ? {} : { id }), name, ...(description === undefined ? {} : { description }), definition };
	// Whatever JSON cannot say, it says now, and not when it is sent.
	return JSON.parse(JSON.stringify(document));
}

/** @param {TWorkflowInput} workflow @returns {TWorkflowDocument} */
export function defineWorkflow({ steps, ...rest }) {
	if (!Array.isArray(steps)) throw new TypeError('steps is not an array.');
	return documentOf(rest, steps.map((step, i) => stepOf(step, `steps[${i}]`)));
}

/** @implements {TWorkflowBuilder} */
class Builder {
	/** @type {Loose} */ #about;
	/** @type {Loose[]} */ #steps = [];
	/** @type {Record<string, Loose>} */ #handlers = {};

	/** @param {string} name */
	constructor(name) {
		this.#about = { name };
	}

	/** @param {string} name @param {unknown} value */
	#set(name, value) {
		this.#about[name] = value;
		return this;
	}

	/** @param {string} key @param {string} when @param {string} args @param {Function} fn */
	#on(key, when, args, fn) {
		if (typeof fn !== 'function') throw new TypeError(`What follows ${when.replace('_', ' ')} of ${key} is not a function.`);
		(this.#handlers[key] ??= {})[when] = { code: body(`return (${source(fn, `${key}.${when}`)})(${args});`, `${key}.${when}`) };
		return this;
	}

	/** @param {string} id */ setId(id) {
		return this.#set('id', id);
	}
	/** @param {string} text */ setDescription(text) {
		return this.#set('description', text);
	}
	/** @param {Loose} schema */ setInput(schema) {
		return this.#set('input', schema);
	}
	/** @param {unknown} output */ setOutput(output) {
		return this.#set('output', output);
	}
	/** @param {Loose} state */ setState(state) {
		return this.#set('state', state);
	}
	/** @param {Loose} limits */ setLimits(limits) {
		return this.#set('limits', limits);
	}

	/** @param {string} key @param {Loose} step */
	addStep(key, step) {
		if (this.#steps.some((one) => one.key === key)) throw new TypeError(`There are two steps "${key}".`);
		this.#steps.push(stepOf({ key, ...step }, `step ${key}`));
		return this;
	}

	/** @param {string} key @param {Function} fn */ onStepStart(key, fn) {
		return this.#on(key, 'on_start', `${JSON.stringify(key)}, context`, fn);
	}
	/** @param {string} key @param {Function} fn */ onStepComplete(key, fn) {
		return this.#on(key, 'on_complete', `${JSON.stringify(key)}, context.output, context`, fn);
	}
	/** @param {string} key @param {Function} fn */ onStepError(key, fn) {
		return this.#on(key, 'on_error', `${JSON.stringify(key)}, context.error, context`, fn);
	}
	/** @param {Function} fn */ onWorkflowStart(fn) {
		return this.#on('', 'on_start', 'context.input, context', fn);
	}
	/** @param {Function} fn */ onWorkflowComplete(fn) {
		return this.#on('', 'on_complete', 'context.output, context', fn);
	}
	/** @param {Function} fn */ onWorkflowError(fn) {
		return this.#on('', 'on_error', 'context.error, context', fn);
	}

	/** @returns {TWorkflowDocument} */
	build() {
		const { '': own = {}, ...others } = this.#handlers;
		const used = new Set();
		/** @param {Loose} step @returns {Loose} */
		const dressed = (step) => {
			used.add(step.key);
			return { ...step, ...others[step.key], ...(step.steps ? { steps: step.steps.map(dressed) } : {}) };
		};
		const steps = this.#steps.map(dressed);
		for (const key of Object.keys(others)) if (!used.has(key)) throw new TypeError(`There is no step "${key}" for its handler.`);
		return documentOf({ ...this.#about, ...own }, steps);
	}

	toJSON() {
		return this.build();
	}
}

/** @param {string} name @returns {TWorkflowBuilder} */
export function createWorkflow(name) {
	return new Builder(name);
}
