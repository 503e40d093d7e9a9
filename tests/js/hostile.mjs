// What people could write to get out, to look at others, or to keep a machine busy. A source a line; `js.test.mjs` says what must come of each group.

// Nothing of this is there: each gives true.
export const absent = [
	...['process', 'require', 'module', 'exports', 'global', 'window', 'self', 'document', 'navigator', 'fetch', 'XMLHttpRequest', 'WebSocket',
		'Deno', 'Bun', 'Buffer', 'std', 'os', 'load', 'read', 'readFile', 'writeFile', 'print', 'quit', 'gc', 'run', 'open', 'system', 'spawn',
		'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance', 'crypto', 'Worker', 'importScripts', 'WeakRef',
		'FinalizationRegistry', 'Atomics', 'SharedArrayBuffer', 'WebAssembly', 'eval', '$vm', 'debug', 'imports', 'java', 'Packages', 'ActiveXObject',
		'__filename', '__dirname', 'alert', 'Intl.v8BreakIterator', 'globalThis.$262'].map((name) => `typeof ${name} === "undefined"`),
	'(function () { return this })() === undefined',
	'[1].map(function () { return this })[0] === undefined',
	'Object.getOwnPropertyNames(globalThis).every(name => !/file|load|exec|socket|http|env|thread/i.test(name))',
	'Reflect.ownKeys(console).length === 5',
];

// Code from text, under all its names: each throws.
export const makers = [
	'eval("1")', '(0, eval)("1")', 'globalThis["ev" + "al"]("1")', 'Function("return 1")()', 'new Function("return this")()',
	'"".constructor.constructor("return process")()', '[].constructor.constructor("return globalThis")()', '({}).constructor.constructor("return 1")()',
	'(() => {}).constructor("return 1")()', '(function () {}).constructor("return 1")()', '(async () => {}).constructor("return 1")()',
	'(function* () {}).constructor("yield 1")()', '(async function* () {}).constructor("yield 1")()', 'Reflect.construct(Function, ["return 1"])()',
	'Reflect.apply(Function, null, ["return 1"])()', 'Object.getPrototypeOf(() => {}).constructor("return 1")()', 'console.log.constructor("return 1")()',
	'Date.now.constructor("return 1")()', 'Math.random.constructor("return 1")()', 'input.constructor.constructor("return 1")()',
	'steps.constructor.constructor("return process.env")()', 'Promise.resolve().then.constructor("return 1")()',
	'new (class extends Function { constructor() { super("return 1") } })()()', 'Function.prototype.constructor("return 1")()',
	'Function.prototype.bind.call(Function, null, "return 1")()()', '[..."a"].map.constructor.call(null, "return 1")()',
	'arguments.callee', 'arguments.callee.caller', '(function f() { return f.caller })()', '(function f() { return f.arguments })()',
	'Object.getPrototypeOf(Date).constructor("return 1")()',
];

// Not even written down: each is refused before anything runs.
export const unwritten = [
	'import fs from "fs"', 'import.meta', 'with (input) { x }', 'return 1', 'var a = 1', 'let a = 1', '1; 2', '1); (2', '1], [2', '}, {',
	') => (1', 'if (1) 2', 'function', '...input', 'a b', '{{x}}', '', '// nothing', '/* open', '"open', '`open ${', '/open', 'input.', '.x', '1 +',
	'delete input', '010', 'yield 1', 'super.x', 'class {', '#x in input', 'x =>', '\u2028', '<!-- a', 'debugger', 'throw 1', 'label: 1',
];

