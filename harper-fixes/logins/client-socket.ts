/**
 * Tells waiting logins that their client has disconnected. A socket gets one listener, however many of its logins wait.
 * Part of slow-guesses.ts: delete them together.
 */

export interface ClientSocket {
	destroyed: boolean;
	once(event: 'close', listener: () => void): unknown;
}

const listenersOf = new WeakMap<ClientSocket, Set<() => void>>();

/**
 * Calls `listener` when the socket closes.
 * @returns a function that removes the listener
 */
export function onceClosed(socket: ClientSocket, listener: () => void): () => void {
	const listeners = listenersOf.get(socket) ?? new Set();
	if (!listenersOf.has(socket)) {
		listenersOf.set(socket, listeners);
		socket.once('close', () => listeners.forEach((each) => each()));
	}
	listeners.add(listener);
	return () => void listeners.delete(listener);
}
