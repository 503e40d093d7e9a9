// Run first in every realm, before anything a stranger has written. Time and chance are given, so that who evaluates again gets
// the same; what could tell the real time, or has no use without threads and sockets, is taken away.
(function (now, seedLow, seedHigh, say) {
	'use strict';
	for (const name of ['WeakRef', 'FinalizationRegistry', 'Atomics', 'SharedArrayBuffer', 'WebAssembly', 'eval'])
		delete globalThis[name];

	const { apply, construct } = Reflect;
	const RealDate = Date;
	const dateText = RealDate.prototype.toString;
	RealDate.now = function now_() { return now; };
	Object.defineProperty(RealDate.now, 'name', { value: 'now' });
	const GivenDate = new Proxy(RealDate, {
		apply() { return apply(dateText, new RealDate(now), []); },
		construct(target, given, newTarget) {
			return construct(target, given.length === 0 ? [now] : given, newTarget === GivenDate ? target : newTarget);
		},
	});
	Object.defineProperty(RealDate.prototype, 'constructor', { value: GivenDate, writable: true, configurable: true });
	Object.defineProperty(globalThis, 'Date', { value: GivenDate, writable: true, configurable: true });

	// Without an argument they would say what time it is.
	const format = Intl.DateTimeFormat.prototype;
	const getFormat = Object.getOwnPropertyDescriptor(format, 'format').get;
	const toParts = format.formatToParts;
	Object.defineProperty(format, 'format', {
		get() {
			const bound = apply(getFormat, this, []);
			return (date) => bound(date === undefined ? now : date);
		},
		configurable: true,
	});
	Object.defineProperty(format, 'formatToParts', {
		value: function formatToParts(date) { return apply(toParts, this, [date === undefined ? now : date]); },
		writable: true,
		configurable: true,
	});

	// sfc32: small, and good enough to shuffle a list.
	let a = seedLow, b = seedHigh, c = 0x9e3779b9, d = 1;
	function next() {
		const t = (((a + b) | 0) + d) | 0;
		d = (d + 1) | 0;
		a = b ^ (b >>> 9);
		b = (c + (c << 3)) | 0;
		c = ((c << 21) | (c >>> 11)) + t | 0;
		return t >>> 0;
	}
	for (let i = 0; i < 15; i++) next();
	Object.defineProperty(Math, 'random', {
		value: function random() { return (next() * 0x200000 + (next() >>> 11)) / 0x20000000000000; },
		writable: true,
		configurable: true,
	});

	const { stringify } = JSON;
	const text = String;
	function shown(value) {
		if (typeof value === 'string') return value;
		if (value instanceof Error) return text(value);
		try {
			const json = stringify(value);
			return json === undefined ? text(value) : json;
		} catch {
			return text(value);
		}
	}
	function log(...values) {
		let line = '';
		for (let i = 0; i < values.length; i++) line += (i ? ' ' : '') + shown(values[i]);
		say(line);
	}
	const console = {};
	for (const name of ['log', 'info', 'warn', 'error', 'debug']) console[name] = log;
	Object.defineProperty(globalThis, 'console', { value: console, writable: true, configurable: true });

	// For a replay, in which time passes as it once did.
	return (at) => { now = at; };
})
