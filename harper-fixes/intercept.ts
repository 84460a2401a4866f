/**
 * How a fix stands between a socket or a request and Harper: what comes in passes it before Harper sees it, or does not.
 * Touches nothing else, and needs no reading of its own: data flows when Harper asks for it.
 */
type Listener = (...args: never[]) => void;

/** A socket, a WebSocket or a request. */
export interface Emitter {
	on(event: string, listener: Listener): unknown;
}

/**
 * Puts `wrap` around the listener that is added next for `event`: Harper's. To be called before Harper listens; several
 * fixes may stand in a row, the last one called comes last.
 */
export function intercept<L extends Listener>(emitter: Emitter, event: string, wrap: (listener: L) => L): void {
	const { on } = emitter;
	let isDone = false;
	// stays in its place: what stands before it may be for another event, which is still to come
	emitter.on = function (name, listener) {
		if (isDone || name !== event) return on.call(emitter, name, listener);
		isDone = true;
		return on.call(emitter, name, wrap(listener as L));
	};
}
