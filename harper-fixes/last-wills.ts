/**
 * Makes last wills reliable: the will of a connection is published when the connection is lost, and stored in case the
 * server dies.
 *
 * Symptom: Harper stores wills by client id, and deletes a will after it was published. It therefore deletes the will
 * of a connected device in two cases: after a restart of the server (also if the device is back already), and when an
 * older connection with the same client id is found dead. The device has published that it is online, as the contract
 * requires, and could then die without being shown offline [MQTT-3.1.2-8]. Harper also finds sessions and wills by the
 * client id only, for any account. Harper 5 ends a session with the rights of its client: the stored will of a device
 * stays, and is published at the next start.
 * Test: test/contract/presence.test.ts.
 * Depends on: `authorizeClient`, `session.disconnect` and Harper's table of wills.
 * Delete when Harper has session takeover, and a will belongs to a connection and its account. mqtt-quotas.ts needs the
 * account before the client id (mqtt/session-key.ts), which this file sets.
 *
 * Sequence:
 * 1. `connected` guards the will of the CONNECT (`guarded`).
 * 2. `disconnect`, at the end of the connection, publishes the will, but not after a DISCONNECT of the client. A will
 *    with a delay waits (`delayed`), and is not published if the session is resumed before [MQTT 5 3.1.3.2.2].
 * 3. If the server fails to store the will, it is published again, until the client is back.
 * 4. Soon after, the stored will is deleted, if Harper has not done it.
 */
import { logBurst } from './log-bursts.ts';
import { mqttServer, type MqttSession, type User, type Will } from './internals.ts';
import type { Connection } from './mqtt/connection.ts';
import { connectionOf } from './mqtt/front-door.ts';
import { keysOf } from './mqtt/session-key.ts';
import { expiryOf } from './mqtt/sessions.ts';
import { isConnected, onTaken } from './mqtt/takeover.ts';
import { noteEnded, removeEndedWills, removeWill, restoreWill } from './stored-wills.ts';

export type { Will } from './internals.ts';

/**
 * How often missing wills are restored in Harper's table, and a failed publish of a will is retried. Harper publishes
 * the wills of that table when it starts.
 */
const RESTORE_PERIOD_MS = 2_000;

/** The wills of this thread's connections. */
const guarded = new Map<MqttSession, Will>();

/** By session: the wills that wait for their delay. */
const delayed = new Map<string, { session: MqttSession; will: Will; timer: NodeJS.Timeout; publish: () => void }>();

/** The longest time of a timer. */
const MAX_DELAY_S = 2_147_483;

/** Writes a will. */
type Publish = (will: Will, user: User) => Promise<void>;

/** Call it once for each thread. */
export function guardWills(publish: Publish): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		authorizeClient?.(packet, user);
		packet.clientId = keysOf(user) + packet.clientId;
	};
	mqtt.events.on('connected', (session, socket) => {
		const connection = connectionOf(socket);
		const { will } = connection.packet!;
		if (will) guard(connection, session, will, publish);
	});
	onTaken(settleDelayed);
	setInterval(() => {
		void restoreMissingWills();
		void removeEndedWills();
	}, RESTORE_PERIOD_MS).unref();
}

/** Call it when a will is published, or not needed any more. */
function release(session: MqttSession, will: Will): void {
	guarded.delete(session);
	noteEnded(session, will);
}

/**
 * Publishes the will when the connection ends without a DISCONNECT. Harper might find no will, or that of another
 * connection.
 */
function guard(connection: Connection, session: MqttSession, will: Will, publish: Publish): void {
	guarded.set(session, will);
	const endSession = session.disconnect.bind(session);
	const endAs = async (properly: boolean) => {
		await endSession(true);
		const publishNow = () => {
			release(session, will);
			return publishUntilStored(session, will, publish);
		};
		const delay = Math.min(will.properties?.willDelayInterval ?? 0, expiryOf(connection), MAX_DELAY_S);
		const isResumed = connection.isTakenOver && !connection.isTakenByClean;
		if (properly || (delay && isResumed)) release(session, will);
		else if (!delay || connection.isTakenOver) await publishNow();
		else publishLater(session, will, delay, publishNow);
	};
	let ended: Promise<void> | undefined;
	session.disconnect = (properly = false) => (ended ??= endAs(properly));
}

function publishLater(session: MqttSession, will: Will, delay: number, publishNow: () => Promise<void>): void {
	const publish = () => {
		delayed.delete(session.sessionId);
		void publishNow();
	};
	delayed.set(session.sessionId, { session, will, timer: setTimeout(publish, delay * 1000).unref(), publish });
}

/**
 * Called when a session gets a connection. A resumed session's will is not published; a clean start publishes it now.
 */
function settleDelayed(sessionId: string, isClean: boolean): void {
	const waiting = delayed.get(sessionId);
	if (!waiting) return;
	const { session, will, timer, publish } = waiting;
	clearTimeout(timer);
	if (isClean) return publish();
	delayed.delete(sessionId);
	guarded.delete(session);
	// this may delete the will of the new connection: `restoreMissingWills` stores that again
	void removeWill(session, will);
}

/** Publishes a will, and retries if the server failed to store it, unless the client is back. */
function publishUntilStored(session: MqttSession, will: Will, publish: Publish): Promise<void> {
	const { sessionId, user } = session;
	return publish(will, user).catch((error: Error & { statusCode?: number }) => {
		const isFailure = (error.statusCode ?? 500) >= 500;
		const what = isFailure ? 'Last wills that could not be stored yet' : `Refused last wills of ${user?.username}`;
		logBurst('warn', what, `The last will of ${sessionId} could not be published`, error);
		if (!isFailure) return;
		setTimeout(() => {
			if (!isConnected(sessionId)) void publishUntilStored(session, will, publish);
		}, RESTORE_PERIOD_MS).unref();
	});
}

let isRestoring = false;

async function restoreMissingWills(): Promise<void> {
	if (isRestoring) return;
	isRestoring = true;
	for (const [session, will] of guarded) await restoreWill(session, will, () => guarded.has(session));
	isRestoring = false;
}
