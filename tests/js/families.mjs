// Hostile code by families: every way to have something run (a hook) × everything that it could try there (an aim). What people would write by
// hand is in hostile.mjs; here none is forgotten because nobody thought of it.
//
// Each is { name, kind, text }: kind `evaluate` an expression, `call` the body of a function.

/** What would be worth having: each an expression that gives it, or what there is of it. */
export const aims = {
	'what was left in the realm': '[globalThis.kept, globalThis[Symbol.for("kept")], Object.prototype.kept, Array.prototype.kept, Function.prototype.kept].join()',
	'what the last match was': '[RegExp.$1, RegExp.$9, RegExp.input, RegExp.lastMatch, RegExp.lastParen, RegExp.leftContext, RegExp.rightContext, RegExp["$&"], RegExp["$_"]].join()',
	'where it stands': '(() => { try { null.x } catch (e) { return [e.stack, e.sourceURL, e.fileName, e.line, new Error().stack].join() } })()',
	'who called': '(() => { const f = function () { return [f.caller, f.arguments, arguments.callee] }; try { return String(f()) } catch (e) { return String(e) } })()',
	'all names': 'Reflect.ownKeys(globalThis).map(k => { try { return String(k) + String(globalThis[k]) } catch { return "" } }).join()',
	'all names above': '(() => { let o = globalThis, s = ""; while ((o = Object.getPrototypeOf(o))) s += Reflect.ownKeys(o).map(String).join(); return s })()',
	'the engine\'s own text': '[console.log, Date, Date.now, Math.random, Intl.DateTimeFormat.prototype.formatToParts].map(f => Function.prototype.toString.call(f)).join()',
	'the environment': '[typeof process, typeof std, typeof os, typeof Deno, typeof Bun].join() + (globalThis.process?.env ?? "")',
	'code from text': '(() => { try { return (() => {}).constructor("return this")() } catch (e) { return String(e) } })()',
	'code from text, asynchronously': '(() => { try { return (async () => {}).constructor("return this")() && "created" } catch (e) { return String(e) } })()',
	'another realm': '(() => { try { return new ShadowRealm().evaluate("globalThis.kept") } catch (e) { return String(e) } })()',
	'shared memory': '[typeof SharedArrayBuffer, typeof Atomics, typeof WebAssembly, typeof Worker, typeof structuredClone].join()',
	'memory that was not cleared': '(() => { const b = new Uint8Array(1 << 16); let s = ""; for (let i = 0; i < b.length; i++) if (b[i]) s += String.fromCharCode(b[i]); return s + new ArrayBuffer(8).slice(0, 8).byteLength })()',
	'what others interned': '[Symbol.keyFor(Symbol.for("kept")), Symbol.for("kept").description].join() + (globalThis[Symbol.for("kept")] ?? "")',
	'the true time': '[Date.now(), +new Date(), Date(), typeof Temporal, typeof performance, new Intl.DateTimeFormat("en", { dateStyle: "full", timeStyle: "long" }).format()].join()',
};

const body = (text) => ({ kind: 'call', text });

