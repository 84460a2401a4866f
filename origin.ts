/**
 * Closes a WebSocket that a foreign page opened, whatever it speaks: Harper's events or MQTT. Before Harper looks at it.
 */
import type { WebSocket } from 'ws';
import { server } from 'harperdb';
import { isOwnOrigin } from './access.ts';

/** 403, as Harper tells it to a WebSocket. */
const FORBIDDEN = 3003;

interface Upgrade {
	headers: { asObject: Record<string, string | undefined> };
}
type Listener = (
	socket: WebSocket,
	request: Upgrade,
	completion: unknown,
	next: (...all: unknown[]) => unknown
) => unknown;

/** To be called once for each thread. */
export function closeForeignSockets(): void {
	const listener: Listener = (socket, request, completion, next) => {
		const { origin, host } = request.headers.asObject;
		if (isOwnOrigin(origin, host)) return next(socket, request, completion);
		socket.on('error', (error) => logger.info?.('A foreign WebSocket failed', error));
		socket.close(FORBIDDEN, 'a page of another origin may not connect');
	};
	(server as unknown as { ws(listener: Listener, options: { runFirst: boolean }): void }).ws(listener, {
		runFirst: true,
	});
}
