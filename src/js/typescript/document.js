// The document that a declaration makes, in the words of flow/document.h, each node with the place it was written at.

const DEPTH_MOST = 60;

class Writer {
	constructor(source, functions) {
		this.source = source;
		this.literals = readLiterals(source);
		this.functions = functions;
		this.findings = [];
	}

	object(place) {
		return { place, members: [] };
	}

	/** An object's own place, and what is known of its members: name → {place, at}. */
	look(value, place, at) {
		const literal = literalOf(this.literals, value, at);
		const own = literal ? placeOf(this.literals, literal.at) : place;
		return {
			literal,
			place: own,
			member: (name) => {
				const found = literal?.members.get(name);
				return found ? { place: placeOf(this.literals, found.key), at: found.value } : { place: own, at: undefined };
			},
		};
	}

	/** A schema of zod as JSON Schema; what that cannot say is warned of, at the member where it is written. */
	zodSchema(schema, place, at, shape = schema._zod.def.shape) {
		const looked = shape ? this.look(shape, place, at) : undefined;
		const override = ({ zodSchema, path = [] }) => {
			const [in_, name] = path;
			const where = in_ === 'properties' && looked ? looked.member(name).place : place;
			for (const lost of lostOf(zodSchema))
				this.findings.push({ ...where, code: 'zod', warning: true, message: `JSON Schema has nothing for \`${lost}\`, so inputs are taken without it. Do it in a step.` });
		};
		try {
			const { $schema, ...rest } = packageOf('zod').first().z.toJSONSchema(schema, { io: 'input', override });
			return rest;
		} catch (error) {
			throw new Mistake(`This schema cannot be written as JSON Schema: ${error.message}.`, place);
		}
	}

	/** Whatever it is, as JSON; a function becomes what `ofFunction` makes of it. */
	value(value, place, at, ofFunction, depth = 0) {
		if (depth > DEPTH_MOST) throw new Mistake('This is nested too deeply, or holds itself.', place);
		if (value === null || typeof value === 'string' || typeof value === 'boolean') return { place, value };
		if (typeof value === 'number') {
			if (!Number.isFinite(value)) throw new Mistake('This number is not finite.', place);
			return { place, value };
		}
		if (typeof value === 'function') return { place, value: ofFunction(value, place) };
		if (isZod(value)) return this.value(this.zodSchema(value, place, at), place, undefined, ofFunction, depth + 1);
		if (typeof value !== 'object') throw new Mistake(`A ${typeof value} cannot stand here.`, place);
		if (Array.isArray(value)) {
			const entries = at === undefined ? undefined : this.literals.groups.get(at)?.entries;
			const items = value.map((one, i) => {
				const from = entries?.length === value.length ? entries[i].from : undefined;
				return this.value(one ?? null, from === undefined ? place : placeOf(this.literals, from), from, ofFunction, depth + 1);
			});
			return { place, items };
		}
		if (typeof value.toJSON === 'function') return this.value(value.toJSON(), place, undefined, ofFunction, depth + 1);
		const proto = Object.getPrototypeOf(value);
		if (proto !== Object.prototype && proto !== null) throw new Mistake(`A ${proto.constructor?.name ?? 'thing'} cannot stand here: it is no plain object.`, place);
		const out = this.object(place);
		const looked = this.look(value, place, at);
		for (const [name, inner] of Object.entries(value)) {
			if (inner === undefined) continue;
			const member = looked.member(name);
			out.members.push([name, this.value(inner, member.place, member.at, ofFunction, depth + 1)]);
		}
		return out;
	}

	template(fn, place) {
		const text = this.functions.expression(fn, place);
		return `{{ ${this.functions.renamed(text)}(${contextExpression(text)}) }}`;
	}

	any(value, place, at) {
		return this.value(value, place, at, (fn, where) => this.template(fn, where));
	}

	/** Without functions. */
	plain(value, place, at) {
		return this.value(value, place, at, (_, where) => {
			throw new Mistake('A function cannot stand here.', where);
		});
	}

	handler(fn, place, args) {
		return { place, value: `return await (${this.functions.expression(fn, place)})(${args});` };
	}

