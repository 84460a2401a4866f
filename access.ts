/**
 * May this account do this to that sign? Asked here only, before every write and every subscription.
 * Harper's own role check stands behind it; here is what a role cannot express.
 */
import type { User } from './merge.ts';
import { Refusal } from './sign.ts';

/**
 * An account reads its own rejections only.
 * @throws {Refusal} 401 without an account, 403 for another's row or the collection
 */
export function mayReadRejection(account: string | undefined, user: User): void {
	if (!user) throw new Refusal('log in to read your rejection', 401);
	if (account !== user.username)
		throw new Refusal(`an account reads its own row only: Rejection/${user.username}`, 403);
}
