/**
 * Bounds what a WebSocket may hold of the server's memory.
 *
 * Symptom: Harper takes messages of 100 MB, also from who has not logged in, and keeps all that comes while it asks who
 * that is, and until a client that it has closed has answered the close (30 s).
 * Test: test/contract/limits.test.ts, test/contract/closed-websockets.test.ts, test/faults/memory.test.ts. Asks Harper that `server.ws(…, { runFirst: true })` comes before it
 * listens to a socket, and the library `ws` for the bound of its receiver. Delete when Harper bounds messages by itself,
 * reads none before the login, and none after it has closed.
 */
import type { WebSocket } from 'ws';
import { LINGER_MS, MAX_MESSAGE_BYTES } from './bounds.ts';
import { isOurs } from './http-body.ts';
import { intercept } from './intercept.ts';
import { onWebSocket, type HttpRequest, type WebSocketListener } from './internals.ts';

type Message = (data: Buffer, isBinary: boolean) => void;

/**
 * A socket closes with 1009 when a message announces more than `most` bytes.
 * @returns the bound that it had
 */
export function boundMessages(socket: object, most: number): number {
	// `ws` offers it for whole servers only, of which Harper has one for all paths
	const receiver = (socket as { _receiver: { _maxPayload: number } })._receiver;
	const before = receiver._maxPayload;
	receiver._maxPayload = most;
	return before;
}

/** To be called once for each thread. */
export function boundWebSockets(): void {
	const listener: WebSocketListener = (socket, request, completion, next) => {
		const usual = boundMessages(socket, MAX_MESSAGE_BYTES);
		const endSoon = () => void setTimeout(() => socket.terminate(), LINGER_MS).unref();
		intercept(socket, 'message', (receive: Message): Message => (data, isBinary) => {
			if (socket.readyState === socket.OPEN) return receive(data, isBinary);
			// was refused, and goes on sending
			socket.pause();
			endSoon();
		});
		socket.once('error', endSoon); // a message that announces too much: `ws` closes, and waits for the answer
		socket.pause();
		const read = () => {
			// of another application's clients only those without a login are bounded
			const isOthers = request.user && !isOurs(request.url) && !isMqtt(request);
			if (isOthers && socket.readyState === socket.OPEN) boundUntilClosed(socket, usual);
			socket.resume();
		};
		// Harper's own chain: it is through when the caller is known, or refused
		Promise.resolve(completion).then(read, read);
		return next(socket, request, completion);
	};
	onWebSocket(listener);
}

/** Whatever its path is: also of one that no application has Harper learns that only after the login, and closes. */
function boundUntilClosed(socket: WebSocket, most: number): void {
	boundMessages(socket, most);
	const { close } = socket;
	socket.close = (code, reason) => {
		boundMessages(socket, MAX_MESSAGE_BYTES);
		close.call(socket, code, reason);
	};
}

/** It has its own bounds (mqtt/connection.ts). */
const isMqtt = ({ headers }: HttpRequest) => headers.asObject['sec-websocket-protocol'] === 'mqtt';