// What a realm leaves behind is not there in the next: [what is done, what would show it].
export const leftovers = [
	['Object.prototype.polluted = 1', '({}).polluted === undefined'],
	['input.__proto__.polluted = 1', '({}).polluted === undefined'],
	['steps.__proto__.__proto__ = null, 1', '({}).polluted === undefined'],
	['input["constructor"]["prototype"]["polluted"] = 1', '({}).polluted === undefined'],
	['Object.assign(Object.prototype, JSON.parse(\'{"polluted": 1}\')), 1', '({}).polluted === undefined'],
	['Object.setPrototypeOf(Object.prototype, null), Array.prototype.polluted = 1', '[].polluted === undefined'],
	['Array.prototype.map = () => ["stolen"], 1', '[1].map(x => x)[0] === 1'],
	['Array.prototype.push = function (x) { throw x }, 1', '(() => { const a = []; a.push(1); return a[0] })() === 1'],
	['JSON.stringify = () => "stolen", 1', 'JSON.stringify([1]) === "[1]"'],
	['JSON.parse = () => "stolen", 1', 'JSON.parse("[1]")[0] === 1'],
	['Object.defineProperty(Object.prototype, "toJSON", { value() { return "stolen" } }), 1', '({}).toJSON === undefined'],
	['Object.defineProperty(Object.prototype, "output", { get() { return "stolen" } }), 1', '({}).output === undefined'],
	['globalThis.kept = input, 1', 'globalThis.kept === undefined'],
	['globalThis[Symbol.for("kept")] = input, 1', 'globalThis[Symbol.for("kept")] === undefined'],
	['Symbol.prototype.kept = 1', 'Symbol().kept === undefined'],
	['Function.prototype.call = null, 1', 'typeof Function.prototype.call === "function"'],
	['Promise.prototype.then = null, 1', 'typeof Promise.prototype.then === "function"'],
	['console.kept = input, 1', 'console.kept === undefined'],
	['Math.random = () => 4, 1', 'Math.random() < 1'],
	['Date.now = () => 4, 1', 'Date.now() === 1700000000000'],
	['String.prototype.kept = input, 1', '"".kept === undefined'],
	['/(secret)/.exec("secret"), 1', 'RegExp.$1 === ""'],
	['Error.prototype.kept = input, 1', 'new Error().kept === undefined'],
	['Promise.resolve().then(() => { globalThis.late = 1 }), 1', 'globalThis.late === undefined'],
	['Object.freeze(Object.prototype), 1', '(() => { Object.prototype.x = 1; return ({}).x === 1 })()'],
	['Intl.kept = input, 1', 'Intl.kept === undefined'],
];

// They would go on for ever, or take all there is. Something ends each; nothing of it is an answer.
export const greedy = [
	'(() => { for (;;); })()', '(() => { while (true) {} })()', '(function f() { return f() })()', '[...function* () { for (;;) yield 1 }()]',
	'Array.from({ length: 2 ** 31 }, () => ({}))', 'Array(2 ** 27).fill({}).map(x => [x])', '"x".repeat(2 ** 30).split("")',
	'(() => { const a = []; for (;;) a.push({}) })()', '(() => { let s = "x"; for (;;) s += s })()', '(() => { const m = new Map(); for (let i = 0; ; i++) m.set(i, {}) })()',
	'(() => { let a = []; for (;;) a = [a, a, new Uint8Array(1 << 20)] })()', '(() => { const a = []; for (;;) a.push(new ArrayBuffer(1 << 24)) })()',
	'2n ** (2n ** 24n) + 1n', '(() => { let n = 3n; for (;;) n *= n })()', '/^(a+)+$/.test("a".repeat(40) + "b")', '/(x+x+)+y/.test("x".repeat(60))',
	'"a".repeat(100000).replace(/a*a*a*b/g, "")', '(() => { for (;;) try { for (;;); } catch {} })()', '(() => { try { for (;;); } finally { for (;;); } })()',
	'({ toJSON() { for (;;); } })', '({ get a() { for (;;); } })', '({ toString() { for (;;); } }) + ""', 'new Proxy({}, { ownKeys() { for (;;); } })',
	'new Proxy([], { get() { for (;;); } })', '(() => { throw { toString() { for (;;); } } })()', '(() => { throw { get line() { for (;;); } } })()',
	'[3, 2, 1].sort(() => { for (;;); })', '"a".replace(/a/, () => { for (;;); })', 'JSON.parse("[1]", () => { for (;;); })', '`${{ toString() { for (;;); } }}`',
	'(() => { const f = () => Promise.resolve().then(f); f(); return 1 })()', '(async function f() { for (;;) await null })(), 1',
	'(() => { const a = []; a.length = 4294967295; return a.join("x") })()', 'Array.prototype.concat.apply([], Array(1e8))', 'new Array(1e9).toString().length + "x".repeat(1e9)',
	'JSON.stringify(Array(1e8).fill("xxxxxxxxxxxxxxxxxxxx"))', '(() => { let o = {}; for (;;) o = { o } })()', '"x".padEnd(2 ** 31 - 2).toUpperCase().normalize("NFKD")',
	'new Intl.NumberFormat("en", { minimumFractionDigits: 100 }).format(1) && (() => { for (;;) new Intl.Collator("de") })()',
	'(() => { const s = new Set(); for (let i = 0; ; i++) s.add("k" + i) })()', 'structuredClone(1)', '(() => { for (;;) console.log("x".repeat(1e6)) })()',
];

