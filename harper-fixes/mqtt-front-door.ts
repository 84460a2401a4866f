/**
 * Stands between each MQTT socket (TCP, TLS, WebSocket) and Harper, which gets complete packets within bounds.
 *
 * Symptom: Harper's parser keeps whatever a packet announces (up to 256 MB, also of a CONNECT, so of anyone) until it is
 * complete, and a connection that sends no complete CONNECT is never closed.
 * Test: test/contract/limits.test.ts, test/faults/memory.test.ts. Asks Harper for `connection` before it listens to a socket,
 * `connected` before it writes the CONNACK, and that it adds one listener for what comes in and calls `write` or `send`.
 * Delete when Harper has a packet limit, tells it in the CONNACK, and closes connections without a CONNECT.
 */
import mqttPacket from 'mqtt-packet';
import { destroy, interceptNextPacket, mqttServer, type MqttSession, type MqttSocket } from './internals.ts';
import { Refusal } from '../sign/refusal.ts';
import { CONNECT_WITHIN, LINGER, MOST_BYTES, MOST_CONNECT_BYTES, MOST_DROPPED, MOST_PACKETS_BYTES } from './bounds.ts';
import { intercept } from './intercept.ts';
import { Framing, type Wrong } from './mqtt-framing.ts';
import { boundMessages } from './websocket-messages.ts';

/** In a fixed header. */
const PUBLISH = 3;

type Receive = (bytes: Buffer, ...rest: never[]) => void;

const doors = new WeakMap<MqttSocket, Door>();

/** To be called once for each thread. */
export function openFrontDoor(): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	mqtt.events.on('connection', (socket) => doors.set(socket, new Door(socket)));
	mqtt.events.on('connected', (session, socket) => doors.get(socket)?.welcome(session));
	// Harper leaves it open
	mqtt.events.on('auth-failed', (_packet, socket) => doors.get(socket)?.awaitConnect());
}

class Door {
	readonly #socket: MqttSocket;
	readonly #framing = new Framing(MOST_CONNECT_BYTES, MOST_BYTES);
	#session: MqttSession | undefined;
	#isMqtt5 = false;
	#isClosed = false;
	#dropped = 0;
	#late: NodeJS.Timeout | undefined;

	constructor(socket: MqttSocket) {
		this.#socket = socket;
		this.awaitConnect();
		if ('send' in socket) boundMessages(socket, MOST_CONNECT_BYTES);
		intercept(socket, 'send' in socket ? 'message' : 'data', (receive: Receive): Receive => {
			const pass = (packets: Buffer) => {
				if (this.#late) this.#stopWaiting();
				receive(packets);
			};
			return (bytes) => {
				if (this.#isClosed) return this.#drop(bytes);
				const wrong = this.#framing.take(bytes, pass);
				if (wrong) this.#refuse(wrong);
			};
		});
	}

	/** Ends the connection if no packet is complete in time: the first one must be a CONNECT, which Harper sees to. */
	awaitConnect(): void {
		clearTimeout(this.#late);
		this.#late = setTimeout(() => destroy(this.#socket), CONNECT_WITHIN).unref();
	}

	#stopWaiting(): void {
		clearTimeout(this.#late);
		this.#late = undefined;
	}

	/** The CONNACK is what Harper sends next. */
	welcome(session: MqttSession): void {
		this.#session = session;
		if ('send' in this.#socket) boundMessages(this.#socket, MOST_PACKETS_BYTES);
		interceptNextPacket(this.#socket, (connack) => this.#completed(connack));
	}

	/** Harper's CONNACK for MQTT 5 has an empty list of properties; that of 3.1.1 has none [MQTT 5 3.2.2.3.6]. */
	#completed(connack: Buffer): Buffer {
		this.#isMqtt5 = connack[1] === 3;
		if (!this.#isMqtt5) return connack;
		return mqttPacket.generate(
			{
				cmd: 'connack',
				sessionPresent: connack[2] === 1,
				reasonCode: connack[3]!,
				properties: { maximumPacketSize: MOST_BYTES },
			},
			{ protocolVersion: 5 }
		);
	}

	#refuse({ code, kind, size }: Wrong): void {
		this.#isClosed = true;
		this.#stopWaiting();
		const refusal = new Refusal(`an MQTT packet must have at most ${MOST_BYTES} bytes, got ${size}`, 413);
		logger.info?.(`An MQTT connection of ${this.#session?.sessionId ?? 'a stranger'} is ended: ${refusal.message}`);
		if (this.#session && kind === PUBLISH) {
			mqttServer()?.events.emit('error', refusal, this.#socket, { cmd: 'publish', topic: '' }, this.#session);
		}
		const last = mqttPacket.generate({ cmd: 'disconnect', reasonCode: code }, { protocolVersion: 5 });
		close(this.#socket, this.#isMqtt5 ? last : undefined);
	}

	#drop({ length }: Buffer): void {
		this.#dropped += length;
		if (this.#dropped > MOST_DROPPED) this.#socket.pause();
	}
}

/** A WebSocket's code for a message that is too big. */
const TOO_BIG = 1009;

/** Says why, and leaves the client the time to read it: data that comes to a closed socket would take it away from it. */
function close(socket: MqttSocket, last: Buffer | undefined): void {
	if ('send' in socket) {
		if (last) socket.send(last);
		socket.close(TOO_BIG, 'an MQTT packet is too large');
	} else socket.end(last ?? '');
	setTimeout(() => destroy(socket), LINGER).unref();
}
