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
import { mqttServer, type MqttSession, type MqttSocket, type Packet, type Will } from './mqtt.ts';

/** How often a stored will is looked after, in ms. It is for the death of the server alone. */
const LOOK = 2_000;

const wills = () => databases.system!.hdb_session_will!;

/** The wills of this thread's connections. */
const live = new Map<MqttSession, Will>();

/** Between the CONNECT and its session, by client id. */
const announced = new Map<string, { packet: Packet; will: Will }>();

/** How a will is written. */
type Publish = (will: Will, user: User) => Promise<void>;

/** To be called once for each thread. */
export function keepWills(publish: Publish): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		authorizeClient?.(packet, user);
		if (!packet.clientId) return;
		// Harper finds sessions and wills by client id alone: another account's must not be found.
		packet.clientId = `${user?.username}/${packet.clientId}`;
		if (packet.will) announced.set(packet.clientId, { packet, will: packet.will });
		else announced.delete(packet.clientId);
	};
	mqtt.events.on('auth-failed', (packet) => {
		// a stranger may name the id of another account's client
		const { clientId = '' } = packet;
		if (announced.get(clientId)?.packet === packet) announced.delete(clientId);
	});
	mqtt.events.on('connected', (session, socket) => {
		const will = announced.get(session.sessionId)?.will;
		announced.delete(session.sessionId);
		// one that went away meanwhile has no end that could be heard of
		if (will && isOpen(socket)) keep(session, will, publish);
	});
	setInterval(lookAfter, LOOK).unref();
}

/** Publishes the will itself when the connection ends without a DISCONNECT; Harper might find none, or another's. */
function keep(session: MqttSession, will: Will, publish: Publish): void {
	live.set(session, will);
	const end = session.disconnect.bind(session);
	session.disconnect = (properly) => {
		if (!live.delete(session)) return; // has ended already
		end(true);
		if (properly) return;
		publishUntilStored(session, will, publish);
	};
}

/** A will that the server failed to store is published again, unless its client is back. */
function publishUntilStored(session: MqttSession, will: Will, publish: Publish): void {
	const { sessionId, user } = session;
	publish(will, user).catch((error: Error & { statusCode?: number }) => {
		const isFailure = (error.statusCode ?? 500) >= 500;
		const what = isFailure ? 'Last wills that could not be stored yet' : `Refused last wills of ${user?.username}`;
		logBurst('warn', what, `The last will of ${sessionId} could not be published`, error);
		if (!isFailure) return;
		setTimeout(() => {
			const isBack = [...live.keys()].some((other) => other.sessionId === sessionId);
			if (!isBack) publishUntilStored(session, will, publish);
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

const isOpen = (socket: MqttSocket) =>
	'send' in socket ? socket.readyState === OPEN : !socket.destroyed && socket.readyState === 'open';

/** A WebSocket's word for it. */
const OPEN = 1;
