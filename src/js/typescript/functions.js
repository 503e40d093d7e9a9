// Functions of a document become texts: of expressions in templates, and of the bodies of functions. They run later, one by one and elsewhere, so what
// they use of the document comes along: constants by their values, functions by their texts.

const CARRIED_MOST = 50;
const OF_THE_RUN = new Set(['input', 'args', 'initial', 'workflow', 'steps', 'step', 'env', 'loop', 'poll', 'outputs']);

class Functions {
	constructor(source, locals, ours) {
		this.source = source;
		this.locals = locals;
		this.names = Object.keys(Object.getOwnPropertyDescriptors(locals));
		this.ours = new Set(Object.values(ours).filter((value) => typeof value === 'function'));
		this.imports = [...source.code.matchAll(/\bvar (_[A-Za-z0-9_$]+) = require\(/g)].map((match) => match[1]);
	}

	/** The text of a function as an expression. */
	text(fn, place) {
		const text = Function.prototype.toString.call(fn);
		if (this.ours.has(fn) || /\{\s*\[native code\]\s*\}\s*$/.test(text)) throw new Mistake('This function has no text of its own. Write it out where it is used.', place);
		for (const tried of [text, `Object.values({${text}})[0]`]) {
			try {
				native.compile(`(function () { return (${tried}\n); })`, 'function');
				return tried;
			} catch {}
		}
		throw new Mistake('This function cannot stand by itself. Write it as `(data) => …`.', place);
	}

	/** The function that the document calls so, at its outermost level. */
	named(name) {
		try {
			return Object.hasOwn(this.locals, name) && typeof this.locals[name] === 'function' ? this.locals[name] : undefined;
		} catch {
			return undefined;
		}
	}

	mentions(text, name) {
		return new RegExp(`(?<![.\\w$])${name.replaceAll('$', '\\$')}(?![\\w$]|\\s*:)`).test(text);
	}

	/** The declarations of what a text uses, those first that others use. */
	carry(text, place, seen) {
		const out = [];
		for (const name of this.imports)
			if (this.mentions(text, name)) throw new Mistake('This function uses something that is imported, and runs where there are no imports. Do it without.', place);
		for (const name of this.names) {
			if (seen.has(name) || !this.mentions(text, name)) continue;
			seen.add(name);
			let value;
			try {
				value = this.locals[name];
			} catch {
				continue;
			}
			if (seen.size > CARRIED_MOST) throw new Mistake(`This function uses more than ${CARRIED_MOST} names of the document. Write it with fewer.`, place);
			if (value instanceof Declared || this.ours.has(value)) throw new Mistake(`This function uses \`${name}\`, which is nothing that can be taken along. Do it without.`, place);
			if (typeof value === 'function') {
				const inner = this.text(value, place);
				out.push(...this.carry(inner, place, seen), `const ${name} = ${inner};`);
			} else {
				const json = value === undefined ? 'undefined' : plainJson(value);
				if (json === undefined) throw new Mistake(`This function uses \`${name}\`, which is no plain value. Put what it needs into the function.`, place);
				out.push(`const ${name} = ${json};`);
			}
		}
		return out;
	}

	/** With other names for what it calls as the run's own is called, which nothing in a template may: ({ steps }) => … */
	renamed(text) {
		const { parse } = packageOf('sucrase').load('sucrase/dist/parser/index.js');
		const { IdentifierRole: role } = packageOf('sucrase').load('sucrase/dist/parser/tokenizer/index.js');
		const short = new Set([role.ObjectShorthand, role.ObjectShorthandTopLevelDeclaration, role.ObjectShorthandFunctionScopedDeclaration, role.ObjectShorthandBlockScopedDeclaration]);
		const tokens = parse(text, false, false, false).tokens.filter(({ identifierRole: is }) => is != null && is !== role.ObjectKey);
		const nameOf = ({ start, end }) => text.slice(start, end);
		const own = new Set(tokens.filter(({ identifierRole: is }) => is !== role.Access && is !== role.ObjectShorthand).map(nameOf).filter((name) => OF_THE_RUN.has(name)));
		let out = text;
		for (const token of tokens.reverse()) {
			const name = nameOf(token);
			if (own.has(name)) out = `${out.slice(0, token.start)}${short.has(token.identifierRole) ? `${name}: ` : ''}own_${name}${out.slice(token.end)}`;
		}
		return out;
	}

	/** An expression that is the function, with what it uses. */
	expression(fn, place) {
		const text = this.text(fn, place);
		const carried = this.carry(text, place, new Set());
		return carried.length === 0 ? `(${text})` : `(() => { ${carried.join(' ')} return (${text}); })()`;
	}
}

/** Of what JSON can say whole; undefined: it cannot. */
function plainJson(value) {
	const plain = (one, depth) => {
		if (depth > 20) return false;
		if (one === null || typeof one === 'string' || typeof one === 'boolean') return true;
		if (typeof one === 'number') return Number.isFinite(one);
		if (typeof one !== 'object') return false;
		const proto = Object.getPrototypeOf(one);
		if (!Array.isArray(one) && proto !== Object.prototype && proto !== null) return false;
		return Object.values(one).every((inner) => plain(inner, depth + 1));
	};
	return plain(value, 0) ? JSON.stringify(value) : undefined;
}

const NAMED_STEPS = /\bsteps\s*(?:\?\.|\.)\s*([A-Za-z_$][\w$]*)|\bsteps\s*(?:\?\.)?\[\s*(['"])([^'"\\]+)\2\s*\]|\bgetStepResult\(\s*(['"`])([^'"`\\]+)\4\s*\)/g;
const RESULT = `getStepResult(id) { const step = this.steps[id]; return step && step.output !== null ? { stepId: id, status: 'completed', data: step.output } : undefined; }`;

/** What a function reads of the run: steps by their keys, the loop it is in. */
function readsOf(text) {
	const steps = new Set();
	for (const match of text.matchAll(NAMED_STEPS)) steps.add(match[1] ?? match[3] ?? match[5]);
	return { steps: [...steps], loop: /\bloop\b/.test(text), result: text.includes('getStepResult') };
}

/** `context` in an expression of a template. */
function contextExpression(text) {
	const { steps, loop, result } = readsOf(text);
	const outputs = steps.map((key) => `${JSON.stringify(key)}: { "output": steps[${JSON.stringify(key)}]?.output ?? null }`);
	return `{ "input": input, "args": input, "workflow": { "input": input }, "steps": { ${outputs.join(', ')} }${loop ? ', "loop": loop' : ''}${result ? `, ${RESULT}` : ''} }`;
}

/** `context` in the body of a function: what it reads is mapped into the step's input. */
function contextMapping(text) {
	const { steps, loop } = readsOf(text);
	return {
		args: '{{input}}',
		steps: Object.fromEntries(steps.map((key) => [key, { output: `{{ steps[${JSON.stringify(key)}]?.output ?? null }}` }])),
		...(loop ? { loop: '{{loop}}' } : {}),
	};
}
const CONTEXT_CODE = `const context = { ...input.context, input: input.context.args, workflow: { input: input.context.args }, ${RESULT} };`;
