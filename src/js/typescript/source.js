// The text of a document in TypeScript: the types are taken out, and what stands where is kept, so that whatever is wrong is said with the line and
// column that somebody wrote. A line stays a line.

/** Lines and columns from 1; columns count characters. */
class Places {
	constructor(text) {
		this.text = text;
		this.starts = [0];
		for (let i = 0; i < text.length; i++) if (text[i] === '\n') this.starts.push(i + 1);
	}

	column(line, units) {
		const from = this.starts[line - 1] ?? 0;
		return [...this.text.slice(from, from + units)].length + 1;
	}

	at(offset) {
		let low = 0;
		let high = this.starts.length - 1;
		while (low < high) {
			const middle = (low + high + 1) >> 1;
			if (this.starts[middle] <= offset) low = middle;
			else high = middle - 1;
		}
		return { line: low + 1, column: this.column(low + 1, offset - this.starts[low]) };
	}
}

/** An error of the document, with its place. */
class Mistake extends Error {
	constructor(message, place) {
		super(message);
		this.place = place;
	}
}

function readSource(text) {
	const { transform } = packageOf('sucrase').first();
	const { parse } = packageOf('sucrase').load('sucrase/dist/parser/index.js');
	const places = new Places(text);
	let tokens;
	let transformed;
	try {
		tokens = parse(text, false, true, false).tokens;
		transformed = transform(text, { transforms: ['typescript', 'imports'], filePath: 'workflow', sourceMapOptions: { compiledFilename: 'workflow' }, disableESTransforms: true });
	} catch (error) {
		const { line = 1, column = 1 } = error.loc ?? {};
		const why = String(error.message).replace(/^Error transforming workflow: /, '').replace(/ \(\d+:\d+\)$/, '');
		throw new Mistake(`This cannot be read: ${why}.`, { line, column: places.column(line, Math.max(0, column - 1)) });
	}
	return { text, places, tokens, code: transformed.code, segments: transformed.sourceMap.segments };
}

/** Where in the source something is that stands at line and column (from 1) of the code without types. */
function sourcePlace(source, line, column) {
	let best = { column: 0, sourceColumn: 0 };
	for (const segment of source.segments) if (segment.line === line - 1 && segment.column <= column - 1) best = segment;
	return { line, column: source.places.column(line, best.sourceColumn) };
}

/** Where an error was thrown, as far as that is in the document. */
function thrownPlace(source, error) {
	const stack = typeof error?.stack === 'string' ? error.stack : '';
	const [, line, column] = /(?:^|@|\n)workflow:(\d+):(\d+)/.exec(stack) ?? [];
	if (line !== undefined && line > 1) return sourcePlace(source, Number(line) - 1, Number(column));
	if (error?.sourceURL === 'workflow' && error.line > 1) return sourcePlace(source, error.line - 1, error.column ?? 1);
	return { line: 1, column: 1 };
}

/** The names that the document declares at its outermost level. */
function outermostNames(source) {
	const { IdentifierRole } = packageOf('sucrase').load('sucrase/dist/parser/tokenizer/index.js');
	const names = new Set();
	for (const token of source.tokens)
		if (!token.isType && (token.identifierRole === IdentifierRole.TopLevelDeclaration || token.identifierRole === IdentifierRole.ObjectShorthandTopLevelDeclaration))
			names.add(source.text.slice(token.start, token.end));
	return [...names].filter((name) => new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`).test(source.code));
}
