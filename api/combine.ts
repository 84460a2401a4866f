/**
 * Combines the merges of one sign that wait for its lock on this thread: they form a batch. Its merges of one account are
 * stored in one commit, so that an account that writes a sign many times at once costs at most one commit for each batch
 * (commit-together.ts joins those of several signs), not one for each write. A replacement is a merge too (write.ts). Touches no row.
 */
import type { Change } from '../sign/fields.ts';
import { currentWriter } from '../harper-fixes/mqtt/writers.ts';
import { Refusal } from '../sign/refusal.ts';
import type { User } from './current-user.ts';

/** A merge that waits, with the functions that answer its writer. */
export interface Merge {
	change: Change;
	user: User;
	/** The MQTT connection of the writer, if it must not get its own publishes (No Local). */
	writer: object | undefined;
	done(): void;
	fail(error: unknown): void;
}

/** The most merges in one commit. */
const MAX_COMBINED = 1_000;

/**
 * The most merges of one sign by one account that wait on one thread: an account that sends too many does not block
 * other accounts. An MQTT client is slowed down long before (harper-fixes/failed-publishes.ts).
 */
const MAX_WAITING = 5_000;

/** After this, and at most DEADLINE_PERIOD_MS later, the writer gets 503, though the write may still be stored. */
const MAX_WAIT_MS = 10_000;
const DEADLINE_PERIOD_MS = 1_000;

/** The batch of each sign that new merges may still join. */
const openBatches = new Map<string, Merge[]>();

/** By id and account: the number of merges without an answer so far. */
const unanswered = new Map<string, number>();

/**
 * Adds a merge to the open batch of the sign, or starts a new batch. Resolves when the merge is stored.
 * @param withLock runs a function while the lock of the sign is held
 * @param store stores a batch, answers each of its merges, and does not throw
 * @throws {Refusal} 503, when too many merges wait, or storing takes too long; the error with which `store` answered
 * the merge
 */
export async function combine(
	id: string,
	change: Change,
	user: User,
	withLock: (action: () => Promise<void>) => Promise<void>,
	store: (merges: Merge[]) => Promise<void>
): Promise<void> {
	const key = `${id} ${user?.username}`; // an id contains no space
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
		const open = openBatches.get(id);
		if (open && open.length < MAX_COMBINED) return void open.push(merge);
		const batch = [merge];
		openBatches.set(id, batch);
		const close = () => openBatches.get(id) === batch && openBatches.delete(id);
		const failAll = (error: unknown) => batch.forEach(({ fail }) => fail(error));
		const late = () => {
			close();
			failAll(new Refusal(TOO_LATE, 503));
		};
		deadlines.set(batch, { time: performance.now() + MAX_WAIT_MS, late });
		withLock(() => {
			close();
			return store(batch);
		})
			.catch(failAll)
			.finally(() => deadlines.delete(batch));
	}
}

/** The batches that are not stored yet, in the order of their deadlines (`performance.now()`). */
const deadlines = new Map<Merge[], { time: number; late(): void }>();

/** One timer for all: a timer for each batch would be a part of what each write costs. */
setInterval(() => {
	const now = performance.now();
	for (const [batch, { time, late }] of deadlines) {
		if (time > now) return;
		deadlines.delete(batch);
		late();
	}
}, DEADLINE_PERIOD_MS).unref();

/** Call before a removal or a merge by query: later merges must not join earlier ones. */
export function closeOpenBatches(ids: string[]): void {
	for (const id of ids) openBatches.delete(id);
}

const TOO_LATE = 'the server could not store this in time: send it again';
const TOO_MANY =
	'too many writes of this sign by this account wait to be stored: send this one again, and fewer at a time';
