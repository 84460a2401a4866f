/** The connection of a request. Harper passes it in another form for each protocol. */
import type { Context } from 'harperdb';
import { http2StreamOf, requestOf, socketOf } from './internals.ts';

/** Closes the connection at once, without sending the data that is still buffered: the client may never read it. */
export function closeConnection(context: Context): void {
	const connection = socketOf(context);
	if (connection?.destroy) connection.destroy();
	else connection?.terminate?.();
}

/**
 * Calls `listener` when the connection of an HTTP request is closed, at once if it is. Over HTTP/2: its stream.
 * @returns a function that ends this
 */
export function onDisconnect(context: Context, listener: () => void): () => void {
	const request = requestOf(context);
	const connection = http2StreamOf(request) ?? request._nodeRequest.socket;
	connection.once('close', listener);
	if (connection.destroyed) listener();
	return () => void connection.off('close', listener);
}
