/**
 * Locks: the writes to one sign run one at a time, on whichever thread they arrive.
 *
 * Symptom: two threads that create a sign at once overwrite each other's fields with defaults, and a merge during a
 * removal leaves a row of a few fields. Node's Web Locks are unsuitable: they let two threads in at once.
 * Test: test/contract/order.test.ts.
 * Depends on: `tryLock` and `unlock` of lmdb-js, which Harper itself uses.
 * Delete when Harper reads and writes a row in one transaction that excludes other threads.
 */
import { store } from './internals.ts';

/** A write takes a few ms. A thread that ends during a write does not release its locks. */
const LOCK_TIMEOUT_MS = 5_000;

/** By id: the latest action that waits or runs on this thread. */
const lastActions = new Map<string, Promise<unknown>>();

/**
 * Runs `action` while no other action runs for any of the same ids, on any thread. Actions of one thread run in call
 * order.
 * @returns what `action` returns
 */
export function withSignLocks<T>(ids: string[], action: () => Promise<T>): Promise<T> {
	// Always in the same order: two actions with the same ids never wait for each other.
	return withLocks(ids.length > 1 ? [...new Set(ids)].sort() : ids, action);
}

function withLocks<T>([id, ...others]: string[], action: () => Promise<T>): Promise<T> {
	if (id === undefined) return action();
	return afterOthers(id, () => withLock(id, () => withLocks(others, action)));
}

/** Runs the actions of this thread one after another: only one of them waits for the lock. */
function afterOthers<T>(id: string, action: () => Promise<T>): Promise<T> {
	const before = lastActions.get(id);
	const result = before ? before.then(action) : action();
	const end = () => {
		if (lastActions.get(id) === ended) lastActions.delete(id);
	};
	const ended = result.then(end, end); // the caller gets the error, the next action does not
	lastActions.set(id, ended);
	return result;
}

async function withLock<T>(id: string, action: () => Promise<T>): Promise<T> {
	const isLocked = tryLock(id) || (await lock(id));
	if (!isLocked)
		logger.warn?.(`The lock of sign ${id} was not released within ${LOCK_TIMEOUT_MS} ms: did a thread end?`);
	try {
		return await action();
	} finally {
		if (isLocked) store('Sign').unlock(id);
	}
}

/** @param onRelease called when another thread releases the lock */
const tryLock = (id: string, onRelease?: () => void) => store('Sign').tryLock(id, onRelease);

/** @returns false when the lock was not released within LOCK_TIMEOUT_MS: the thread that holds it must have ended */
function lock(id: string): Promise<boolean> {
	return new Promise((done) => {
		let isLate = false;
		const timer = setTimeout(() => {
			isLate = true;
			done(false);
		}, LOCK_TIMEOUT_MS);
		const attempt = () => {
			if (isLate || !tryLock(id, attempt)) return;
			clearTimeout(timer);
			done(true);
		};
		attempt();
	});
}
