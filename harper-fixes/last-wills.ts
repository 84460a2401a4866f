/**
 * Last wills that hold: a connected client's will is published when it dies, and stored for the death of the server.
 *
 * Symptom: Harper stores wills by client id, and deletes one when it was published: after a restart of the server (also the
 * will of a device that is back already), or for an older connection of the same client id whose death is noticed only now.
 * The device has published that it is online, as the contract asks, and could then die unnoticed [MQTT-3.1.2-8]. Harper also
 * finds sessions and wills by the client id alone, whatever the account.
 * Test: test/contract/presence.test.ts. Asks Harper for `authorizeClient`, `session.disconnect` and its table of wills.
 * Delete when Harper has session takeover, and wills belong to a connection.
 *
 * Sequence: the CONNECT announces a will (`connecting`) → `connected` guards it (`guarded`) → at the end of the connection
 * `disconnect` publishes it, unless the client sent DISCONNECT → a failure of the server is retried, until the client is back.
 */
import { databases, type Context } from 'harperdb';
import { logBurst } from './log-bursts.ts';
import { mqttServer, type MqttSession, type MqttSocket, type Packet, type User, type Will } from './internals.ts';

export type { Will } from './internals.ts';

/** How often missing wills are restored in Harper's table, in ms. That table is for the death of the server alone. */
const INTERVAL = 2_000;

const wills = () => databases.system!.hdb_session_will!;

/** The wills of this thread's connections. */
const guarded = new Map<MqttSession, Will>();

/** The wills between the CONNECT and its session, by client id. */
const connecting = new Map<string, { packet: Packet; will: Will }>();

/** Writes a will. */
type Publish = (will: Will, user: User) => Promise<void>;

/** Call it once for each thread. */
export function guardWills(publish: Publish): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		authorizeClient?.(packet, user);
		if (!packet.clientId) return;
		// the session and the will of another account must not be found
		packet.clientId = `${user?.username}/${packet.clientId}`;
		if (packet.will) connecting.set(packet.clientId, { packet, will: packet.will });
		else connecting.delete(packet.clientId);
	};
	mqtt.events.on('auth-failed', (packet) => {
		// a stranger may send the client id of another account's client
		const { clientId = '' } = packet;
		if (connecting.get(clientId)?.packet === packet) connecting.delete(clientId);
	});
	mqtt.events.on('connected', (session, socket) => {
		const will = connecting.get(session.sessionId)?.will;
		connecting.delete(session.sessionId);
		// the end of a connection that is closed already is not reported any more
		if (will && isOpen(socket)) guard(session, will, publish);
	});
	setInterval(restoreMissingWills, INTERVAL).unref();
}

/** Publishes the will when the connection ends without a DISCONNECT. Harper itself might find none, or another one. */
function guard(session: MqttSession, will: Will, publish: Publish): void {
	guarded.set(session, will);
	const end = session.disconnect.bind(session);
	session.disconnect = (properly) => {
		if (!guarded.delete(session)) return; // it has ended already
		end(true);
		if (properly) return;
		publishUntilStored(session, will, publish);
	};
}

/** Publishes a will, and again if the server failed to store it, unless its client is back. */
function publishUntilStored(session: MqttSession, will: Will, publish: Publish): void {
	const { sessionId, user } = session;
	publish(will, user).catch((error: Error & { statusCode?: number }) => {
		const isFailure = (error.statusCode ?? 500) >= 500;
		const what = isFailure ? 'Last wills that could not be stored yet' : `Refused last wills of ${user?.username}`;
		logBurst('warn', what, `The last will of ${sessionId} could not be published`, error);
		if (!isFailure) return;
		setTimeout(() => {
			const isBack = [...guarded.keys()].some((other) => other.sessionId === sessionId);
			if (!isBack) publishUntilStored(session, will, publish);
		}, INTERVAL).unref();
	});
}

let isRestoring = false;

async function restoreMissingWills(): Promise<void> {
	if (isRestoring) return;
	isRestoring = true;
	for (const [session, will] of guarded) await restoreWill(session, will);
	isRestoring = false;
}

async function restoreWill(session: MqttSession, will: Will): Promise<void> {
	try {
		const stored = await wills().get(session.sessionId, {} as Context);
		if (!stored && guarded.has(session)) await wills().put(session.sessionId, { ...will }, {} as Context);
	} catch (cause) {
		logBurst('error', 'Last wills that could not be kept', `The will of ${session.sessionId} could not be kept`, cause);
	}
}

const isOpen = (socket: MqttSocket) =>
	'send' in socket ? socket.readyState === OPEN : !socket.destroyed && socket.readyState === 'open';

/** A WebSocket's `readyState`. */
const OPEN = 1;