	/** What a function that is a step, or computes one, is made of: its code and its input. */
	functionStep(step, out, members, { name, data }) {
		const { fn, place } = members[name];
		const text = this.functions.expression(fn, place);
		const reads = data === undefined || fn.length > 1 || /\barguments\b/.test(text);
		const input = this.object(place);
		if (data !== undefined) input.members.push(['data', data]);
		if (reads) input.members.push(['context', this.plain(contextMapping(text), place)]);
		const given = step.input !== undefined && data === undefined ? members.input : undefined;
		if (given) input.members.push(['given', given.node]);
		const args = data !== undefined ? `input.data${reads ? ', context' : ''}` : 'context';
		const code = `${reads ? `${CONTEXT_CODE}\n` : ''}${given ? 'context.input = input.given;\n' : ''}return await ${text}(${args});`;
		out.members.push(['input', input], ['code', { place, value: code }]);
	}

	step(step, place, at, key, keyPlace) {
		if (typeof step !== 'object' || step === null || Array.isArray(step)) return this.plain(step ?? null, place, at);
		const looked = this.look(step, place, at);
		const before = key !== undefined && looked.literal ? textBefore(this.literals, looked.literal) : null;
		const out = this.object(before ?? keyPlace ?? looked.place);
		const own = step.id ?? step.key ?? key;
		if (key !== undefined && step.id === undefined && step.key === undefined) out.members.push(['id', { place: out.place, value: key }]);
		const kind = step.type ?? step.kind;
		const computes = kind === 'transform' && typeof step.transform === 'function' ? 'transform' : null;
		const called = computes ?? ['fn', 'execute', 'run', 'handler'].find((name) => typeof step[name] === 'function' && kind !== 'transform');
		const functions = {};
		let data = { place: looked.place, value: null };
		for (const [name, value] of Object.entries(step)) {
			if (value === undefined) continue;
			const member = looked.member(name);
			if (name === called) functions[name] = { fn: value, place: member.place };
			else if (name === 'input' && called) {
				const node = this.any(value, member.place, member.at);
				functions.input = { node };
				if (computes) data = node;
			} else if ((name === 'type' || name === 'kind') && called) out.members.push(['type', { place: member.place, value: 'function' }]);
			else if (name === 'steps') out.members.push([name, this.steps(value, member.place, member.at)]);
			else if (name === 'step' || name === 'poll') out.members.push([name, this.step(value, member.place, member.at, name === 'step' && typeof own === 'string' ? `${own}-step` : undefined, member.place)]);
			else if (typeof value === 'function' && /^on_?(start|complete|error)$/i.test(name)) out.members.push([name, this.handler(value, member.place, handlerArguments(name, own))]);
			else out.members.push([name, this.any(value, member.place, member.at)]);
		}
		if (called && kind === undefined) out.members.push(['type', { place: out.place, value: 'function' }]);
		if (called) this.functionStep(step, out, functions, { name: called, data: computes ? data : undefined });
		return out;
	}

	steps(steps, place, at) {
		const entries = at === undefined ? undefined : this.literals.groups.get(at)?.entries;
		if (Array.isArray(steps))
			return { place, items: steps.map((one, i) => {
				const from = entries?.length === steps.length ? entries[i].from : undefined;
				return this.step(one, from === undefined ? place : placeOf(this.literals, from), from);
			}) };
		if (typeof steps !== 'object' || steps === null) return this.plain(steps, place, at);
		const looked = this.look(steps, place, at);
		return { place, items: Object.entries(steps).map(([key, one]) => {
			const member = looked.member(key);
			return this.step(one, member.place, member.at, key, member.place);
		}) };
	}

	flow(declared) {
		const { given } = declared;
		const looked = this.look(given, { line: 1, column: 1 }, undefined);
		const out = this.object(looked.place);
		for (const [name, value] of Object.entries(given)) {
			if (value === undefined) continue;
			const { place, at } = looked.member(name);
			if (name === 'execute' && typeof value === 'function') continue;
			if (name === 'steps') out.members.push([name, this.steps(value, place, at)]);
			else if (SCHEMAS.has(name)) out.members.push([name, isShape(value) ? this.plain(this.zodSchema(zodObject(value), place, at, value), place, at) : this.plain(value, place, at)]);
			else if (typeof value === 'function' && /^on_?(workflow_?)?(start|complete|error)$/i.test(name)) out.members.push([name, this.handler(value, place, handlerArguments(name))]);
			else out.members.push([name, this.any(value, place, at)]);
		}
		if (declared instanceof Builder) this.built(declared, out);
		else if (typeof given.execute === 'function') this.coded(given.execute, looked.member('execute').place, out);
		return out;
	}

	coded(execute, place, out) {
		const outline = new Outline(this.source, execute, place, this.functions);
		const steps = outline.steps();
		this.findings.push(...outline.warnings);
		if (steps.length === 0) throw new Mistake(`No step is asked for in this. ${WRITTEN_OUT}`, place);
		out.members = out.members.filter(([name]) => name !== 'steps');
		out.members.push(['steps', { place, items: steps }], ['code', { place, value: outline.code() }]);
	}

