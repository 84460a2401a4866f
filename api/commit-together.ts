/**
 * Collects the writes of one account to several signs that come in the same turn of the event loop, so that they are stored in
 * one transaction: what a transaction costs is then paid once. Touches no row.
 */
import type { Merge } from './combine.ts';
import type { User } from './current-user.ts';

/** Merges of one account into one sign, while the lock of the sign is held. */
export interface Part {
	id: string;
	user: User;
	merges: Merge[];
}

/** Stores parts, answers each of their merges, and calls `answered` for a part when it has done so. Does not throw. */
export type Store = (parts: Part[], answered: (part: Part) => void) => Promise<void>;

/** The most signs in one transaction. Below 100: from there on Harper commits in another way, which blocks the thread. */
const MAX_PARTS = 50;

interface Group {
	parts: Part[];
	/** By the id of its sign: resolves the promise of a part. */
	resolvers: Map<string, () => void>;
}

/** By account: the parts that wait for the end of this turn. */
const openGroups = new Map<string, Group>();

/**
 * Adds a part to those of its account. A group has one part of a sign, because the part holds its lock.
 * @param store the same in each call
 * @returns a promise that resolves when the part is answered, whether or not the others are
 */
export function commitTogether(part: Part, store: Store): Promise<void> {
	const { username, role } = part.user!;
	let group = openGroups.get(username);
	// an account whose role was changed meanwhile begins a new group
	if (!group || group.parts.length >= MAX_PARTS || group.parts[0]!.user!.role !== role) {
		group = { parts: [], resolvers: new Map() };
		openGroups.set(username, group);
		setImmediate(storeGroup, username, group, store);
	}
	const { parts, resolvers } = group;
	parts.push(part);
	return new Promise((done) => resolvers.set(part.id, done));
}

function storeGroup(username: string, group: Group, store: Store): void {
	if (openGroups.get(username) === group) openGroups.delete(username);
	void store(group.parts, ({ id }) => group.resolvers.get(id)!());
}
