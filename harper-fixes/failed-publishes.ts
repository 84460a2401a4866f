/**
 * Handles publishes that are refused or that the server could not store, and slows down clients that publish too fast.
 *
 * Symptoms:
 * - Over MQTT 3.1.1 Harper also acknowledges a publish that the server failed to store, and the client forgets it. A
 *   client sends a publish again only if it got no acknowledgement and has reconnected [MQTT-4.4.0-1]. This is true in
 *   MQTT 5 too, where an acknowledgement with an error's reason code completes the message. Here the connection is
 *   closed without an acknowledgement.
 * - Harper logs each refused publish with its stack. Here the log has a line for each account and burst.
 * - Harper continues to read while publishes wait to be stored, as fast as a client sends. Here it stops reading.
 *
 * Test: test/faults/disk.test.ts, test/faults/flood.test.ts, test/contract/refusals.test.ts.
 * Depends on: the session's `publish`, and the event `error` for a publish that Harper could not decode.
 * Delete when Harper does all three.
 */
import { logBurst } from './log-bursts.ts';
import { mqttServer, type MqttSocket, type Packet } from './internals.ts';
import type { Connection } from './mqtt/connection.ts';
import { forgetReceived } from './mqtt/exactly-once.ts';
import { connectionOf } from './mqtt/front-door.ts';
import { REASON } from './mqtt/packets.ts';
import { refusalOf } from './mqtt/refused-publish.ts';
import { toPublisherError } from '../sign/refusal.ts';

/** Records why a publish was refused. Resolves when that is stored, and never rejects. */
type RecordRejection = (error: Error, topic: string | undefined, account: string | undefined) => Promise<void>;

/** While this many publishes of one connection wait to be stored, the server does not read from it. */
const MAX_WAITING = 256;

/** Harper neither acknowledges nor logs a publish that never settles. */
const neverSettled = () => new Promise<never>(() => {});

/** Call it once for each thread. */
export function answerFailedPublishes(record: RecordRejection): void {
	const events = mqttServer()?.events;
	// such as broken JSON: Harper refuses it without a call of `publish`
	events?.on('error', (error, _socket, packet, session) => {
		if (packet?.cmd === 'publish') void record(error, packet.topic, session?.user?.username);
	});
	events?.on('connected', (session, socket) => {
		const connection = connectionOf(socket);
		const publish = session.publish.bind(session);
		const store = pauseWhileManyWait(socket, async (packet: Packet, data: unknown): Promise<Stored> => {
			try {
				return { result: await publish(packet, data) };
			} catch (cause) {
				// before the answer: its client finds the reason at once, and the next refusal has a later timestamp
				await record(cause as Error, packet.topic, session.user?.username);
				return { error: cause as Error };
			}
		});
		session.publish = async (packet, data) => {
			const { result, error } = await store(packet, data);
			return error ? answerFailed(error, packet, data, connection) : result;
		};
	});
}

/** What a publish came to. */
interface Stored {
	result?: unknown;
	error?: Error;
}

type Store = (packet: Packet, data: unknown) => Promise<Stored>;

/** Pauses a socket while MAX_WAITING of its publishes wait. */
function pauseWhileManyWait(socket: MqttSocket, store: Store): Store {
	let waiting = 0;
	return async (packet, data) => {
		if (++waiting >= MAX_WAITING) socket.pause(); // again, if another cure has resumed it
		try {
			return await store(packet, data);
		} finally {
			if (--waiting === MAX_WAITING / 2) socket.resume();
		}
	};
}

/** Answers like Harper, except for the symptoms above. */
function answerFailed(error: Error, packet: Packet, data: unknown, connection: Connection) {
	const { topic, qos, messageId = 0 } = packet;
	const account = connection.session?.user?.username;
	const { status, message } = toPublisherError(error, topic);
	logBurst('warn', `Refused publishes by ${account}`, `A publish by ${account} to ${topic} is refused: ${message}`);
	if (!qos) return undefined;
	if (status >= 500) {
		if (qos === 2) forgetReceived(connection, messageId);
		connection.end(REASONS[status] ?? REASON.serverError);
	} else connection.sendAsHarper(refusalOf(connection, { topic, qos, messageId, data, status, message }));
	return neverSettled();
}

/** MQTT 5's reason codes by status. */
const REASONS: Record<number, number> = { 503: REASON.serverBusy, 507: REASON.quotaExceeded };
