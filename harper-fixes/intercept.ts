/**
 * Lets a fix handle the events of a socket or a request before Harper gets them. The fix decides which of them Harper
 * gets. It does not start the flow of data: that starts when Harper adds its listener.
 */
type Listener = (...args: never[]) => void;

/** A socket, a WebSocket or a request. */
export interface Emitter {
	on(event: string, listener: Listener): unknown;
}

/**
 * Wraps the next listener that is added for `event`, which is Harper's. Call it before Harper listens. Several fixes
 * may wrap the same listener: the fix that calls this last gets the event last.
 */
export function intercept<L extends Listener>(emitter: Emitter, event: string, wrap: (listener: L) => L): void {
	const { on } = emitter;
	let isDone = false;
	// never restored: another fix may have replaced `on` since, for an event that Harper listens to later
	emitter.on = function (name, listener) {
		if (isDone || name !== event) return on.call(emitter, name, listener);
		isDone = true;
		return on.call(emitter, name, wrap(listener as L));
	};
}