/** Ways to have `aim` run where it is not expected: while an answer is read, compared, written, thrown or waited for. */
export const hooks = {
	'plainly': (aim) => aim,
	'a getter of the answer': (aim) => `({ get x() { return ${aim} } })`,
	'toJSON': (aim) => `({ toJSON() { return ${aim} } })`,
	'toJSON of all': (aim) => `(Object.prototype.toJSON = function () { return ${aim} }, { a: 1 })`,
	'toString in a template': (aim) => `\`\${{ toString() { return String(${aim}) } }}\``,
	'valueOf in arithmetic': (aim) => `"" + { valueOf() { return String(${aim}) } }`,
	'Symbol.toPrimitive': (aim) => `\`\${{ [Symbol.toPrimitive]() { return String(${aim}) } }}\``,
	'Symbol.toStringTag': (aim) => `Object.prototype.toString.call({ get [Symbol.toStringTag]() { return String(${aim}) } })`,
	'Symbol.iterator': (aim) => `[...{ *[Symbol.iterator]() { yield ${aim} } }]`,
	'Symbol.hasInstance': (aim) => `(() => { let got; class A { static [Symbol.hasInstance]() { got = ${aim}; return true } } 1 instanceof A; return got })()`,
	'Symbol.hasInstance of promises': (aim) => `(() => { let got; Object.defineProperty(Promise, Symbol.hasInstance, { value() { got = ${aim}; return false } }); return { get x() { return got } } })()`,
	'Symbol.species': (aim) => `(() => { let got; class A extends Array { static get [Symbol.species]() { got = ${aim}; return Array } } new A(3).map(x => x); return got })()`,
	'Symbol.match': (aim) => `"a".match({ [Symbol.match]() { return [String(${aim})] } })`,
	'Symbol.replace': (aim) => `"a".replace({ [Symbol.replace]() { return String(${aim}) } }, "b")`,
	'Symbol.split': (aim) => `"a".split({ [Symbol.split]() { return [String(${aim})] } })`,
	'Symbol.unscopables': (aim) => `(() => { let got; const o = { get [Symbol.unscopables]() { got = ${aim}; return {} } }; o[Symbol.unscopables]; return got })()`,
	'a reviver': (aim) => `JSON.parse("[1]", (k, v) => k === "0" ? ${aim} : v)`,
	'a replacer': (aim) => `JSON.stringify([1], (k, v) => k === "0" ? String(${aim}) : v)`,
	'a comparator': (aim) => `(() => { let got; [2, 1].sort((a, b) => { got = ${aim}; return a - b }); return got })()`,
	'a callback of replace': (aim) => `"a".replace(/a/, () => String(${aim}))`,
	'a default parameter': (aim) => `((x = ${aim}) => x)()`,
	'a computed key': (aim) => `({ [String(${aim})]: 1 })`,
	'a static block': (aim) => `(() => { let got; class A { static { got = ${aim} } } return got })()`,
	'a field': (aim) => `new (class { x = ${aim} })().x`,
	'a private getter': (aim) => `new (class { get #x() { return ${aim} } y() { return this.#x } })().y()`,
	'a tag': (aim) => `((strings, ...given) => given)\`a\${${aim}}b\``,
	'a generator that is left': (aim) => `(() => { let got; for (const x of (function* () { try { yield 1 } finally { got = ${aim} } })()) break; return got })()`,
	'finally': (aim) => `(() => { try { throw 1 } catch { return 1 } finally { return ${aim} } })()`,
	'what is thrown': (aim) => `(() => { throw new Error(String(${aim})) })()`,
	'toString of what is thrown': (aim) => `(() => { throw { toString() { return String(${aim}) } } })()`,
	'the line of what is thrown': (aim) => `(() => { let got = "none"; throw { get line() { got = String(${aim}); return 1 }, toString() { return got } } })()`,
	'an error\'s message': (aim) => `(() => { const e = new Error("x"); Object.defineProperty(e, "message", { get() { return String(${aim}) } }); throw e })()`,
	'an error\'s cause': (aim) => `(() => { throw new Error("x", { cause: String(${aim}) }) })()`,
	'prepareStackTrace': (aim) => `(() => { Error.prepareStackTrace = () => String(${aim}); Error.stackTraceLimit = 1000; return new Error("x").stack })()`,
	'a setter of all': (aim) => `(() => { let got; Object.defineProperty(Object.prototype, "trap", { set() { got = ${aim} }, configurable: true }); ({}).trap = 1; return got })()`,
	'Array.prototype.map replaced': (aim) => `(() => { Array.prototype.map = function () { return ${aim} }; return [1].map(x => x) })()`,
	'Function.prototype.call replaced': (aim) => `(() => { Function.prototype.call = function () { return ${aim} }; return (() => 1).call() })()`,
	'console': (aim) => `(console.log(${aim}), console.error({ get x() { return ${aim} } }), 1)`,
	'console.log of a throwing thing': (aim) => `(console.log({ toJSON() { throw 1 }, toString() { return String(${aim}) } }), 1)`,
	'Intl options': (aim) => `(() => { let got; new Intl.NumberFormat("en", { get style() { got = ${aim}; return "decimal" } }); return got })()`,
	'a date\'s parts': (aim) => `(() => { let got; new Date({ valueOf() { got = ${aim}; return 0 } }); return got })()`,
	'Array.from': (aim) => `Array.from({ length: 1, get 0() { return ${aim} } })`,
	'a typed array\'s source': (aim) => `(() => { let got; new Uint8Array({ length: 1, get 0() { got = ${aim}; return 1 } }); return got })()`,
	'sort of a proxy': (aim) => `(() => { let got; Array.prototype.sort.call(new Proxy([2, 1], { get(t, k) { got = ${aim}; return t[k] } })); return got })()`,
	...Object.fromEntries(['get', 'has', 'set', 'ownKeys', 'getOwnPropertyDescriptor', 'getPrototypeOf', 'setPrototypeOf', 'isExtensible', 'preventExtensions', 'defineProperty',
		'deleteProperty', 'apply', 'construct'].map((trap) => [`the trap ${trap}`, (aim) => `(() => { let got; const p = new Proxy(function () {}, { ${trap}(t, ...a) { got = ${aim}; return Reflect.${trap}(t, ...a) } });
			for (const f of [() => p.x, () => "x" in p, () => { p.x = 1 }, () => Reflect.ownKeys(p), () => Object.keys(p), () => Object.getPrototypeOf(p), () => Object.setPrototypeOf(p, null),
				() => Object.isExtensible(p), () => Object.defineProperty(p, "y", { value: 1, configurable: true }), () => delete p.y, () => p(), () => new p(), () => Object.preventExtensions(p)]) try { f() } catch {}
			return got })()`])),
	'await': (aim) => body(`await null; return ${aim}`),
	'a thenable': (aim) => body(`return { then(done) { done(${aim}) } }`),
	'a thenable that is rejected': (aim) => body(`return { then(done, failed) { failed(String(${aim})) } }`),
	'a promise that is rejected': (aim) => body(`return Promise.reject(new Error(String(${aim})))`),
	'then of all promises': (aim) => body(`let got; const then = Promise.prototype.then; Promise.prototype.then = function (...a) { got = ${aim}; return then.apply(this, a) }; await Promise.resolve(1); return got`),
	'a promise\'s constructor': (aim) => body(`let got; const p = Promise.resolve(1); Object.defineProperty(p, "constructor", { get() { got = ${aim}; return Promise } }); await p; return got`),
	'for await': (aim) => body(`let got; for await (const x of { async *[Symbol.asyncIterator]() { yield ${aim} } }) got = x; return got`),
	'what comes after the answer': (aim) => body(`Promise.resolve().then(() => 1).then(() => { console.log(${aim}) }); return 1`),
	'import()': (aim) => body(`try { await import(String(${aim})) } catch (e) { return String(e) } return "imported"`),
};

