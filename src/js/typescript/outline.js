// A workflow that is a function (`execute`): its steps are found in its text, so that the page, the checker and the planner know them before it runs. What
// is written out of a step stays as it is; what the code works out when it asks for the step becomes `{{asked.…}}`. The code itself is kept without types, and is
// run again and again over what has been recorded (replay.js).

const WRITTEN_OUT = 'Write the step out where it is asked for: `await ctx.step("id", { type: "http", … })`, with a text for its id.';
const ONE_LOOP = 'For many things of a kind ask for one step of the type loop, `await ctx.step("parts", { type: "loop", items: list, steps: [ … ] })`: each turn is a step of its own in it.';
const CALLED_FOR_EACH = new Set(['map', 'flatMap', 'forEach', 'filter', 'find', 'some', 'every', 'reduce', 'reduceRight', 'from']);

/** The name that a function calls its first parameter by. */
function parameterName(fn, place) {
	const text = Function.prototype.toString.call(fn);
	const found = /^(?:async\s*)?(?:function\s*\*?\s*[\w$]*\s*|[\w$]+\s*)?\(\s*([A-Za-z_$][\w$]*)\s*[,)]/.exec(text) ?? /^(?:async\s+)?([A-Za-z_$][\w$]*)\s*=>/.exec(text);
	if (!found) throw new Mistake('`execute` takes one parameter, by a name: `async execute(ctx) { … }`.', place);
	return found[1];
}

