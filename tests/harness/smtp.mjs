// A mail server that keeps what it is given, and misbehaves when a test asks for it.
//
//	const smtp = await startSmtp({ tls: { key, cert } });    // STARTTLS is offered then, and login after it
//	smtp.mails[0]                                             // { from, to, text, headers, body, secure, user }
//	smtp.wrong = { RCPT: '550 no such person' };              // an answer to a command; or { drop: 'DATA' } to hang up there
//	await smtp.stop();
import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';

class Smtp {
	mails = [];
	wrong = {};
	sessions = 0;
	account = null; // { user, password }: a login is asked for

	serve(plain) {
		let socket = plain;
		let text = '';
		let mail = {};
		let inData = false;
		let login = null;
		this.sessions++;
		const say = (line) => socket.write(`${line}\r\n`);
		const command = (line) => {
			const verb = line.split(/[ :]/)[0].toUpperCase();
			if (this.wrong.drop === verb) return void socket.destroy();
			if (this.wrong[verb]) return void say(this.wrong[verb]);
			if (verb === 'EHLO' || verb === 'HELO') {
				const offers = ['mail.test', 'SIZE 1000000', ...(this.tls && socket === plain ? ['STARTTLS'] : []), ...(this.account && (socket !== plain || !this.tls) ? ['AUTH PLAIN'] : [])];
				return void offers.forEach((offer, i) => say(`250${i === offers.length - 1 ? ' ' : '-'}${offer}`));
			}
			if (verb === 'STARTTLS' && this.tls) {
				say('220 go on');
				plain.removeAllListeners('data');
				socket = new tls.TLSSocket(plain, { isServer: true, ...this.tls });
				socket.on('data', take).on('error', () => {});
				return;
			}
			if (verb === 'AUTH') {
				login = Buffer.from(line.split(' ')[2] ?? '', 'base64').toString().split('\0');
				const good = this.account && login[1] === this.account.user && login[2] === this.account.password;
				if (!good) login = null;
				return void say(good ? '235 welcome' : '535 wrong');
			}
			if (this.account && !login && verb !== 'QUIT') return void say('530 log in first');
			if (verb === 'MAIL') mail = { from: /<(.*)>/.exec(line)[1], to: [], secure: socket !== plain, user: login?.[1] };
			if (verb === 'RCPT') mail.to.push(/<(.*)>/.exec(line)[1]);
			if (verb === 'DATA') {
				inData = true;
				return void say('354 go on');
			}
			if (verb === 'QUIT') return void socket.end('221 bye\r\n');
			say('250 ok');
		};
		const take = (chunk) => {
			text += chunk.toString('latin1');
			for (;;) {
				const end = inData ? text.indexOf('\r\n.\r\n') : text.indexOf('\r\n');
				if (end < 0) return;
				const piece = text.slice(0, end);
				text = text.slice(end + (inData ? 5 : 2));
				if (inData) {
					inData = false;
					if (this.wrong.drop === '.') return void socket.destroy();
					if (this.wrong['.']) say(this.wrong['.']);
					else {
						this.mails.push({ ...mail, ...parse(piece) });
						say('250 taken');
					}
				} else command(piece);
			}
		};
		socket.on('data', take).on('error', () => {});
		say('220 mail.test');
	}

	/** The mails so far, when there are so many. */
	async until(count, ms = 120000) {
		for (const end = Date.now() + ms; this.mails.length < count; await new Promise((resolve) => setTimeout(resolve, 20))) {
			if (Date.now() > end) throw new Error(`${this.mails.length} mails instead of ${count}`);
		}
		return this.mails;
	}

	async stop() {
		this.server.close();
		for (const socket of this.sockets) socket.destroy();
	}
}

function parse(text) {
	const [head, ...rest] = text.replaceAll(/^\.\./gm, '.').split('\r\n\r\n');
	const headers = head.split('\r\n').map((line) => /^([^:]+): (.*)$/.exec(line) ?? [line, line, '']).map(([, name, value]) => [name, value]);
	return { text, headers, body: Buffer.from(rest.join('\r\n\r\n'), 'base64').toString() };
}

export async function startSmtp(options = {}) {
	const smtp = Object.assign(new Smtp(), options);
	smtp.sockets = new Set();
	smtp.server = net.createServer((socket) => {
		smtp.sockets.add(socket);
		socket.on('close', () => smtp.sockets.delete(socket));
		smtp.serve(socket);
	});
	smtp.server.listen(0, '127.0.0.1');
	await once(smtp.server, 'listening');
	smtp.port = smtp.server.address().port;
	return smtp;
}
