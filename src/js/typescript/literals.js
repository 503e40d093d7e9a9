// Which object of a declaration was written where. Objects do not know where they come from; but the one that stands in the source with the same names
// in the same order, and the same texts, is the one. Where that does not lead anywhere, what is around it tells the place.

/** Everything in brackets: its entries, their names and where their values begin. */
function readLiterals(source) {
	const { TokenType } = packageOf('sucrase').load('sucrase/dist/parser/tokenizer/types.js');
	const tokens = source.tokens.filter((token) => !token.isType && token.type !== TokenType.eof);
	const textOf = (token) => source.text.slice(token.start, token.end);
	const groups = new Map();
	const stack = [];
	const closes = new Set([TokenType.braceR, TokenType.bracketR, TokenType.parenR]);
	const opens = new Set([TokenType.braceL, TokenType.bracketL, TokenType.parenL, TokenType.dollarBraceL]);
	const end = (group, at) => {
		if (at > group.from) group.entries.push({ from: group.from, to: at - 1 });
		if (closes.has(tokens[at].type)) group.end = at;
		group.from = at + 1;
	};
	tokens.forEach((token, at) => {
		if (opens.has(token.type)) {
			stack.push({ at, type: token.type, entries: [], from: at + 1, used: false });
			groups.set(at, stack.at(-1));
		} else if (stack.length > 0 && closes.has(token.type)) end(stack.pop(), at);
		else if (stack.length > 0 && token.type === TokenType.comma) end(stack.at(-1), at);
	});
	const isString = (token) => token?.type === TokenType.string;
	const nameOf = (token) => (isString(token) ? textOf(token).slice(1, -1) : textOf(token));
	const byShape = new Map();
	for (const group of groups.values()) {
		if (group.type === TokenType.braceL) group.members = new Map();
		for (const { from, to } of group.type === TokenType.braceL ? group.entries : []) {
			const first = tokens[from];
			if (first.type === TokenType.ellipsis) group.spread = true;
			else if (tokens[from + 1]?.type === TokenType.colon && from + 2 <= to) group.members.set(nameOf(first), { key: from, value: from + 2, end: to, text: from + 2 === to && isString(tokens[to]) ? textOf(tokens[to]).slice(1, -1) : null });
			else {
				let name = from;
				while (name < to && tokens[name + 1].type !== TokenType.parenL) name++;
				if (from === to || tokens[name + 1]?.type === TokenType.parenL) group.members.set(textOf(tokens[from === to ? from : name]), { key: from, value: from, end: to, text: null });
			}
		}
		if (!group.members || group.members.size === 0) continue;
		const shape = group.spread ? '' : [...group.members.keys()].join('\0');
		if (!byShape.has(shape)) byShape.set(shape, []);
		byShape.get(shape).push(group);
	}
	return { source, tokens, groups, byShape, isString, TokenType };
}

function fits(group, object) {
	for (const [name, { text }] of group.members) {
		if (!(name in object)) return false;
		if (text !== null && !text.includes('\\') && object[name] !== text) return false;
	}
	return true;
}

/** The literal of an object: the one at the token `at`, else the first that looks like it and is nobody's yet. */
function literalOf(literals, object, at) {
	if (at !== undefined && literals.groups.get(at)?.members && fits(literals.groups.get(at), object)) return literals.groups.get(at);
	const alike = literals.byShape.get(Object.keys(object).join('\0')) ?? [];
	const found = alike.find((group) => !group.used && fits(group, object)) ?? (literals.byShape.get('') ?? []).find((group) => !group.used && fits(group, object));
	if (found) found.used = true;
	return found ?? null;
}

const placeOf = (literals, at) => literals.source.places.at(literals.tokens[at].start);

/** The text before an object in a call: addStep('key', {…}). */
function textBefore(literals, group) {
	const { tokens, TokenType, isString } = literals;
	const before = tokens[group.at - 1]?.type === TokenType.comma ? tokens[group.at - 2] : undefined;
	return isString(before) ? literals.source.places.at(before.start) : null;
}
