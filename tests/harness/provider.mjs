// A sign-in provider that follows OpenID Connect Core 1.0 (authorization code, PKCE) as far as a client can tell, and does one thing wrong
// when a test asks for it.
//
//	const provider = await startProvider();
//	provider.person = { sub: '7', email: 'ada@acme.test', email_verified: true };
//	provider.wrong = { claims: { nonce: 'other' } };     // or { alg: 'HS256' }, { status: 500 }, { wait: 8000 }, { issuer: … }, …
//	provider.rotate();                                    // signs with a new key from now on
//	await provider.stop();
import { createHash, createHmac, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';

const text = (bytes) => Buffer.from(bytes).toString('base64url');

class Provider {
	client = { id: 'stepmill at acme/1', secret: 'a client:secret/with+signs' };
	person = { sub: '1', email: 'somebody@acme.test', email_verified: true, name: 'Somebody' };
	wrong = {};
	alg = 'RS256';
	codes = new Map();
	asked = []; // paths

	rotate(alg = this.alg) {
		this.alg = alg;
		this.kid = `key-${randomBytes(4).toString('hex')}`;
		this.pair = alg === 'ES256' ? generateKeyPairSync('ec', { namedCurve: 'P-256' }) : generateKeyPairSync('rsa', { modulusLength: 2048 });
	}

	keys() {
		return { keys: [{ ...this.pair.publicKey.export({ format: 'jwk' }), kid: this.kid, use: 'sig', alg: this.alg }] };
	}

	idToken(nonce) {
		const now = Math.floor(Date.now() / 1000);
		const claims = { iss: this.issuer, aud: this.client.id, exp: now + 300, iat: now, nonce, ...this.person, ...this.wrong.claims };
		const alg = this.wrong.alg ?? this.alg;
		const body = `${text(JSON.stringify({ alg, kid: this.wrong.kid ?? this.kid }))}.${text(JSON.stringify(claims))}`;
		if (alg === 'none') return `${body}.`;
		if (alg === 'HS256') return `${body}.${createHmac('sha256', this.client.secret).update(body).digest('base64url')}`;
		return `${body}.${text(sign('sha256', Buffer.from(body), { key: this.pair.privateKey, dsaEncoding: 'ieee-p1363' }))}`;
	}

	/** The person agrees: the browser is sent back with a code. */
	authorize(query) {
		const problems = [['response_type', 'code'], ['client_id', this.client.id], ['code_challenge_method', 'S256']].filter(([name, value]) => query.get(name) !== value);
		if (problems.length > 0 || !query.get('scope').split(' ').includes('openid') || !(query.get('code_challenge')?.length === 43)) throw new Error(`a bad request: ${query}`);
		const code = text(randomBytes(24));
		this.codes.set(code, { challenge: query.get('code_challenge'), nonce: query.get('nonce'), back: query.get('redirect_uri') });
		const back = new URL(query.get('redirect_uri'));
		const answer = this.wrong.refuse ? { error: 'access_denied', error_description: 'no' } : { code };
		for (const [name, value] of Object.entries({ ...answer, state: query.get('state'), iss: this.issuer, session_state: 'x', ...this.wrong.answer })) back.searchParams.set(name, value);
		return back.href;
	}

	token(form, authorization) {
		const pair = `${encodeURIComponent(this.client.id)}:${encodeURIComponent(this.client.secret)}`.replaceAll('%20', '%20');
		const inHeader = authorization === `Basic ${Buffer.from(pair).toString('base64')}`;
		const inForm = form.get('client_id') === this.client.id && form.get('client_secret') === this.client.secret;
		if (!(this.ways ?? ['client_secret_basic']).includes(inHeader ? 'client_secret_basic' : inForm ? 'client_secret_post' : '')) return [401, { error: 'invalid_client' }];
		const made = this.codes.get(form.get('code'));
		this.codes.delete(form.get('code'));
		const verified = made && createHash('sha256').update(form.get('code_verifier') ?? '').digest('base64url') === made.challenge;
		if (!verified || form.get('grant_type') !== 'authorization_code' || form.get('redirect_uri') !== made.back) return [400, { error: 'invalid_grant' }];
		return [200, { access_token: 'x', token_type: 'Bearer', ...(this.wrong.noToken ? {} : { id_token: this.idToken(made.nonce) }) }];
	}

	async answer(request, response) {
		const url = new URL(request.url, this.issuer);
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		this.asked.push(url.pathname);
		if (this.wrong.wait) await new Promise((resolve) => setTimeout(resolve, this.wrong.wait).unref());
		let [status, body] = [404, {}];
		if (url.pathname === '/.well-known/openid-configuration') {
			[status, body] = [200, { issuer: this.wrong.issuer ?? this.issuer, authorization_endpoint: `${this.issuer}/authorize?tenant=1`, token_endpoint: `${this.issuer}/token`,
				jwks_uri: `${this.issuer}/keys`, token_endpoint_auth_methods_supported: this.ways, ...this.wrong.discovery }];
		}
		if (url.pathname === '/authorize' && request.method === 'GET') { // a browser: whoever sits there agrees
			response.writeHead(303, { location: this.authorize(url.searchParams) }).end();
			return;
		}
		if (url.pathname === '/keys') [status, body] = [200, this.keys()];
		if (url.pathname === '/token' && request.method === 'POST') [status, body] = this.token(new URLSearchParams(Buffer.concat(chunks).toString()), request.headers.authorization);
		if (this.wrong.status) status = this.wrong.status;
		const bytes = this.wrong.body ?? JSON.stringify(body);
		response.writeHead(status, { 'content-type': 'application/json', ...this.wrong.headers }).end(bytes);
	}

	async stop() {
		this.server.closeAllConnections();
		this.server.close();
		await once(this.server, 'close');
	}
}

export async function startProvider() {
	const provider = new Provider();
	provider.rotate();
	provider.server = http.createServer((request, response) => provider.answer(request, response).catch((error) => {
		console.error(error);
		response.writeHead(500).end();
	}));
	provider.server.listen(0, '127.0.0.1');
	await once(provider.server, 'listening');
	provider.port = provider.server.address().port;
	provider.issuer = `http://127.0.0.1:${provider.port}`;
	return provider;
}

/** A browser, as far as signing in goes: cookies, and redirects one at a time. */
export class Browser {
	cookies = new Map();
	constructor(url) {
		this.url = url;
	}
	/** Status, the address it is sent to, and the body. */
	async go(where) {
		const response = await fetch(new URL(where, this.url), { redirect: 'manual', headers: { cookie: [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ') } });
		for (const set of response.headers.getSetCookie()) {
			const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
			if (/Max-Age=0;/.test(set)) this.cookies.delete(name);
			else this.cookies.set(name, value);
		}
		const body = await response.text();
		return { status: response.status, to: response.headers.get('location'), headers: response.headers, body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(body) : body };
	}
	/** To the provider and back: where it ends. */
	async signIn(provider, id, query = '') {
		const there = await this.go(`/api/sign-in-providers/${id}/start${query}`);
		if (there.status !== 303 || !there.to.startsWith(provider.issuer)) return there;
		return this.go(provider.authorize(new URL(there.to).searchParams));
	}
}
