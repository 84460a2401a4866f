/**
 * Which MQTT client it is that logs in, and its refusal in the words of its version.
 *
 * Harper checks a CONNECT without telling whose it is, and answers a refused one by a code of the other version, after a
 * line in the log for each. Test: test/contract/logins.test.ts. It asks of Harper that `connection` is emitted before it listens to
 * the socket, and that it checks a CONNECT over TCP while its socket emits `data`. To be deleted with slow-guesses.ts.
 */
import type { Leaving } from './leaving.ts';
import { mqttServer } from '../internals.ts';
import { LINGER } from '../bounds.ts';

/** Of a TCP or TLS socket. */
export interface Socket extends Leaving {
	remoteAddress?: string | undefined;
	destroy(): void;
}
/** What an MQTT client speaks over. */
interface Speaker extends Socket {
	on(event: 'newListener', listener: (event: string) => void): void;
	on(event: string, listener: (bytes: Buffer) => void): void;
	off(event: 'newListener', listener: (event: string) => void): void;
	/** Of a WebSocket, below it. */
	_socket?: Socket;
	send?(bytes: Buffer): void;
	close?(code: number, reason: string): void;
	end?(bytes: Buffer): void;
}
export interface MqttClient {
	socket: Socket;
	/** Refuses its CONNECT, because too many came, and ends the connection. */
	refuse(): void;
}

/** By the TCP socket: the clients that have begun to speak. */
const clients = new WeakMap<Socket, MqttClient>();

/** The one that speaks right now over TCP. */
let speaking: MqttClient | undefined;

/** @param socket null: the client that speaks right now over TCP */
export const mqttClient = (socket: Socket | null | undefined) =>
	socket === null ? speaking : socket && clients.get(socket);

export function listenToMqtt(): void {
	mqttServer()?.events.on('connection', (stream) => {
		const speaker = stream as Speaker;
		const [event, socket] = speaker._socket ? ['message', speaker._socket] : ['data', speaker];
		/** Before Harper listens, and not earlier: a TCP socket begins to flow when it is listened to. */
		const beforeHarper = (added: string) => {
			if (added !== event) return;
			speaker.off('newListener', beforeHarper);
			let start = Buffer.alloc(0);
			const client = { socket, refuse: () => refuse(speaker, levelOf(start)) };
			speaker.on(event, (bytes) => {
				if (start.length < LONGEST_START) start = Buffer.concat([start, bytes.subarray(0, LONGEST_START)]);
				if (speaker === socket) speaking = client;
				else clients.set(socket, client);
			});
		};
		speaker.on('newListener', beforeHarper);
	});
}

/** A CONNECT as far as the protocol's level. [MQTT-3.1.2-2] */
const LONGEST_START = 16;

/** 3, 4 (MQTT 3.1.1) or 5; undefined when it is none. */
function levelOf(start: Buffer): number | undefined {
	let at = 1;
	while (start[at++]! & 0x80);
	return start[at + 2 + start.readUInt16BE(at)];
}

/** MQTT 5: connection rate exceeded; earlier ones, which lack it: server unavailable. */
const REFUSAL = { 5: [0x20, 3, 0, 0x9f, 0], earlier: [0x20, 2, 0, 3] };
/** A WebSocket's "try again later". */
const LATER = 1013;

function refuse(speaker: Speaker, level: number | undefined): void {
	const bytes = Buffer.from(level === 5 ? REFUSAL[5] : REFUSAL.earlier);
	if (speaker.send) {
		speaker.send(bytes);
		speaker.close!(LATER, 'too many wrong logins');
	} else speaker.end!(bytes);
	const { _socket: socket = speaker } = speaker;
	setTimeout(() => socket.destroy(), LINGER).unref(); // it may never end from the other side
}
