/**
 * Closes a WebSocket that was opened by a page of another origin, whether it carries Harper's events or MQTT.
 *
 * Symptom: browsers send a cookie with a WebSocket from any page, and Harper does not check the origin.
 * Test: test/contract/access.test.ts.
 * Depends on: `server.ws` with `runFirst`.
 * Delete when Harper checks the origin of a WebSocket.
 */
import { onWebSocket } from './internals.ts';
import { logBurst } from './log-bursts.ts';
import { foreignOrigin, isOwnOrigin } from './own-origin.ts';

/** Harper's WebSocket close code for status 403. */
const FORBIDDEN = 3003;

/** The longest reason of a close frame, in bytes [RFC 6455, 5.5]. */
const MAX_REASON_BYTES = 123;

/** Call it once for each thread. */
export function closeForeignSockets(): void {
	onWebSocket((socket, request, completion, next) => {
		if (isOwnOrigin(request.headers)) return next(socket, request, completion);
		const failed = 'A WebSocket of another origin failed';
		socket.on('error', (error) => logBurst('info', 'WebSockets of other origins that failed', failed, error));
		const reason = `a page of another origin may not connect: ${foreignOrigin(request.headers)}`;
		logBurst('info', 'WebSockets of other origins', reason);
		socket.close(FORBIDDEN, toAscii(reason).slice(0, MAX_REASON_BYTES));
	});
}

/** One byte for each character. */
const toAscii = (text: string) => text.replace(/[^ -~]/g, '?');
