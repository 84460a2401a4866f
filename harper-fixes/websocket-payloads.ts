/**
 * A WebSocket message that cannot be decoded is answered by an error event, and the socket lives on.
 *
 * Symptom: with a Content-Type at its opening, one broken message is an `uncaughtException` of the thread, and the socket
 * stays open and deaf. A refusal of more than 123 bytes, which Harper closes a socket with, is an `uncaughtException` too. What cannot be decoded over MQTT ends the connection, where a publish is to be refused.
 * Test: test/websocket-payloads.test.ts. Asks Harper that `server.ws(…, { runFirst: true })` comes before it listens, that it
 * decodes within `emit`, and of a socket with MQTT that it decodes by the socket's `deserialize`, if there is one.
 * Delete when Harper catches what its decoders throw.
 */
import type { WebSocket } from 'ws';
import { server } from 'harperdb';
import { errorEvent } from '../answer.ts';
import { decodeUntyped } from './json-decoder.ts';
import type { Headers } from '../request.ts';
import { Refusal } from '../sign.ts';

interface Upgrade {
	headers: Headers;
}
type Socket = WebSocket & { deserialize?: (payload: Buffer) => unknown };
type Listener = (
	socket: Socket,
	request: Upgrade,
	completion: unknown,
	next: (...args: unknown[]) => unknown
) => unknown;

/** To be called once for each thread. */
export function answerBrokenMessages(): void {
	const listener: Listener = (socket, request, completion, next) => {
		if (request.headers.asObject['sec-websocket-protocol'] === 'mqtt') socket.deserialize = decodeUntyped;
		else answerBroken(socket);
		shortenReasons(socket);
		return next(socket, request, completion);
	};
	(server as unknown as { ws(listener: Listener, options: { runFirst: boolean }): void }).ws(listener, {
		runFirst: true,
	});
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
const LONGEST_REASON = 123;

function shortenReasons(socket: Socket): void {
	const { close } = socket;
	socket.close = (code, reason) => {
		const bytes = Buffer.from(reason ?? '');
		if (bytes.length <= LONGEST_REASON) return close.call(socket, code, reason);
		// a character that was cut through is left out
		const words = new TextDecoder().decode(bytes.subarray(0, LONGEST_REASON - 6)).replace(/\ufffd$/, '');
		return close.call(socket, code, `${words}…`);
	};
}
