// A workflow that is a function (`execute`): its steps are found in its text, so that the page, the checker and the planner know them before it runs. What
// is written out of a step stays as it is; what the code works out when it asks for the step becomes `{{asked.…}}`. The code itself is kept without types, and is
// run again and again over what has been recorded (replay.js).

const ASKED_COMMAND = '{{asked.command}}';
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

class Outline {
	constructor(source, fn, place) {
		const { parse } = packageOf('sucrase').load('sucrase/dist/parser/index.js');
		this.source = source;
		this.name = parameterName(fn, place);
		this.places = new Places(source.code);
		this.literals = readLiterals({ text: source.code, places: this.places, tokens: parse(source.code, false, false, false).tokens });
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

	place(at) {
		const { line } = this.places.at(this.literals.tokens[at].start);
		return sourcePlace(this.source, line, this.literals.tokens[at].start - this.places.starts[line - 1] + 1);
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

	/** What stands between two tokens: written out, or worked out by the code. */
	node(from, to, path) {
		const place = this.place(from);
		if (this.isPlain(from, to)) return { place, value: native.compile(`(${this.textOf(from, to)})`, 'literal') };
		const group = this.literals.groups.get(from);
		const { tokens, TokenType } = this.literals;
		const whole = group && group.end === to;
		if (whole && group.type === TokenType.bracketL && group.entries.every((entry) => tokens[entry.from].type !== TokenType.ellipsis))
			return { place, items: group.entries.map((entry, i) => this.node(entry.from, entry.to, `${path}.${i}`)) };
		if (whole && group.members && !group.spread && group.members.size === group.entries.length)
			return { place, members: [...group.members].map(([name, member]) => [name, this.member(name, member, `${path}.${name}`)]) };
		return { place, value: `{{${path}}}` };
	}

	member(name, member, path) {
		return member.value === member.key ? { place: this.place(member.key), value: `{{${path}}}` } : { ...this.node(member.value, member.end, path), place: this.place(member.key) };
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
		if (!group?.members || group.end !== config.to || group.spread || group.members.size !== group.entries.length) throw new Mistake(`This step is not written out. ${WRITTEN_OUT}`, this.place(config.from));
		const place = this.place(id.from);
		const key = native.compile(`(${this.textOf(id.from, id.to)})`, 'literal');
		this.warnOfLoop(at, key, place);
		const members = [['id', { place, value: key }]];
		const computed = ['fn', 'run'].find((name) => group.members.has(name));
		for (const [name, member] of group.members) {
			if (name === 'cwd' && this.isProject(member.value, member.end)) continue;
			if (name === computed || name === 'id' || (computed && (name === 'type' || name === 'kind'))) continue;
			const node = this.member(name, member, `asked.${name}`);
			members.push([name, name === 'command' && node.value === ASKED_COMMAND ? this.shell(node.place) : node]);
		}
		if (computed) members.push(['type', { place, value: 'transform' }], ['value', { place, value: '{{asked.value}}' }]);
		return this.finish(members, place);
	}

	/** Steps of a code wait for nothing but being asked for. */
	finish(members, place) {
		const had = (names) => members.some(([name]) => names.includes(name));
		if (!had(['needs', 'dependsOn', 'depends_on'])) members.push(['needs', { place, items: [] }]);
		return { place, members };
	}

	/** A command that the code puts together is the code's, whole: in a text a template would stand for one word. */
	shell(place) {
		return { place, items: ['sh', '-c', ASKED_COMMAND].map((value) => ({ place, value })) };
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
		const { tokens } = this.literals;
		this.inserted.push({ at: tokens[paren.at].end, text: `${JSON.stringify(key)}${paren.entries.length > 0 ? ', ' : ''}` });
		return this.finish([['id', { place, value: key }], ...Object.entries(members).map(([name, value]) => [name, typeof value === 'string' ? { place, value } : value.place ? value : { place, members: Object.entries(value).map(([inner, text]) => [inner, { place, value: text }]) }])], place);
	}

	steps() {
		const { tokens, groups, TokenType } = this.literals;
		const out = [];
		for (let at = 1; at + 2 < tokens.length; at++) {
			const paren = groups.get(at + 2);
			if (tokens[at].type !== TokenType.dot || !paren || paren.type !== TokenType.parenL || this.textOf(at - 1) !== this.name) continue;
			const what = this.textOf(at + 1);
			if (what === 'step') out.push(this.step(at - 1, paren));
			else if (what === 'exec') out.push(this.numbered('exec', at - 1, paren, { type: 'script', name: 'Command', command: this.shell(this.place(at - 1)), ...this.directory(paren.entries[1]) }));
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
