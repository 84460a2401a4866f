/**
 * Limits the memory that a WebSocket can use.
 *
 * Symptom: Harper accepts messages of 100 MB, also before the login. It stores everything that arrives while it checks
 * the login, and after it has closed a socket until the client has confirmed the close (30 s).
 * Test: test/contract/limits.test.ts, test/contract/closed-websockets.test.ts, test/faults/memory.test.ts.
 * Depends on: `server.ws` with `runFirst`, which runs before Harper listens to a socket; `_receiver._maxPayload` of the
 * library `ws`.
 * Delete when Harper limits messages, and reads none before the login and none after it has closed.
 */
import type { WebSocket } from 'ws';
import { LINGER_MS, MAX_MESSAGE_BYTES } from './bounds.ts';
import { isOurs } from './http-body.ts';
import { intercept } from './intercept.ts';
import { onWebSocket, type HttpRequest, type WebSocketListener } from './internals.ts';

type Message = (data: Buffer, isBinary: boolean) => void;

/**
 * Sets the largest message of a socket. A socket closes with 1009 when a message announces more than `max` bytes.
 * @returns the previous maximum, in bytes
 */
export function boundMessages(socket: object, max: number): number {
	// `ws` has this option for a whole server only, and Harper has one server for all paths
	const receiver = (socket as { _receiver: { _maxPayload: number } })._receiver;
	const before = receiver._maxPayload;
	receiver._maxPayload = max;
	return before;
}

/** Call it once for each thread. */
export function boundWebSockets(): void {
	const listener: WebSocketListener = (socket, request, completion, next) => {
		const harpersMax = boundMessages(socket, MAX_MESSAGE_BYTES);
		const terminateSoon = () => void setTimeout(() => socket.terminate(), LINGER_MS).unref();
		intercept(socket, 'message', (receive: Message): Message => (data, isBinary) => {
			if (socket.readyState === socket.OPEN) return receive(data, isBinary);
			// the client was refused, and continues to send
			socket.pause();
			terminateSoon();
		});
		// when a message is too large, `ws` closes, and waits for the client's close frame
		socket.once('error', terminateSoon);
		socket.pause();
		const resume = () => {
			// clients of another application are limited until they have logged in
			const isOtherApplication = request.user && !isOurs(request.url) && !isMqtt(request);
			if (isOtherApplication && socket.readyState === socket.OPEN) boundUntilClosed(socket, harpersMax);
			socket.resume();
		};
		// settles when the login is checked
		Promise.resolve(completion).then(resume, resume);
		return next(socket, request, completion);
	};
	onWebSocket(listener);
}

/** Also for a path that no application has: Harper finds that out after the login, and then closes. */
function boundUntilClosed(socket: WebSocket, max: number): void {
	boundMessages(socket, max);
	const { close } = socket;
	socket.close = (code, reason) => {
		boundMessages(socket, MAX_MESSAGE_BYTES);
		close.call(socket, code, reason);
	};
}

/** Whether a WebSocket speaks MQTT. MQTT connections have their own limits (mqtt/connection.ts). */
export const isMqtt = ({ headers }: HttpRequest) => headers.asObject['sec-websocket-protocol'] === 'mqtt';
