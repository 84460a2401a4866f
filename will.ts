/**
 * Last wills that hold: a connected client's will is in Harper's store when it is needed.
 *
 * Harper keeps wills in a table by client id, and forgets one when it was published: by the server after a restart (also
 * of a device that is back already), or by an older connection of the same client id that is noticed to be dead only
 * now. The device says that it is online, as the contract asks, and could then die unnoticed. [MQTT-3.1.2-8]
 */
import { databases, type Context } from 'harperdb';
import { mqttServer, type MqttSession, type Packet } from './mqtt.ts';

/** As Harper stores it: with the client id as `id`, and its account. Harper adds them to the packet's own object. */
type Will = NonNullable<Packet['will']>;

/** How often a stored will is looked after, in ms. It is for the death of the server alone. */
const LOOK = 2_000;

const wills = () => databases.system!.hdb_session_will!;

/** The wills of this thread's connections. */
const live = new Map<MqttSession, Will>();

/** Between the CONNECT and its session, by client id. */
const announced = new Map<string, Will>();

/** To be called once for each thread. */
export function keepWills(): void {
	const mqtt = mqttServer();
	if (!mqtt) return;
	const { authorizeClient } = mqtt;
	mqtt.authorizeClient = (packet, user) => {
		authorizeClient?.(packet, user);
		const { clientId, will } = packet;
		if (!clientId) return;
		if (will) announced.set(clientId, will);
		else announced.delete(clientId);
	};
	mqtt.events.on('connected', (session) => {
		const will = announced.get(session.sessionId);
		announced.delete(session.sessionId);
		if (will) keep(session, will);
	});
	setInterval(lookAfter, LOOK).unref();
}

/** Puts the will back before Harper looks for it, when the connection ends without a DISCONNECT. */
function keep(session: MqttSession, will: Will): void {
	live.set(session, will);
	const end = session.disconnect.bind(session);
	session.disconnect = (properly) => {
		if (!live.delete(session)) return; // has ended already
		if (properly) end(true);
		else void store(session, will).then(() => end(false));
	};
}

async function lookAfter(): Promise<void> {
	for (const [session, will] of live) {
		const stored = await wills().get(session.sessionId, {} as Context);
		if (!stored && live.has(session)) await store(session, will);
	}
}

async function store({ sessionId }: MqttSession, will: Will): Promise<void> {
	try {
		await wills().put(sessionId, { ...will }, {} as Context);
	} catch (cause) {
		logger.error?.(`The last will of ${sessionId} could not be stored`, cause);
	}
}
