/** The connection that a request came over, which Harper hands over in another form for each protocol. */
import type { Context } from 'harperdb';

interface Socket {
	/** Of a TCP or TLS socket. */
	destroy?(): void;
	/** Of a WebSocket. */
	terminate?(): void;
}

/** What Harper's contexts have beside their types: an MQTT session its socket, a request over HTTP that of Node. */
interface Connected {
	socket?: Socket;
	_nodeRequest?: { socket: Socket };
}

/** Ends the connection at once, without waiting for what it has not taken: its peer may never take it. */
export function closeConnection(context: Context): void {
	const { socket, _nodeRequest } = context as unknown as Connected;
	const connection = socket ?? _nodeRequest?.socket;
	if (connection?.destroy) connection.destroy();
	else connection?.terminate?.();
}
