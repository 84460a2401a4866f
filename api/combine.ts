/**
 * Combines the merges of one sign that wait on this thread: when their turn comes, all of them are stored in one commit. A sign
 * that many clients write at once, or one client as fast as it can, costs one commit for each turn and not for each write.
 * Touches no row.
 */
import type { Change } from '../sign/fields.ts';
import { currentWriter } from '../harper-fixes/mqtt/writers.ts';
import { Refusal } from '../sign/refusal.ts';
import type { User } from './current-user.ts';

/** A merge, and how its writer is answered. */
export interface Merge {
	change: Change;
	user: User;
	/** The MQTT connection that it came over, if that must not get its own publishes. */
	writer: object | undefined;
	done(): void;
	fail(error: unknown): void;
}

/** So many merges are stored in one commit. */
const MAX_COMBINED = 1_000;

/**
 * So many merges of one sign by one account wait on one thread: an account that sends too many keeps no other one from writing. A
 * publisher over MQTT is slowed down long before (harper-fixes/failed-publishes.ts).
 */
const MAX_WAITING = 5_000;

/** In ms. Then a writer is answered that it is not stored; it may be yet. */
const MAX_WAIT_MS = 10_000;

/** By id: the merges that wait for the last turn that was asked for, which others can join. */
const openBatches = new Map<string, Merge[]>();

/** By id and account: how many merges are not answered yet. */
const unanswered = new Map<string, number>();

/**
 * Adds a merge to those that wait for the same turn, or asks for one.
 * @param inTurn runs what it is given when the turn has come
 * @param store answers each of the merges that it is given, and does not throw
 * @throws {Refusal} 503, when too many wait, or it takes too long
 */
export async function combine(
	id: string,
	change: Change,
	user: User,
	inTurn: (action: () => Promise<void>) => Promise<void>,
	store: (merges: Merge[]) => Promise<void>
): Promise<void> {
	const key = `${id} ${user?.username}`; // an id has no blank
	const waiting = unanswered.get(key) ?? 0;
	if (waiting >= MAX_WAITING) throw new Refusal(TOO_MANY, 503);
	unanswered.set(key, waiting + 1);
	const { promise, resolve, reject } = Promise.withResolvers<void>();
	join({ change, user, writer: currentWriter(), done: resolve, fail: reject });
	try {
		await promise;
	} finally {
		const left = unanswered.get(key)! - 1;
		if (left) unanswered.set(key, left);
		else unanswered.delete(key);
	}

	function join(merge: Merge): void {
		const joined = openBatches.get(id);
		if (joined && joined.length < MAX_COMBINED) return void joined.push(merge);
		const merges = [merge];
		openBatches.set(id, merges);
		const close = () => openBatches.get(id) === merges && openBatches.delete(id);
		const failAll = (error: unknown) => merges.forEach(({ fail }) => fail(error));
		const timer = setTimeout(() => {
			close();
			failAll(new Refusal(TOO_LATE, 503));
		}, MAX_WAIT_MS);
		inTurn(() => {
			close();
			return store(merges);
		})
			.catch(failAll)
			.finally(() => clearTimeout(timer));
	}
}

/** What comes between merges: those that come later are not combined with those that came before. */
export function closeOpenBatches(ids: string[]): void {
	for (const id of ids) openBatches.delete(id);
}

const TOO_LATE = 'the server could not store this in time: send it again';
const TOO_MANY =
	'too many writes of this sign by this account wait to be stored: send this one again, and fewer at a time';
