/** Reads the current state of an account. An MQTT session and a WebSocket have the state from when they were opened. */
import type { Context } from 'harperdb';
import { accountNow } from '../harper-fixes/internals.ts';
import { requireAccount } from '../sign/access.ts';
import { Refusal } from '../sign/refusal.ts';

export type User = Context['user'];

/** @throws {Refusal} 401, when the account was removed, is inactive or has no role */
export async function currentUser(user: User): Promise<User> {
	const { username } = requireAccount(user);
	try {
		const current = await accountNow(username);
		requireAccount(current);
		return current;
	} catch (cause) {
		throw new Refusal('log in: this account no longer has access', 401, { cause });
	}
}
