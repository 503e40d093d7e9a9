// SQL for tests, as psql would do it and print it, at a tenth of what starting psql costs: tests ask thousands of times. Each call has a
// connection of its own and waits for the answer; a thread speaks to PostgreSQL meanwhile (sql-worker.mjs).
//
//	const { output, error } = ask({ host, user, database, text: 'select 1, null', field: '\t', none: '\\N' });
//	output                    '1\t\\N\n': what psql -X -q -A -t prints
//	error?.state, .message    SQLSTATE and first line, or state '' when there was no connection; .detail: all that PostgreSQL said
//
// `split`: one statement after the other until one fails, as of a script (psql -f); else all in one transaction (psql -c). `\` commands
// and COPY are not known.

import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';

let bridge;

function open() {
	const { port1, port2 } = new MessageChannel();
	const flag = new Int32Array(new SharedArrayBuffer(4));
	const worker = new Worker(new URL('sql-worker.mjs', import.meta.url), { workerData: { port: port2, flag }, transferList: [port2], env: {} });
	worker.unref();
	port1.unref();
	return { port: port1, flag };
}

export function ask({ host, user, database, text, split = false, field = '|', record = '\n', none = '' }) {
	bridge ??= open();
	Atomics.store(bridge.flag, 0, 0);
	bridge.port.postMessage({ host, user, database, statements: split ? statementsOf(text) : [text], field, record, none });
	Atomics.wait(bridge.flag, 0, 0);
	return receiveMessageOnPort(bridge.port).message;
}

/** A script's statements: at each semicolon that stands in no quotes, comment or parentheses, and after no backslash. */
export function statementsOf(text) {
	const found = [];
	const token = /'(?:[^']|'')*'|"[^"]*"|--[^\n]*|\/\*[\s\S]*?\*\/|(?<![\w$])\$(\w*)\$[\s\S]*?\$\1\$|\\;|[();]/g;
	const escaped = /'(?:[^'\\]|''|\\[\s\S])*'/y;
	let from = 0, depth = 0, kept = '';
	for (let match; (match = token.exec(text)); ) {
		if (match[0][0] === "'" && /(^|\W)e$/i.test(text.slice(Math.max(0, match.index - 2), match.index))) {
			escaped.lastIndex = match.index;
			token.lastIndex = match.index + (escaped.exec(text)?.[0].length ?? match[0].length);
		} else if (match[0] === '(') depth++;
		else if (match[0] === ')') depth--;
		else if (match[0] === ';' && depth === 0) {
			found.push(kept + text.slice(from, match.index));
			kept = '';
			from = token.lastIndex;
		} else if (match[0] === '\\;') { // as psql has it: one query of several statements
			kept += `${text.slice(from, match.index)};`;
			from = token.lastIndex;
		}
	}
	return [...found, kept + text.slice(from)].filter((one) => one.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, '').trim() !== '');
}
