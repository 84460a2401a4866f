/**
 * Closes a WebSocket that a page of another origin opened, whether it speaks Harper's events or MQTT.
 *
 * Symptom: browsers send a cookie with a WebSocket from any page, and Harper does not check the origin.
 * Test: test/contract/access.test.ts. Asks Harper for `server.ws(…, { runFirst: true })`. Delete when Harper checks it.
 */
import { onWebSocket } from './internals.ts';

/** 403, as Harper says it to a WebSocket. */
const FORBIDDEN = 3003;

/**
 * @param origin the Origin header; a client that is no browser sends none
 * @param host the Host header
 */
export function isOwnOrigin(origin: string | undefined, host: string | undefined): boolean {
	return !origin || (URL.canParse(origin) && new URL(origin).host === host);
}

/** Call it once for each thread. */
export function closeForeignSockets(): void {
	onWebSocket((socket, request, completion, next) => {
		const { origin, host } = request.headers.asObject;
		if (isOwnOrigin(origin, host)) return next(socket, request, completion);
		socket.on('error', (error) => logger.info?.('A WebSocket of another origin failed', error));
		socket.close(FORBIDDEN, 'a page of another origin may not connect');
	});
}