	built(builder, out) {
		const steps = { place: out.place, items: builder.steps.map(({ key, config }) => this.step(config, out.place, undefined, key)) };
		for (const { field, key, handler } of builder.handlers) {
			const node = key === null ? out : findStep(steps, key);
			if (!node) throw new Mistake(`There is a handler for the step \`${key}\`, and no such step.`, out.place);
			const name = field;
			if (node.members.some(([had]) => had === name)) throw new Mistake(`${key === null ? 'The workflow' : `The step \`${key}\``} has two handlers of the same kind. Make one of them.`, node.place);
			node.members.push([name, this.handler(handler, node.place, handlerArguments(name, key ?? undefined))]);
		}
		for (const { path, called } of builder.endpoints)
			this.findings.push({ ...thrownPlace(this.source, called), code: 'endpoint', warning: true, message: `The endpoint \`${path}\` is left out: nothing will answer there, and its inputMapping is not used. A workflow has no address of its own; whoever is to start it posts {"workflow_id", "input"} to /api/workspaces/ID/runs with an API token.` });
		out.members.push(['steps', steps]);
	}
}

const SCHEMAS = new Set(['args', 'argsSchema', 'args_schema', 'input', 'inputSchema', 'input_schema']);
const isZod = (value) => typeof value === 'object' && value !== null && '_zod' in value;
const isShape = (value) => typeof value === 'object' && value !== null && !isZod(value) && Object.values(value).length > 0 && Object.values(value).every(isZod);
const zodObject = (shape) => packageOf('zod').first().z.object(shape);

/** What zod does when it parses, and JSON Schema cannot say. */
function lostOf(schema) {
	const { type, coerce, checks = [], in: from, out: to } = schema._zod.def;
	const kinds = checks.map((check) => check._zod.def.check);
	const lost = [];
	if (kinds.includes('custom')) lost.push('refine');
	if (kinds.includes('overwrite')) lost.push('trim or another change of the text');
	if (coerce) lost.push('coerce');
	if (type === 'pipe' && [from, to].some((one) => one._zod.def.type === 'transform')) lost.push('transform');
	return lost;
}

/** What a handler is called with: (stepId, output, context), and of the workflow (output, context). */
function handlerArguments(name, key) {
	const what = /start$/i.test(name) ? (key === undefined ? ['context.input'] : []) : [/complete$/i.test(name) ? 'context.output' : 'context.error'];
	return [...(key === undefined ? [] : [JSON.stringify(key)]), ...what, 'context'].join(', ');
}

function findStep(steps, key) {
	for (const step of steps.items) {
		if (step.members?.some(([name, node]) => (name === 'id' || name === 'key') && node.value === key)) return step;
		const inner = step.members?.find(([name, node]) => name === 'steps' && node.items)?.[1];
		const found = inner && findStep(inner, key);
		if (found) return found;
	}
	return null;
}

/** The JSON of a node, and its places: line and column of every node, as they come. */
function write(node, places) {
	places.push(node.place.line, node.place.column);
	if (node.items) return node.items.map((item) => write(item, places));
	if (!node.members) return node.value;
	const out = Object.create(null);
	for (const [name, inner] of node.members) out[name] = write(inner, places);
	return out;
}

function declare(text) {
	let source;
	try {
		source = readSource(text);
		const { words, declared } = makeWords();
		const { exports, locals } = runModule(source.code, outermostNames(source), words);
		const { one, several } = exported(exports, declared);
		const writer = new Writer(source, new Functions(source, locals, words));
		if (!one && several.length === 0) throw new Mistake('There is no workflow in it. Export what `defineWorkflow` or `createWorkflow` gives.', { line: 1, column: 1 });
		if (!one && several.some((flow) => typeof flow.given.execute === 'function')) throw new Mistake('A workflow with `execute` stands in a file of its own.', { line: 1, column: 1 });
		const node = one ? writer.flow(one) : { place: { line: 1, column: 1 }, members: [['workflows', { place: { line: 1, column: 1 }, items: several.map((flow) => writer.flow(flow)) }]] };
		const places = [];
		return { document: write(node, places), places, findings: writer.findings };
	} catch (error) {
		const place = error instanceof Mistake ? error.place : source ? thrownPlace(source, error) : { line: 1, column: 1 };
		return { findings: [{ ...place, code: 'typescript', message: error instanceof Mistake ? error.message : String(error) }] };
	}
}
return declare;
