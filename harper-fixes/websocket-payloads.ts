/**
 * Answers a WebSocket message that cannot be decoded with an error event, and keeps the socket open.
 *
 * Symptom: if the request that opened the WebSocket had a Content-Type, one broken message is an `uncaughtException` of
 * the thread; the socket stays open and later messages are ignored. Harper closes a socket with the text of a refusal:
 * one of more than 123 bytes is an `uncaughtException` too, and the code says that the server failed. Over MQTT a payload that cannot be decoded ends the
 * connection, where the publish should be refused.
 * Test: test/contract/websocket-payloads.test.ts.
 * Depends on: `server.ws` with `runFirst`, which runs before Harper listens; Harper decodes a message within `emit`,
 * and decodes MQTT with the socket's own `deserialize`, if it has one.
 * Delete when Harper catches the errors of its decoders.
 */
import type { WebSocket } from 'ws';
import { refusalOfType } from './content-types.ts';
import { decodeUntyped } from './json-decoder.ts';
import { onWebSocket, type HttpRequest, type WebSocketListener } from './internals.ts';
import { errorEvent, Refusal, SERVER_FAILED } from '../sign/refusal.ts';

type Socket = WebSocket & { deserialize?: (payload: Buffer) => unknown };

/** Call it once for each thread. */
export function answerBrokenMessages(): void {
	const listener: WebSocketListener = (socket: Socket, request, completion, next) => {
		if (request.headers.asObject['sec-websocket-protocol'] === 'mqtt') socket.deserialize = decodeUntyped;
		else answerBroken(socket, request);
		explainCloses(socket);
		return next(socket, request, completion);
	};
	onWebSocket(listener);
}

function answerBroken(socket: Socket, request: HttpRequest): void {
	const { emit } = socket;
	socket.emit = function (event: string | symbol, ...args: unknown[]): boolean {
		if (event !== 'message') return emit.call(socket, event, ...args);
		try {
			const wrongType = refusalOfType(request);
			if (wrongType) throw wrongType;
			return emit.call(socket, event, ...args);
		} catch (cause) {
			const { message } = cause as Error;
			const error = cause instanceof Refusal ? cause : new Refusal(`payload must be a JSON object: ${message}`);
			if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(errorEvent(error)));
			return true;
		}
	};
}

/** The largest reason in a close frame [RFC 6455, 5.5]. */
const MAX_REASON_BYTES = 123;

/** The close code of a request that is refused [RFC 6455, 7.4.1]. Harper's is 1011: the server failed. */
const REFUSED = 1008;

const isRefusal = (reason: string) => reason.startsWith('Refusal: ') && reason !== `Refusal: ${SERVER_FAILED}`;

function explainCloses(socket: Socket): void {
	const { close } = socket;
	socket.close = (harpersCode, reason) => {
		const code = harpersCode === 1011 && isRefusal(String(reason)) ? REFUSED : harpersCode;
		const bytes = Buffer.from(reason ?? '');
		if (bytes.length <= MAX_REASON_BYTES) return close.call(socket, code, reason);
		// without a last character that was cut in half
		const start = new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES - 6)).replace(/\ufffd$/, '');
		return close.call(socket, code, `${start}…`);
	};
}