/** After one of these, what begins a line goes on. */
const CONTINUES = /^(await|return|yield|void|=>|[=(,[?:&|+.!<>*/%~^-]+)$/;

/** Members of a step whose text is code: nothing that the code works out can stand there. */
const RUNS_BY_ITSELF = /^(transform|code|fn|run|execute|handler|on_?(start|complete|error))$/i;

class Outline {
	constructor(source, fn, place, functions) {
		const { parse } = packageOf('sucrase').load('sucrase/dist/parser/index.js');
		this.source = source;
		this.name = parameterName(fn, place);
		this.places = new Places(source.code);
		this.functions = functions;
		this.writer = new Writer({ text: source.code, places: { at: (offset) => this.placeOf(offset) }, tokens: parse(source.code, false, false, false).tokens }, functions);
		this.literals = this.writer.literals;
		this.locals = this.declarations(Function.prototype.toString.call(fn));
		this.inserted = [];
		this.counts = {};
		this.warnings = [];
	}

	textOf(from, to = from) {
		return this.source.code.slice(this.literals.tokens[from].start, this.literals.tokens[to].end);
	}

	word(at) {
		return at >= 0 ? this.textOf(at) : '';
	}

	placeOf(offset) {
		const { line } = this.places.at(offset);
		return sourcePlace(this.source, line, offset - this.places.starts[line - 1] + 1);
	}

	place(at) {
		return this.placeOf(this.literals.tokens[at].start);
	}

	/** The names that the code itself declares, each with the tokens that do. */
	declarations(text) {
		const { IdentifierRole: role } = packageOf('sucrase').load('sucrase/dist/parser/tokenizer/index.js');
		const declares = new Set([role.FunctionScopedDeclaration, role.BlockScopedDeclaration, role.ObjectShorthandFunctionScopedDeclaration, role.ObjectShorthandBlockScopedDeclaration]);
		this.reads = new Set([role.Access, role.ObjectShorthand]);
		const from = this.source.code.indexOf(text);
		const names = new Map();
		this.literals.tokens.forEach(({ start, identifierRole }, at) => {
			if (start < from || start >= from + text.length || !declares.has(identifierRole)) return;
			if (!names.has(this.word(at))) names.set(this.word(at), []);
			names.get(this.word(at)).push(at);
		});
		return names;
	}

	/** A function of a step runs by itself, where the step runs: nothing of the code around it is there. */
	standsAlone(from, to) {
		for (let at = from; at <= to; at++) {
			const declared = this.reads.has(this.literals.tokens[at].identifierRole) ? this.locals.get(this.word(at)) : undefined;
			if (declared && !declared.some((one) => one >= from && one <= to))
				throw new Mistake(`This function runs by itself, where its step runs, and \`${this.word(at)}\` is of the code around it. Give it through the step's input; what stands outside of \`execute\` comes along.`, this.place(at));
		}
	}

	/** Whether an arrow or a function begins here. */
	isFunction(from) {
		const { tokens, groups, TokenType } = this.literals;
		const at = this.word(from) === 'async' ? from + 1 : from;
		if (this.word(at) === 'function') return true;
		const group = groups.get(at);
		return tokens[(group?.type === TokenType.parenL ? group.end : at) + 1]?.type === TokenType.arrow;
	}

	/** The function that is written out between two tokens, or that is named there and stands outside of the code; undefined: it is none. */
	functionOf(from, to) {
		if (from === to && !this.locals.has(this.word(from))) return this.functions.named(this.word(from));
		if (!this.isFunction(from)) return undefined;
		this.standsAlone(from, to);
		return native.compile(`(${this.textOf(from, to)})`, 'function');
	}

	/** { onError(error) { … } } */
	methodOf(name, { key, end }) {
		this.standsAlone(key, end);
		return native.compile(`({ ${this.textOf(key, end)} })[${JSON.stringify(name)}]`, 'function');
	}

	isText(from, to) {
		const { tokens, TokenType } = this.literals;
		if (from === to) return tokens[from].type === TokenType.string;
		return to === from + 2 && tokens[from].type === TokenType.backQuote && tokens[to].type === TokenType.backQuote;
	}

	/** What is before an opening bracket that makes what is in it run again and again. */
	isRepeated(group) {
		const { tokens, groups, TokenType } = this.literals;
		if (group.type === TokenType.parenL) return this.word(group.at - 2) === '.' && CALLED_FOR_EACH.has(this.word(group.at - 1));
		if (group.type !== TokenType.braceL || group.at === 0) return false;
		if (this.word(group.at - 1) === 'do') return true;
		const head = tokens[group.at - 1].type === TokenType.parenR && [...groups.values()].find((one) => one.end === group.at - 1);
		return Boolean(head) && this.isLoopHead(head);
	}

	/** for (…), for await (…), while (…) */
	isLoopHead(group) {
		return ['for', 'while'].includes(this.word(group.at - 1)) || (this.word(group.at - 1) === 'await' && this.word(group.at - 2) === 'for');
	}

	/** Whether the code may come by here more than once. */
	repeats(at) {
		const first = this.word(at - 1) === 'await' ? at - 1 : at;
		const { groups, TokenType } = this.literals;
		const isHead = (group) => group.end === first - 1 && group.type === TokenType.parenL && this.isLoopHead(group);
		return [...groups.values()].some((group) => (group.at < at && at < group.end && this.isRepeated(group)) || isHead(group));
	}

	warnOfLoop(at, key, place) {
		if (this.repeats(at))
			this.warnings.push({ ...place, code: 'repeated_step', warning: true, message: `The step \`${key}\` stands in a loop of the code, and a step runs once: asked for again it ends the run. ${ONE_LOOP}` });
	}

	isPlain(from, to) {
		return /^(-?\d[\d_]*(\.\d+)?|true|false|null)$/.test(this.textOf(from, to)) || this.isText(from, to);
	}

	/** Whether what is asked for here goes nowhere: neither waited for, nor given to anything, nor kept. */
	isDropped(at) {
		const { tokens, groups, TokenType } = this.literals;
		const before = tokens[at - 1]?.type;
		const begins = before === TokenType.semi || before === TokenType.braceL || before === TokenType.braceR || (this.isNewLine(at) && !CONTINUES.test(this.word(at - 1)));
		const after = groups.get(at + 3).end + 1;
		const ends = tokens[after] === undefined || tokens[after].type === TokenType.semi || tokens[after].type === TokenType.braceR || (this.isNewLine(after) && !/^[.?[(`]/.test(this.word(after)));
		return begins && ends;
	}

	isNewLine(at) {
		return this.source.code.slice(this.literals.tokens[at - 1].end, this.literals.tokens[at].start).includes('\n');
	}

	warnOfDropped(at, key, place) {
		if (this.isDropped(at))
			this.warnings.push({ ...place, code: 'not_awaited', warning: true, message: `Nothing waits for the step \`${key}\`: the code goes on beside it, and what it gives is dropped. Write \`await\` before it; without, the run ends only when it has ended, and fails when it does.` });
	}

	/**
	 * What stands between two tokens, as a value: functions are functions, and what the code works out is a text, `{{asked.…}}`. `what` is 'step' or 'steps'
	 * where those stand.
	 */
	value(from, to, path, what) {
		if (this.isPlain(from, to)) return native.compile(`(${this.textOf(from, to)})`, 'literal');
		const fn = this.functionOf(from, to);
		if (fn) return fn;
		const group = this.literals.groups.get(from);
		const { tokens, TokenType } = this.literals;
		const whole = group && group.end === to;
		if (whole && group.type === TokenType.bracketL && group.entries.every((entry) => tokens[entry.from].type !== TokenType.ellipsis))
			return group.entries.map((entry, i) => this.value(entry.from, entry.to, `${path}[${i}]`, what === 'steps' ? 'step' : null));
		if (whole && this.isWrittenOut(group)) return this.object(group, path, what);
		return `{{${path}}}`;
	}

	isWrittenOut(group) {
		return Boolean(group?.members) && !group.spread && group.members.size === group.entries.length;
	}

	object(group, path, what) {
		return Object.fromEntries([...group.members].map(([name, member]) => {
			const inner = `${path}.${name}`;
			const value = what === 'step' ? this.memberOfStep(name, member, inner) : this.member(member, name, inner, what === 'steps' ? 'step' : null);
			if (value === `{{${inner}}}` && !/^[\p{L}\d_-]+$/u.test(name)) throw new Mistake(`What the code works out cannot be found by the name \`${name}\`. Make the object around it before, \`const made = { … }\`, and give that.`, this.place(member.key));
			return [name, value];
		}));
	}

	member(member, name, path, what) {
		if (member.value !== member.key) return this.value(member.value, member.end, path, what);
		return (member.key === member.end ? this.functionOf(member.key, member.end) : this.methodOf(name, member)) ?? `{{${path}}}`;
	}

	memberOfStep(name, member, path) {
		if (path === 'asked.fn' || path === 'asked.run') return undefined; // the code's own, called by it
		if (name === 'cwd' && this.isProject(member.value, member.end)) return undefined;
		const what = name === 'steps' ? 'steps' : name === 'step' || name === 'poll' ? 'step' : null;
		const value = this.member(member, name, path, what);
		if (value !== `{{${path}}}`) return value;
		if (name === 'command') return this.shell(path);
		if (RUNS_BY_ITSELF.test(name))
			throw new Mistake(`\`${name}\` runs by itself, where its step runs, and this is worked out by the code. Write the function out here, or name one that stands outside of \`execute\`.`, this.place(member.value));
		return value;
	}

	/** ctx.projectPath is where commands run anyway. */
	isProject(from, to) {
		return this.textOf(from, to) === `${this.name}.projectPath`;
	}

	/** ctx.step("id", { … }) */
	step(at, paren) {
		const [id, config, ...more] = paren.entries;
		if (!id || !config || more.length > 0) throw new Mistake(`The id or the object of this step is not written out. ${WRITTEN_OUT}`, this.place(at));
		if (!this.isText(id.from, id.to)) throw new Mistake(`The id of this step, ${this.textOf(id.from, id.to).slice(0, 60)}, is worked out when the code runs; the steps of a workflow are known before that. Write it as a text. ${ONE_LOOP}`, this.place(id.from));
		const group = this.literals.groups.get(config.from);
		if (!this.isWrittenOut(group) || group.end !== config.to) throw new Mistake(`This step is not written out. ${WRITTEN_OUT}`, this.place(config.from));
		const place = this.place(id.from);
		const key = native.compile(`(${this.textOf(id.from, id.to)})`, 'literal');
		this.warnOfLoop(at, key, place);
		this.warnOfDropped(at, key, place);
		const computed = group.members.has('fn') || group.members.has('run');
		const { members } = this.writer.step(this.object(group, 'asked', 'step'), place, config.from, key, place);
		const ours = members.filter(([name]) => name !== 'id' && !(computed && (name === 'type' || name === 'kind')));
		if (computed) ours.push(['type', { place, value: 'transform' }], ['value', { place, value: '{{asked.value}}' }]);
		return this.finish([['id', { place, value: key }], ...ours], place);
	}

	/** Steps of a code wait for nothing but being asked for. */
	finish(members, place) {
		const had = (names) => members.some(([name]) => names.includes(name));
		if (!had(['needs', 'dependsOn', 'depends_on'])) members.push(['needs', { place, items: [] }]);
		return { place, members };
	}

	/** A command that the code puts together is the code's, whole: in a text a template would stand for one word. */
	shell(path) {
		return ['sh', '-c', `{{${path}}}`];
	}

	directory(entry) {
		if (!entry || this.isProject(entry.from, entry.to)) return {};
		if (!this.isText(entry.from, entry.to)) throw new Mistake('The directory of a command is written out: `ctx.exec("make", "app/web")`.', this.place(entry.from));
		return { cwd: native.compile(`(${this.textOf(entry.from, entry.to)})`, 'literal') };
	}

	/** ctx.exec(…) and ctx.comment(…) have no id of their own: they are counted, and the code is told which one it is at. */
	numbered(what, at, paren, members) {
		this.counts[what] = (this.counts[what] ?? 0) + 1;
		const key = `${what}-${this.counts[what]}`;
		const place = this.place(at);
		this.warnOfLoop(at, key, place);
		this.warnOfDropped(at, key, place);
		const { tokens } = this.literals;
		this.inserted.push({ at: tokens[paren.at].end, text: `${JSON.stringify(key)}${paren.entries.length > 0 ? ', ' : ''}` });
		return this.finish(this.writer.plain({ id: key, ...members }, place).members, place);
	}

	steps() {
		const { tokens, groups, TokenType } = this.literals;
		const out = [];
		for (let at = 1; at + 2 < tokens.length; at++) {
			const paren = groups.get(at + 2);
			if (tokens[at].type !== TokenType.dot || !paren || paren.type !== TokenType.parenL || this.textOf(at - 1) !== this.name) continue;
			const what = this.textOf(at + 1);
			if (what === 'step') out.push(this.step(at - 1, paren));
			else if (what === 'exec') out.push(this.numbered('exec', at - 1, paren, { type: 'script', name: 'Command', command: this.shell('asked.command'), ...this.directory(paren.entries[1]) }));
			else if (what === 'comment') out.push(this.numbered('comment', at - 1, paren, { type: 'transform', name: 'Comment', value: { comment: '{{asked.text}}', step: '{{asked.step}}' } }));
		}
		return out;
	}

	/** The code as it is kept. */
	code() {
		let text = this.source.code;
		for (const { at, text: more } of [...this.inserted].sort((a, b) => b.at - a.at)) text = text.slice(0, at) + more + text.slice(at);
		return text;
	}
}
