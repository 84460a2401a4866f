/**
 * Decides whether an account may do something with a sign. No other file decides this. Harper also checks the role on
 * every call (roles.yaml: a viewer writes nothing, a device removes nothing); this file has the rules that a role
 * cannot express. Pure.
 *
 * Each rule throws a Refusal: 401 (log in) or 403 (this account may not). The texts reveal nothing that the caller does
 * not know.
 */
import { reportedFields, type Change } from './fields.ts';
import { Refusal } from './refusal.ts';

/**
 * An account as Harper passes it; null or undefined without a login. Harper's types do not describe the rights of a
 * role.
 */
export type User = { username?: string; role?: unknown } | null | undefined;

interface Account {
	username: string;
	role: {
		role: string;
		permission: { super_user?: boolean; data?: { tables?: { Sign?: { read?: boolean; update?: boolean } } } };
	};
}

/** @throws {Refusal} 401 without an account, or for an account without a role */
export function requireAccount(user: User): Account {
	if (user?.username && user.role) return user as Account;
	throw new Refusal('log in to do this', 401);
}

/** @throws {Refusal} 401, 403 when the account may not read this sign; without `id`, all signs */
export function mayRead(user: User, id?: string): void {
	const account = requireAccount(user);
	// Harper checks the role when a stream opens; this check runs again before each event.
	if (!rightsOf(account)?.read) throw new Refusal('this account reads no signs', 403);
	if (isDevice(account) && account.username !== id) throw new Refusal('a device reads its own sign only', 403);
}

/**
 * @throws {Refusal} 401, 403 when the account may not replace or merge this sign, or not report the fields of `change`
 */
export function mayWrite(user: User, id: string, change: Change = {}): void {
	const account = requireAccount(user);
	if (!rightsOf(account)?.update) throw new Refusal('this account writes no signs', 403);
	if (!isDevice(account)) return mayReport(account, change);
	if (account.username !== id) throw new Refusal('a device writes its own sign only', 403);
}

/**
 * Harper checks the role at the first write: a query that selects no sign would answer any account.
 * @throws {Refusal} 401, 403 when the account may not merge by query, or not report the fields of `change`
 */
export function mayMergeByQuery(user: User, change: Change = {}): void {
	const account = requireAccount(user);
	if (isDevice(account) || !rightsOf(account)?.update) throw new Refusal('only an operator merges by query', 403);
	mayReport(account, change);
}

/**
 * An account reads its own rejection only, whatever its role.
 * @throws {Refusal} 401 without an account, 403 for the rejection of another account, or for all of them
 */
export function mayReadRejection(user: User, name?: string): void {
	const account = requireAccount(user);
	if (name !== account.username) throw new Refusal('an account reads its own rejection only', 403);
}

/** Whether an account that may read a sign learns who has written it: operators and super_user. */
export function seesAuthors(user: User): boolean {
	const account = requireAccount(user);
	return !isDevice(account) && Boolean(rightsOf(account)?.update);
}

/**
 * For accounts other than the sign's own device.
 * @throws {Refusal} 403 when the change has fields that only the device reports
 */
function mayReport(account: Account, change: Change): void {
	const reported = reportedFields(change);
	if (reported.length && !isSuperUser(account)) {
		throw new Refusal(`${reported.join(' and ')} can be set by the sign's own device only`, 403);
	}
}

const isDevice = ({ role }: Account) => role.role === 'sign_device';
const isSuperUser = ({ role }: Account) => role.permission.super_user === true;
const rightsOf = (account: Account) =>
	isSuperUser(account) ? { read: true, update: true } : account.role.permission.data?.tables?.Sign;