const words = (what) => (typeof what === 'string' ? { kind: 'evaluate', text: what } : what);
export const hooked = Object.entries(hooks).flatMap(([how, hook]) => Object.entries(aims).map(([aim, text]) => ({ name: `${how}: ${aim}`, ...words(hook(text)) })));

/** What is there for all to see × what could be made of it; the next request, of another run, must not notice. */
const shared = ['Object.prototype', 'Array.prototype', 'Function.prototype', 'String.prototype', 'Number.prototype', 'Boolean.prototype', 'RegExp.prototype', 'Date.prototype', 'Promise.prototype',
	'Map.prototype', 'Symbol.prototype', 'Error.prototype', 'Iterator.prototype', 'globalThis', 'JSON', 'Math', 'Reflect', 'Intl', 'console', 'Object', 'Array', 'Promise', 'Symbol', 'Date'];
const spoilt = {
	'a new member': (on) => `${on}.kept = "stolen"`,
	'getters for what an engine asks': (on) => `["input", "steps", "loop", "env", "line", "column", "then", "toJSON", "length", "0"].forEach((k) => { try { Object.defineProperty(${on}, k, { get() { return "stolen" }, configurable: true }) } catch {} })`,
	'setters': (on) => `["a", "b", "n", "list", "0"].forEach((k) => { try { Object.defineProperty(${on}, k, { set() {}, get() { return "stolen" }, configurable: true }) } catch {} })`,
	'all of it replaced': (on) => `Reflect.ownKeys(${on}).forEach((k) => { try { Object.defineProperty(${on}, k, { value: () => "stolen" }) } catch {} })`,
	'all of it removed': (on) => `Reflect.ownKeys(${on}).forEach((k) => { try { delete ${on}[k] } catch {} })`,
	'frozen': (on) => `Object.freeze(${on})`,
	'another prototype': (on) => `Object.setPrototypeOf(${on}, new Proxy({}, { get() { return "stolen" }, has() { return true } }))`,
};
export const spoiling = shared.flatMap((on) => Object.entries(spoilt).map(([how, make]) => ({ name: `${on}: ${how}`, kind: 'call', text: `${make(on)}; return "done"` })));

