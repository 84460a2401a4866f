/**
 * When the client of a socket leaves: one listener for each socket, however many of its logins wait.
 * Part of slow-guesses.ts: to be deleted with it.
 */

export interface Leaving {
	destroyed: boolean;
	once(event: 'close', listener: () => void): unknown;
}

const waiting = new WeakMap<Leaving, Set<() => void>>();

/** @returns how to wait for it no more */
export function whenLeft(socket: Leaving, left: () => void): () => void {
	const all = waiting.get(socket) ?? new Set();
	if (!waiting.has(socket)) {
		waiting.set(socket, all);
		socket.once('close', () => all.forEach((left) => left()));
	}
	all.add(left);
	return () => void all.delete(left);
}
