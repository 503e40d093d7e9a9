// Other people for browser tests: they make an account and join a workspace as anybody would, through the API.
import { Client } from '../harness/stack.mjs';

export const password = 'a password that nobody guesses';

const good = ({ status, body }, what) => {
	if (status >= 300) throw new Error(`${what}: ${status} ${JSON.stringify(body)}`);
	return body;
};

/** Signs up; the client keeps the session. */
export async function signUp(e2e, name) {
	const client = new Client(e2e.stack.url);
	const email = `${name.toLowerCase().replaceAll(/[^a-z]+/g, '.')}@example.com`;
	good(await client.post('/account', { email, name, password }), 'sign-up');
	return Object.assign(client, { email, session: good(await client.get('/session'), 'session') });
}

/** Joins the demo workspace by an invitation of its owner. */
export async function join(e2e, name, role) {
	const person = await signUp(e2e, name);
	const { token } = await e2e.post('/invitations', { role, note: name });
	good(await person.post(`/invitations/${token}/accept`), 'accept');
	return person;
}

/** A page in which this person is signed in. */
export async function pageOf(e2e, person, options = {}) {
	return e2e.page({ ...options, signedIn: person });
}
