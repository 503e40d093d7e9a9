// Packages and what a document may require. `native.compile(text, name)` runs a script, `native.library(name)` is a package that was built in: its first
// file, and all of its files as functions.

/** What the packages themselves require and do not need here. */
const SHIMS = {
	// Where each token went; sucrase's own map ends at the first template.
	'sucrase/dist/computeSourceMap.js': {
		__esModule: true,
		default: ({ code, mappings }, file, options, source, tokens) => {
			const column = (text, offset) => offset - (text.lastIndexOf('\n', offset - 1) + 1);
			const segments = [];
			let line = 0;
			let from = 0;
			for (const [i, offset] of mappings.entries()) {
				if (offset === undefined || offset < from) continue;
				for (; from < offset; from++) if (code[from] === '\n') line++;
				segments.push({ line, column: column(code, offset), sourceColumn: column(source, tokens[i].start) });
			}
			return { segments };
		},
	},
	'ts-interface-checker': (() => {
		const type = () => type;
		return {
			__esModule: true, union: type, lit: type, iface: type, opt: type, array: type, name: type,
			createCheckers: () => ({ Options: { strictCheck() {} } }),
		};
	})(),
};

const packages = new Map();

/** A built-in package: require(file) of the files in it. */
function packageOf(name) {
	if (packages.has(name)) return packages.get(name);
	const found = native.library(name);
	if (!found) return null;
	const { first, files } = found;
	const cache = new Map();
	const load = (file) => {
		if (SHIMS[file]) return SHIMS[file];
		if (cache.has(file)) return cache.get(file).exports;
		const module = { exports: {} };
		cache.set(file, module);
		const entry = files[file];
		entry?.code.call(undefined, module, module.exports, (wanted) => (entry.names[wanted] ? load(entry.names[wanted]) : (SHIMS[wanted] ?? {})));
		return module.exports;
	};
	packages.set(name, { first: () => load(first), load });
	return packages.get(name);
}

const OURS = new Set(['stepmill', 'dank-ai', '@repo/workflow-engine', 'stepmill/workflow']);
const ZOD = new Set(['zod', 'zod/v4']);

/** require() of a document: our own words, zod, and the agents, which are named and not looked up. */
function requireOf(ours) {
	const agents = new Proxy({}, { get: (_, name) => (typeof name === 'string' && name !== '__esModule' ? name : undefined) });
	return function require(wanted) {
		if (OURS.has(wanted)) return ours;
		if (ZOD.has(wanted)) return packageOf('zod').first();
		if (/^\.{1,2}\/(.*\/)?dank\.config(\.[cm]?[jt]s)?$/.test(wanted)) return { AGENT_IDS: agents, agents: [] };
		throw new Error(`\`${wanted}\` cannot be imported. A workflow may import "stepmill", "dank-ai", "@repo/workflow-engine", "zod" and "./dank.config".`);
	};
}

/** The code of a document, called: what it exports, and its names at the outermost level, looked at when they are needed. */
function runModule(code, names, ours) {
	const module = { exports: {} };
	const locals = names.map((name) => `get ${name}() { return ${name}; }`).join(', ');
	const run = native.compile(`(function (module, exports, require) {\n${code}\nreturn {${locals}};\n})`, 'workflow');
	const found = run.call(undefined, module, module.exports, requireOf(ours));
	return { exports: module.exports, locals: found };
}
