// The other side of a second factor: what an authenticator app does with the secret that it was given (RFC 6238).
import { createHmac } from 'node:crypto';
import { password } from './world.mjs';

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The code of now, or of so many steps of 30 seconds later. */
export function codeOf(secret, steps = 0, at = Date.now()) {
	const bits = [...secret].map((c) => alphabet.indexOf(c).toString(2).padStart(5, '0')).join('');
	const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
	const counter = Buffer.alloc(8);
	counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000) + steps));
	const mac = createHmac('sha1', key).update(counter).digest();
	const offset = mac[19] & 15;
	return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1000000).padStart(6, '0');
}

/** Takes steps of time as not used yet, so that a test need not wait for the next code. */
export const later = (stack) => stack.sql('update second_factor set last_step = 0; delete from attempt');

/** Waits for the next step when this one is about to end, so that "the code of now" is the same in a test and at the server. */
export const settle = () => new Promise((resolve) => {
	const left = 30000 - (Date.now() % 30000);
	setTimeout(resolve, left < 8000 ? left + 100 : 0);
});

/** Sets a second factor up and turns it on: its secret and recovery codes. */
export async function turnOn(stack, client, word = password) {
	const begun = await client.post('/account/second-factor', { current_password: word });
	if (begun.status !== 201) throw new Error(`begin: ${begun.status} ${JSON.stringify(begun.body)}`);
	const on = await client.post('/account/second-factor/confirm', { code: codeOf(begun.body.secret) });
	if (on.status !== 200) throw new Error(`confirm: ${on.status} ${JSON.stringify(on.body)}`);
	later(stack);
	return { ...begun.body, codes: on.body.recovery_codes };
}
