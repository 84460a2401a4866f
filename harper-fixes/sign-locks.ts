/**
 * Locks: the writes to one sign run one at a time, on whichever thread they arrive.
 *
 * Symptom: two threads that make a sign at once overwrite each other's fields with defaults, and a merge that meets a removal
 * leaves a row of a few fields. Node's Web Locks do not serve: they were seen to let two threads in at once.
 * Test: test/contract/order.test.ts. Asks lmdb-js for `tryLock` and `unlock`, on which Harper itself relies.
 * Delete when Harper reads and writes a row in one transaction that holds across threads.
 */
import { store } from './internals.ts';

/** In ms; a write takes a few. A thread that ends in the middle of a write does not release its locks. */
const LOCK_TIMEOUT_MS = 5_000;

/** The latest action that waits or runs on this thread, by id. */
const lastActions = new Map<string, Promise<unknown>>();

/**
 * Runs `action` while no other action runs for any of the same ids, on any thread. Those of one thread run in their order.
 * @returns what `action` returns
 */
export function withSignLocks<T>(ids: string[], action: () => Promise<T>): Promise<T> {
	// Always in the same order: two that want the same ids never wait for each other.
	return withLocks([...new Set(ids)].sort(), action);
}

function withLocks<T>([id, ...others]: string[], action: () => Promise<T>): Promise<T> {
	if (id === undefined) return action();
	return afterOthers(id, () => withLock(id, () => withLocks(others, action)));
}

/** Runs the actions of this thread one after another: only one of them waits for the lock. */
function afterOthers<T>(id: string, action: () => Promise<T>): Promise<T> {
	const result = (lastActions.get(id) ?? Promise.resolve()).then(action);
	const settled = result
		.catch(() => {}) // the caller gets the error; the next action must not
		.then(() => {
			if (lastActions.get(id) === settled) lastActions.delete(id);
		});
	lastActions.set(id, settled);
	return result;
}

async function withLock<T>(id: string, action: () => Promise<T>): Promise<T> {
	const isLocked = await lock(id);
	if (!isLocked)
		logger.warn?.(`The lock of sign ${id} was not released within ${LOCK_TIMEOUT_MS} ms: did a thread end?`);
	try {
		return await action();
	} finally {
		if (isLocked) store('Sign').unlock(id);
	}
}

/** @returns false when the lock was not released within LOCK_TIMEOUT_MS: the thread that holds it must be gone */
function lock(id: string): Promise<boolean> {
	return new Promise((done) => {
		let isLate = false;
		const timer = setTimeout(() => {
			isLate = true;
			done(false);
		}, LOCK_TIMEOUT_MS);
		const attempt = () => {
			if (isLate || !store('Sign').tryLock(id, attempt)) return;
			clearTimeout(timer);
			done(true);
		};
		attempt();
	});
}