/** Regular expressions that go back and forth × what they are let loose on, and where. */
const patterns = ['(a+)+$', '(a*)*b', '(a|a)*b', '(a|aa)+$', '([a-z]+)*1', '(.*)*x', '(.*.*)*y', '^(([a-z])+.)+[A-Z]([a-z])+$', '(\\\\w+\\\\s?)*!', '(x+x+)+y'];
const places = [(p) => `new RegExp("${p}").test("a".repeat(40) + "!")`, (p) => `"${'a'.repeat(45)}!".replace(new RegExp("${p}", "g"), "")`, (p) => `"aaaa ".repeat(9).split(new RegExp("${p}"))[0].match(new RegExp("${p}", "y")) && /${p.replaceAll('\\\\', '\\')}/u.exec("x".repeat(60))`];
export const backtracking = patterns.flatMap((p) => places.map((place) => ({ name: p, kind: 'evaluate', text: place(p) })));

/** Things that grow × how far: what does not fit ends it, or is refused, at once. */
const sizes = ['2 ** 20', '2 ** 27', '2 ** 29', '2 ** 30', '2 ** 31 - 2', '2 ** 31', '2 ** 32', '2 ** 53', 'Infinity', '-1', 'NaN'];
const growing = {
	'a string repeated': (n) => `"x".repeat(${n})`, 'a string padded': (n) => `"x".padStart(${n}).length + "x".padEnd(${n}, "ab")`, 'an array': (n) => `new Array(${n}).fill(1)`, 'bytes': (n) => `new Uint8Array(${n}).fill(7)`,
	'a buffer': (n) => `new ArrayBuffer(8, { maxByteLength: ${n} }).resize(${n})`, 'a list of strings': (n) => `Array.from({ length: ${n} }, (_, i) => "item " + i)`, 'JSON': (n) => `JSON.parse("[" + "1,".repeat(${n}) + "1]")`,
	'JSON, deep': (n) => `JSON.parse("[".repeat(${n}) + "]".repeat(${n}))`, 'a bigint': (n) => `(1n << BigInt(${n})) * 3n`, 'a concatenation': (n) => `(() => { let s = "ab"; while (s.length < ${n}) s += s; return s + s })()`,
	'a sparse array': (n) => `(() => { const a = []; a[${n}] = 1; return a })()`, 'arguments': (n) => `Math.max(...new Array(${n}).fill(1))`, 'a pattern': (n) => `new RegExp("(".repeat(${n}) + ")".repeat(${n}))`,
	'a key': (n) => `({ ["x".repeat(${n})]: 1 })`, 'a matrix': (n) => `new Array(${n}).fill(0).map(() => new Array(1000).fill(0))`, 'nested objects': (n) => `(() => { let o = {}; for (let i = 0; i < ${n}; i++) o = { o }; return o })()`,
	'a flat list': (n) => `[new Array(${n}).fill([1, 2])].flat(Infinity)`, 'a normalized string': (n) => `"\\uFDFA".repeat(${n}).normalize("NFKD")`,
};
export const bombs = Object.entries(growing).flatMap(([what, make]) => sizes.map((n) => ({ name: `${what} of ${n}`, kind: 'evaluate', text: make(n) })));
