// The thread of sql.mjs: PostgreSQL's protocol, version 3, as much as a superuser without a password needs on a unix socket.

import net from 'node:net';
import { workerData } from 'node:worker_threads';

const { port, flag } = workerData;

function message(type, body) {
	const head = Buffer.alloc(type ? 5 : 4);
	if (type) head.write(type);
	head.writeInt32BE(body.length + 4, head.length - 4);
	return Buffer.concat([head, body]);
}
const words = (...list) => Buffer.from(`${list.join('\0')}\0`);

/** { C: SQLSTATE, M: message, D: detail, … } of an error or a notice. */
function fieldsOf(body) {
	return Object.fromEntries(body.toString().split('\0').filter(Boolean).map((one) => [one[0], one.slice(1)]));
}

function valuesOf(body, none) {
	const values = [];
	for (let i = 0, at = 2; i < body.readInt16BE(0); i++) {
		const length = body.readInt32BE(at);
		at += 4;
		values.push(length < 0 ? none : body.toString('utf8', at, at + length));
		if (length > 0) at += length;
	}
	return values;
}

function answer({ host, user, database, statements, field, record, none }) {
	return new Promise((resolve) => {
		const socket = net.connect(`${host}/.s.PGSQL.5432`);
		let output = '', notices = '', left = Buffer.alloc(0), rows = [], error, over = false;
		const queue = [...statements];
		const end = () => {
			if (over) return;
			over = true;
			socket.end(message('X', Buffer.alloc(0)));
			resolve({ output, notices, error });
		};
		const told = (kind, { C, M, D, H, W }) => `${kind}:  ${C}: ${[M, D && `DETAIL:  ${D}`, H && `HINT:  ${H}`, W && `CONTEXT:  ${W}`].filter(Boolean).join('\n')}`;
		const got = (type, body) => {
			if (type === 'D') {
				if (body.readInt16BE(0) > 0) rows.push(valuesOf(body, none).join(field)); // psql says nothing of a row without columns
			} else if (type === 'C') {
				if (rows.length) output += `${rows.join(record)}\n`;
				rows = [];
			} else if (type === 'E') {
				const said = fieldsOf(body);
				error ??= { state: said.C, message: said.M.split('\n')[0], detail: told(said.S, said) };
				if (said.S === 'FATAL') end();
			} else if (type === 'N') {
				const said = fieldsOf(body);
				notices += `${told(said.S, said)}\n`;
			} else if (type === 'Z') {
				if (error || queue.length === 0) end();
				else socket.write(message('Q', words(queue.shift())));
			} else if (type === 'G' || type === 'H') {
				error = { state: '', message: 'COPY is not known here', detail: '' };
				socket.destroy();
			}
		};
		socket.on('connect', () => socket.write(message('', Buffer.concat([Buffer.from([0, 3, 0, 0]), words('user', user, 'database', database,
			'application_name', 'psql', 'client_encoding', 'UTF8', 'options', '-c client_min_messages=warning', '')]))));
		socket.on('data', (chunk) => {
			left = left.length ? Buffer.concat([left, chunk]) : chunk;
			while (left.length >= 5 && left.length > left.readInt32BE(1)) {
				const size = left.readInt32BE(1) + 1;
				got(String.fromCharCode(left[0]), left.subarray(5, size));
				left = left.subarray(size);
			}
		});
		const broken = (why) => {
			error ??= { state: '', message: `connection to ${host} broken: ${why}`, detail: `connection to ${host} broken: ${why}` };
			end();
		};
		socket.on('error', (why) => broken(why.message));
		socket.on('close', () => broken('it was closed'));
	});
}

port.on('message', async (question) => {
	port.postMessage(await answer(question));
	Atomics.store(flag, 0, 1);
	Atomics.notify(flag, 0);
});
