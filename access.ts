/**
 * May this account do this to that sign? Asked here only. Harper's own check of the role stands behind it on every
 * call (that a viewer writes nothing and a device removes nothing is in roles.yaml); here is what a role cannot
 * express. Pure but for `currentUser`, which asks Harper who an account is now.
 *
 * Each rule throws a Refusal: 401 (who are you?) or 403 (not you). The texts name nothing that the caller does not
 * know already.
 */
import { server, type Context } from 'harperdb';
import { Refusal, reportedFields, type Change } from './sign.ts';

export type User = Context['user'];

/** @throws {Refusal} 401, 403 when the account may not read this sign; without `id`, all signs */
export function mayRead(user: User, id?: string): void {
	const known = someone(user);
	// Harper checks it when a stream is opened; here it is asked again for each event.
	if (!tableRights(known)?.read) throw new Refusal('this account reads no signs', 403);
	if (isDevice(known) && known.username !== id) throw new Refusal('a device reads its own sign only', 403);
}

/** @throws {Refusal} 401, 403 when the account may not replace or merge this sign, or report what a change reports */
export function mayWrite(user: User, id: string, change: Change = {}): void {
	const known = someone(user);
	if (!tableRights(known)?.update) throw new Refusal('this account writes no signs', 403);
	if (!isDevice(known)) return mayReport(known, change);
	if (known.username !== id) throw new Refusal('a device writes its own sign only', 403);
}

/**
 * Without this rule a query that selects nothing would answer anyone: Harper checks a role on the first write.
 * @throws {Refusal} 401, 403 when the account may not merge by query, or not report what a change reports
 */
export function mayMergeByQuery(user: User, change: Change = {}): void {
	const known = someone(user);
	if (isDevice(known) || !tableRights(known)?.update) throw new Refusal('only an operator merges by query', 403);
	mayReport(known, change);
}

/** Of those who are not the sign's own device. */
function mayReport(known: Account, change: Change): void {
	const reported = reportedFields(change);
	if (reported.length && !isSuperUser(known)) {
		throw new Refusal(`${reported.join(' and ')} can be set by the sign's own device only`, 403);
	}
}

/**
 * An account reads its own rejections only, whatever its role.
 * @throws {Refusal} 401 without an account, 403 for another's row or the collection
 */
export function mayReadRejection(user: User, account?: string): void {
	const known = someone(user);
	if (account !== known.username) throw new Refusal('an account reads its own rejection only', 403);
}

/**
 * The account as it is now: an MQTT session and a WebSocket know it as it was when they were opened.
 * @throws {Refusal} 401, when it is gone, inactive or without a role
 */
export async function currentUser(user: User): Promise<User> {
	const { username } = someone(user);
	try {
		const known = (await server.getUser(username, null, {} as never)) as User;
		someone(known);
		return known;
	} catch (cause) {
		throw new Refusal('log in: this account has no right any more', 401, { cause });
	}
}

/** What Harper knows of an account. Its types leave the rights of a role open. */
interface Account {
	username: string;
	role: {
		role: string;
		permission: { super_user?: boolean; data?: { tables?: { Sign?: { read?: boolean; update?: boolean } } } };
	};
}

/** @throws {Refusal} 401 without an account, or one without a role */
export function someone(user: User): Account {
	if (user?.username && user.role) return user as unknown as Account;
	throw new Refusal('log in to do this', 401);
}

const isDevice = ({ role }: Account) => role.role === 'sign_device';
const isSuperUser = ({ role }: Account) => role.permission.super_user === true;
const tableRights = (user: Account) =>
	isSuperUser(user) ? { read: true, update: true } : user.role.permission.data?.tables?.Sign;
