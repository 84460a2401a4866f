/**
 * Keeps foreign pages out: tells them by their origin, and closes a WebSocket that one opened, whatever it speaks (Harper's
 * events or MQTT), before Harper looks at it.
 */
import type { WebSocket } from 'ws';
import { server } from 'harperdb';
import type { Headers } from './request.ts';

/** 403, as Harper tells it to a WebSocket. */
const FORBIDDEN = 3003;

interface Upgrade {
	headers: Headers;
}
type Listener = (
	socket: WebSocket,
	request: Upgrade,
	completion: unknown,
	next: (...args: unknown[]) => unknown
) => unknown;

/**
 * Browsers send a cookie with a WebSocket from any page, and Harper does not ask where it is from.
 * @param origin the Origin header; a client that is no browser sends none
 * @param host the Host header
 */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
	return !origin || (URL.canParse(origin) && new URL(origin).host === host);
}

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
