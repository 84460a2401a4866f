/** The connection that a request came over, which Harper hands over in another form for each protocol. */
import type { Context } from 'harperdb';
import { socketOf } from './internals.ts';

/** Ends the connection at once, without waiting for what it has not taken: its peer may never take it. */
export function closeConnection(context: Context): void {
	const connection = socketOf(context);
	if (connection?.destroy) connection.destroy();
	else connection?.terminate?.();
}
