/**
 * Turns: of the writes to one sign, whichever thread they come to, one at a time. By the locks of the store beneath Harper
 * (store.ts), which hold across threads; touches no row.
 */
import { commitInTime } from './api/announce.ts';
import { store } from './store.ts';

/** In ms; a write takes a few. A thread that dies in the middle of a write does not give back its turn. */
const LONGEST_TURN = 5_000;

/** Turns that are waited for on this thread. */
const waiting = new Map<string, Promise<unknown>>();

/**
 * Runs `action` while no other runs for any of the same ids, on any thread; those of one thread in their order.
 *
 * Without turns two threads that create a sign at once overwrite each other's fields with defaults, and a merge that
 * meets a removal leaves a row of a few fields. Node's Web Locks do not serve: seen to let two threads in at once.
 * @returns what `action` returns
 */
export function alone<T>(ids: string[], action: () => Promise<T>): Promise<T> {
	// Always in the same order: two that want the same ids never wait for each other.
	const sorted = [...new Set(ids)].sort();
	const commit = () => commitInTime('Sign', sorted, action);
	return sorted.reduceRight<() => Promise<T>>((inner, id) => () => inTurn(id, () => locked(id, inner)), commit)();
}

/** One after another on this thread, so that of each thread only one waits for the lock. */
function inTurn<T>(id: string, action: () => Promise<T>): Promise<T> {
	const turn = (waiting.get(id) ?? Promise.resolve()).then(action);
	const settled = turn
		.catch(() => {}) // the caller hears of it; the next in turn must not
		.then(() => {
			if (waiting.get(id) === settled) waiting.delete(id);
		});
	waiting.set(id, settled);
	return turn;
}

/** One at a time on all threads. */
async function locked<T>(id: string, action: () => Promise<T>): Promise<T> {
	const isOurs = await takeLock(id);
	if (!isOurs) logger.warn?.(`The turn to write sign ${id} was not given back: did a thread end?`);
	try {
		return await action();
	} finally {
		if (isOurs) store().unlock(id);
	}
}

/** @returns false when the lock was not to be had within LONGEST_TURN: its holder must be gone */
function takeLock(id: string): Promise<boolean> {
	return new Promise((done) => {
		let late = false;
		const timer = setTimeout(() => {
			late = true;
			done(false);
		}, LONGEST_TURN);
		const attempt = () => {
			if (late || !store().tryLock(id, attempt)) return;
			clearTimeout(timer);
			done(true);
		};
		attempt();
	});
}
