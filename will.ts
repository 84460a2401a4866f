/**
 * Last wills that hold: a connected client's will is published when it dies, and stored for the death of the server.
 *
 * Harper keeps wills in a table by client id, and forgets one when it was published: by the server after a restart (also
 * of a device that is back already), or by an older connection of the same client id that is noticed to be dead only
 * now. The device says that it is online, as the contract asks, and could then die unnoticed. [MQTT-3.1.2-8]
 *
 * Also keeps accounts apart: Harper finds sessions and wills by the client id alone.
 */
import { databases, type Context } from 'harperdb';
import type { User } from './access.ts';
import { logBurst } from './log-bursts.ts';
import type { Connection } from './harper-fixes/mqtt/connection.ts';
import { connectionOf } from './harper-fixes/mqtt/front-door.ts';
import { expiryOf } from './harper-fixes/mqtt/sessions.ts';
import { onTaken } from './harper-fixes/mqtt/takeover.ts';
import { mqttServer, type MqttSession, type Will } from './mqtt.ts';

/** How often a stored will is looked after, in ms. It is for the death of the server alone. */
const LOOK = 2_000;

const wills = () => databases.system!.hdb_session_will!;

/** The wills of this thread's connections. */
const live = new Map<MqttSession, Will>();

/** Wills that wait for their delay, by session [MQTT 5 3.1.3.2.2]. */
const delayed = new Map<string, { session: MqttSession; timer: NodeJS.Timeout; publish: () => void }>();
/** In s: no timer takes more. */
const LONGEST_DELAY = 2_147_483;

/** How a will is written. */
type Publish = (will: Will, user: User) => Promise<void>;

/** To be called once for each thread. */
export function keepWills(publish: Publish): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		authorizeClient?.(packet, user);
		// Harper finds sessions and wills by client id alone: another account's must not be found.
		packet.clientId = `${user?.username}/${packet.clientId}`;
	};
	mqtt.events.on('connected', (session, socket) => {
		const connection = connectionOf(socket);
		const { will } = connection.packet!;
		if (will) keep(connection, session, will, publish);
	});
	onTaken(settleDelayed);
	setInterval(lookAfter, LOOK).unref();
}

/** Publishes the will itself when the connection ends without a DISCONNECT; Harper might find none, or another's. */
function keep(connection: Connection, session: MqttSession, will: Will, publish: Publish): void {
	live.set(session, will);
	const end = session.disconnect.bind(session);
	const endAs = async (properly: boolean) => {
		await end(true);
		const publishNow = () => {
			live.delete(session);
			return publishUntilStored(session, will, publish);
		};
		const delay = Math.min(will.properties?.willDelayInterval ?? 0, expiryOf(connection), LONGEST_DELAY);
		const isResumed = connection.isTakenOver && !connection.isTakenByClean;
		if (properly || (delay && isResumed)) live.delete(session);
		else if (!delay || connection.isTakenOver) await publishNow();
		else publishLater(session, delay, publishNow);
	};
	let ended: Promise<void> | undefined;
	session.disconnect = (properly = false) => (ended ??= endAs(properly));
}

function publishLater(session: MqttSession, delay: number, publishNow: () => Promise<void>): void {
	const publish = () => {
		delayed.delete(session.sessionId);
		void publishNow();
	};
	delayed.set(session.sessionId, { session, timer: setTimeout(publish, delay * 1000), publish });
}

/** A session has a connection again, or has ended by a clean start. */
function settleDelayed(sessionId: string, isClean: boolean): void {
	const will = delayed.get(sessionId);
	if (!will) return;
	clearTimeout(will.timer);
	if (isClean) return will.publish();
	delayed.delete(sessionId);
	live.delete(will.session);
	// that of the new connection is stored again, if this one was it
	void Promise.resolve(wills().delete(sessionId, {} as Context)).catch(() => {});
}

/** A will that the server failed to store is published again, unless its client is back. */
function publishUntilStored(session: MqttSession, will: Will, publish: Publish): Promise<void> {
	const { sessionId, user } = session;
	return publish(will, user).catch((error: Error & { statusCode?: number }) => {
		const isFailure = (error.statusCode ?? 500) >= 500;
		const what = isFailure ? 'Last wills that could not be stored yet' : `Refused last wills of ${sessionId}`;
		logBurst('warn', what, `The last will of ${sessionId} could not be published`, error);
		if (!isFailure) return;
		setTimeout(() => {
			const isBack = [...live.keys()].some((other) => other.sessionId === sessionId);
			if (!isBack) void publishUntilStored(session, will, publish);
		}, LOOK).unref();
	});
}

let isLooking = false;

async function lookAfter(): Promise<void> {
	if (isLooking) return;
	isLooking = true;
	for (const [session, will] of live) await restore(session, will);
	isLooking = false;
}

async function restore(session: MqttSession, will: Will): Promise<void> {
	try {
		const stored = await wills().get(session.sessionId, {} as Context);
		if (!stored && live.has(session)) await wills().put(session.sessionId, { ...will }, {} as Context);
	} catch (cause) {
		logBurst('error', 'Last wills that could not be kept', `The will of ${session.sessionId} could not be kept`, cause);
	}
}
