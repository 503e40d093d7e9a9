// A stepmill-js of our own, spoken to as an executor does: src/js/wire.h.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
export const program = path.resolve(root, process.env.STEPMILL_BUILD ?? 'build', 'stepmill-js');

export const CHECK = 0, CHECK_CODE = 1, EVALUATE = 2, CALL = 3;
const STATUSES = ['ok', 'nothing', 'threw', 'syntax', 'timed_out', 'too_large'];

function number(value, bytes) {
	const out = Buffer.alloc(bytes);
	if (bytes === 8) out.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
	else out.writeUInt32LE(value);
	return out;
}

function text(value) {
	const bytes = Buffer.from(value);
	return Buffer.concat([number(bytes.length, 4), bytes]);
}

export function request({ kind = EVALUATE, cpu = 1000, now = 1_700_000_000_000, seed = 7, scope = '', sources }) {
	const body = Buffer.concat([number(kind, 4), number(cpu, 4), number(now, 8), number(seed, 8), text(scope),
		number(sources.length, 4), ...sources.map(text)]);
	return Buffer.concat([number(body.length, 4), body]);
}

function answer(frame) {
	let at = 0;
	const take = () => frame.readUInt32LE((at += 4) - 4);
	const takeText = () => {
		const n = take();
		return frame.toString('utf8', at, at += n);
	};
	const results = Array.from({ length: take() }, () => {
		const status = STATUSES[take()], line = take(), column = take();
		return { status, line, column, text: takeText() };
	});
	return { results, log: takeText() };
}

export class Process {
	static async start(options = {}) {
		const self = new Process();
		self.child = spawn(program, [], { stdio: ['ignore', 'ignore', 'pipe', 'pipe'], env: {}, ...options });
		self.stderr = '';
		self.child.stderr.on('data', (data) => { self.stderr += data; });
		self.frames = [];
		self.waiting = [];
		self.over = false;
		let come = Buffer.alloc(0);
		self.channel = self.child.stdio[3];
		self.channel.on('error', () => {});
		self.channel.on('data', (data) => {
			come = Buffer.concat([come, data]);
			while (come.length >= 4 && come.length >= 4 + come.readUInt32LE(0)) {
				const n = come.readUInt32LE(0);
				self.take(come.subarray(4, 4 + n));
				come = come.subarray(4 + n);
			}
		});
		const end = () => {
			self.over = true;
			self.take(null);
		};
		self.channel.on('close', end);
		self.exited = once(self.child, 'exit').then(([code, signal]) => ({ code, signal }));
		const greeting = await self.next();
		if (!greeting) throw new Error(`no greeting: ${self.stderr}`);
		return self;
	}

	take(frame) {
		if (this.waiting.length) this.waiting.shift()(frame);
		else if (frame) this.frames.push(frame);
	}

	next() {
		if (this.frames.length) return Promise.resolve(this.frames.shift());
		if (this.over) return Promise.resolve(null);
		return new Promise((resolve) => this.waiting.push(resolve));
	}

	// The answer, or null when the process ended instead.
	async ask(what) {
		this.channel.write(request(what));
		const frame = await this.next();
		return frame && answer(frame);
	}

	async one(source, more = {}) {
		const said = await this.ask({ ...more, sources: [source] });
		return said && said.results[0];
	}

	/** Its processor time in milliseconds: whoever watches it goes by that, because a busy machine is nobody's fault. */
	cpu() {
		const fields = readFileSync(`/proc/${this.child.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
		return (Number(fields[11]) + Number(fields[12])) * 10;
	}

	/**
	 * As the executor's watch does: who goes on `over` ms past its time is killed. What became of it is `how`: a status, `killed` or `died`; after
	 * these two and a time-out there is no process any more.
	 */
	async watched(what, over = 500) {
		const asked = this.ask(what), begun = this.cpu();
		let killed = false;
		const watch = setInterval(() => {
			try {
				if (this.cpu() - begun < what.cpu + over) return;
			} catch { /* it is gone */ }
			killed = true;
			this.child.kill('SIGKILL');
		}, 20);
		const said = await asked;
		clearInterval(watch);
		const how = said ? said.results[0].status : killed ? 'killed' : 'died';
		if (!said || how === 'timed_out') await this.exited; // after a time-out it goes by itself
		return { said, how };
	}

	async value(source, scope = {}, more = {}) {
		const said = await this.one(source, { scope: JSON.stringify(scope), ...more });
		if (said?.status !== 'ok') throw new Error(JSON.stringify(said));
		return JSON.parse(said.text);
	}

	stop() {
		this.child.kill('SIGKILL');
		return this.exited;
	}
}
