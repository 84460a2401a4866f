/** The connection of a request. Harper passes it in another form for each protocol. */
import type { Context } from 'harperdb';
import { socketOf } from './internals.ts';

/** Closes the connection at once, without sending the data that is still buffered: the client may never read it. */
export function closeConnection(context: Context): void {
	const connection = socketOf(context);
	if (connection?.destroy) connection.destroy();
	else connection?.terminate?.();
}