// They are stopped at a depth, a size or a form, and the process goes on: each throws, or is too large.
export const bounded = [
	'(function f() { return f() + 1 })()', '(function f(n) { return [f(n + 1)] })(0)', 'new Proxy({}, { get(t, k, r) { return r[k] } }).x',
	'({ get x() { return this.x } }).x', 'JSON.parse("[".repeat(1e6))', '(() => { const a = []; a.push(a); return a })()', '(() => { let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a })()',
	'"x".repeat(2 ** 31)', '"x".repeat(-1)', 'new Array(-1)', 'new ArrayBuffer(2 ** 53)', '"x".repeat(9 * 2 ** 20)', 'Array(1e6).fill("xxxxxxxxxx")', '10n', 'Symbol()+""',
	'new RegExp("(".repeat(1e5))', '1n << 99999999999n', 'decodeURIComponent("%")', 'null.x', 'undefined.x', 'input.a.b.c.d',
	'steps.absent.output', 'absent', 'new Date(NaN).toISOString()', '[].reduce((a, b) => a)', '({}).x()', 'Object.defineProperty(Object.freeze({}), "x", { value: 1 })',
	'(() => { "use strict"; undeclared = 1 })()', '0 / 0', '1 / 0', 'new (class { #x; static y(o) { return o.#x } }).constructor.y({})', 'BigInt(1.5)', '({ toJSON() { throw new Error("no") } })',
	'(() => { throw null })()', '(() => { throw undefined })()', '(() => { throw { message: "x", line: -1, column: 1e99 } })()', '(() => { throw Object.create(null) })()',
	'(() => { throw new Proxy({}, { get() { throw 1 } }) })()', 'new Proxy(() => {}, { apply() { throw 1 } })()', 'Reflect.construct(Date, [], 1)', 'Symbol.for("x") + 1', 'structuredClone(1)',
	'import("fs")', 'import("/etc/passwd")', 'Promise.resolve(1)', '(async () => 1)()',
];

// Every value there is, every way from it to what makes functions of text, and what would be done with that: each throws.
const values = ['input', 'steps', '""', '[]', '1', 'true', '/x/', '(() => {})', '(function () {})', '(async () => {})', '(function* () {})()', 'new Map()', 'new Date()',
	'Math', 'JSON', 'Reflect', 'Promise.resolve()', 'Symbol()', '1n', 'new Error()', 'console', 'globalThis', 'Intl', 'new Proxy({}, {})', 'new Uint8Array(1)', 'Object.create({})'];
const ways = [(v) => `(${v}).constructor.constructor`, (v) => `(${v})["constructor"]["con" + "structor"]`, (v) => `(${v})?.__proto__?.constructor.constructor`,
	(v) => `Object.getPrototypeOf(Object(${v})).constructor.constructor`, (v) => `Reflect.get(Object(${v}), "constructor").constructor`,
	(v) => `(({ constructor: { constructor: f } }) => f)(${v})`, (v) => `Object.getOwnPropertyNames(Object.getPrototypeOf(Object(${v}))).includes("constructor") && (${v}).constructor.constructor`];
const uses = [(f) => `(${f})("return process")()`, (f) => `(${f}).call(null, "return require('fs').readFileSync('/etc/passwd', 'utf8')")()`,
	(f) => `Reflect.construct(${f}, ["return globalThis.process.env.CANARY"])()`, (f) => `new (${f})("x", "return import('/proc/self/environ')")(1)`,
	(f) => `[1].map((${f})("return this"))`, (f) => `(${f}).apply(null, ["return eval('1')"])\`\``];
export const reaching = values.flatMap((v) => ways.flatMap((way) => uses.map((use) => use(way(v)))));
