/** The account as it is now. An MQTT session and a WebSocket hold the account as it was when they opened. */
import type { Context } from 'harperdb';
import { accountNow } from '../harper-fixes/internals.ts';
import { requireAccount } from '../sign/access.ts';
import { Refusal } from '../sign/refusal.ts';

export type User = Context['user'];

/** @throws {Refusal} 401, when the account is gone, inactive or without a role */
export async function currentUser(user: User): Promise<User> {
	const { username } = requireAccount(user);
	try {
		const current = await accountNow(username);
		requireAccount(current);
		return current;
	} catch (cause) {
		throw new Refusal('log in: this account has no right any more', 401, { cause });
	}
}
