/**
 * Closes a WebSocket that was opened by a page of another origin, whether it carries Harper's events or MQTT.
 *
 * Symptom: browsers send a cookie with a WebSocket from any page, and Harper does not check the origin.
 * Test: test/contract/access.test.ts.
 * Depends on: `server.ws` with `runFirst`.
 * Delete when Harper checks the origin of a WebSocket.
 */
import { onWebSocket } from './internals.ts';

/** Harper's WebSocket close code for status 403. */
const FORBIDDEN = 3003;

/**
 * @param origin the Origin header; clients other than browsers send none
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
