/**
 * A WebSocket message that cannot be decoded is answered by an error event, and the socket lives on.
 *
 * Symptom: with a Content-Type at its opening, one broken message is an `uncaughtException` of the thread, and the socket
 * stays open and deaf. A refusal of more than 123 bytes, which Harper closes a socket with, is an `uncaughtException` too. What cannot be decoded over MQTT ends the connection, where a publish is to be refused.
 * Test: test/contract/websocket-payloads.test.ts. Asks Harper that `server.ws(…, { runFirst: true })` comes before it listens, that it
 * decodes within `emit`, and of a socket with MQTT that it decodes by the socket's `deserialize`, if there is one.
 * Delete when Harper catches what its decoders throw.
 */
import type { WebSocket } from 'ws';
import { decodeUntyped } from './json-decoder.ts';
import { onWebSocket, type WebSocketListener } from './internals.ts';
import { errorEvent, Refusal } from '../sign/refusal.ts';

type Socket = WebSocket & { deserialize?: (payload: Buffer) => unknown };

/** To be called once for each thread. */
export function answerBrokenMessages(): void {
	const listener: WebSocketListener = (socket: Socket, request, completion, next) => {
		if (request.headers.asObject['sec-websocket-protocol'] === 'mqtt') socket.deserialize = decodeUntyped;
		else answerBroken(socket);
		shortenReasons(socket);
		return next(socket, request, completion);
	};
	onWebSocket(listener);
}

function answerBroken(socket: Socket): void {
	const { emit } = socket;
	socket.emit = function (event: string | symbol, ...args: unknown[]): boolean {
		if (event !== 'message') return emit.call(socket, event, ...args);
		try {
			return emit.call(socket, event, ...args);
		} catch (cause) {
			const { message } = cause as Error;
			const error = cause instanceof Refusal ? cause : new Refusal(`payload must be a JSON object: ${message}`);
			if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(errorEvent(error)));
			return true;
		}
	};
}

/** In bytes: what a close frame has room for [RFC 6455, 5.5]. */
const MAX_REASON_BYTES = 123;

function shortenReasons(socket: Socket): void {
	const { close } = socket;
	socket.close = (code, reason) => {
		const bytes = Buffer.from(reason ?? '');
		if (bytes.length <= MAX_REASON_BYTES) return close.call(socket, code, reason);
		// a character that was cut through is left out
		const words = new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES - 6)).replace(/\ufffd$/, '');
		return close.call(socket, code, `${words}…`);
	};
}
