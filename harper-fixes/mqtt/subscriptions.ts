/**
 * [MQTT-3.9.3] SUBACK tells what was granted, in a session that is kept too; in such a one a subscription at QoS 0 is kept as well.
 * [MQTT-3.10.4-5] UNSUBSCRIBE of what is not subscribed to is acknowledged, in MQTT 5 by 0x11. [MQTT-4.7.1-2, -3] A filter with
 * a wildcard at a wrong place is refused by 0x8F. [MQTT 5 3.8.3.1, 3.8.2.1.2] The options and the identifier of a subscription
 * hold after the session is resumed. [MQTT-3.1.4-5] What follows a SUBSCRIBE is taken after it.
 *
 * Symptom: in a session that is kept QoS 0 is answered by a refusal, QoS 1 and 2 by 0, an UNSUBSCRIBE of what is not there by the
 * end of the connection; `Sign/t+` is granted.
 * Test: test/contract/mqtt-conformance.test.ts. Asks Harper for a session's `addSubscription`, `resumeSubscription`, `removeSubscription`
 * and `saveSubscriptions`. Delete when Harper's sessions that are kept answer as those that are not.
 */
import type { ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import type { MqttSession } from '../internals.ts';
import { Refusal } from '../../sign/refusal.ts';
import type { Connection, Fate } from './connection.ts';
import { noteNoLocal } from './no-local.ts';
import { parse, REASON } from './packets.ts';
import { SessionRecord, type Options, type StoredSubscription } from './session-record.ts';

const SHARED = '$share/';

/** A subscription as Harper is given it, with what it does not know. */
export type Subscription = StoredSubscription & Options & { rh?: number; omitCurrent?: boolean };

export function receiveSubscribe(connection: Connection, packet: Buffer): Fate {
	if (!connection.session) return 'pass'; // which is refused
	const parsed = parse<ISubscribePacket | IUnsubscribePacket>(packet, connection.version);
	connection.subscribing = parsed;
	if ((parsed.cmd === 'subscribe' ? parsed.subscriptions : parsed.unsubscriptions).length) return 'hold';
	connection.end(REASON.protocolError); // [MQTT-3.8.3-2]
	return 'drop';
}

/** SUBACK and UNSUBACK. */
export function sendGranted(connection: Connection, packet: Buffer): undefined {
	const { subscribing } = connection;
	connection.subscribing = undefined;
	if (subscribing?.cmd === 'subscribe' && connection.version === 5) {
		const { subscriptions } = subscribing;
		const codes = packet.subarray(packet.length - subscriptions.length);
		for (const [n, { topic }] of subscriptions.entries()) if (topic.startsWith(SHARED)) codes[n] = REASON.notShared;
	}
	connection.send(packet);
	connection.release();
}

/** What a SUBSCRIBE, an UNSUBSCRIBE and a resumed session do. */
export function mendSubscriptions(connection: Connection, session: MqttSession): void {
	const { addSubscription, removeSubscription, resumeSubscription } = session;
	session.addSubscription = async (subscription, isKept) => {
		checkFilter(subscription.topic);
		(subscription as Subscription).identifier = identifierOf(connection.subscribing);
		noteNoLocal(connection, subscription.topic, (subscription as Subscription).nl);
		const made = await addSubscription.call(session, subscription, isKept);
		if (!session.sessionRecord) return made;
		noteOptions(session, subscription);
		if (!subscription.qos) session.saveSubscriptions!();
		return { qos: subscription.qos }; // Harper asks it for this
	};
	session.removeSubscription = (topic) => {
		const subscription = session.subscriptions.find((one) => one.topic === topic);
		if (!subscription) return false;
		void removeSubscription.call(session, topic);
		if (!subscription.qos) session.saveSubscriptions?.();
		return true;
	};
	if (!resumeSubscription) return;
	session.resumeSubscription = (subscription, isKept, filter) => {
		const isResumed = subscription.startTime !== undefined;
		if (isResumed) Object.assign(subscription, optionsOf(session)[subscription.topic]);
		if (isResumed) noteNoLocal(connection, subscription.topic, (subscription as Subscription).nl);
		// what was missed at QoS 0 is not told, but the state of one sign
		if (isResumed && !subscription.qos) subscription.startTime = Date.now();
		return resumeSubscription.call(session, subscription, isKept && subscription.qos > 0, filter);
	};
}

function identifierOf(packet: Connection['subscribing']): number | undefined {
	const identifier = packet?.cmd === 'subscribe' ? packet.properties?.subscriptionIdentifier : undefined;
	return identifier === undefined ? undefined : Number(identifier);
}

const optionsOf = ({ sessionRecord }: MqttSession) =>
	sessionRecord instanceof SessionRecord ? sessionRecord.options : {};

function noteOptions(session: MqttSession, { topic, nl, rap, identifier }: Subscription): void {
	const options = optionsOf(session);
	if (nl || rap || identifier !== undefined) options[topic] = { nl, rap, identifier };
	else delete options[topic];
}

/** @throws {Refusal} for what is no topic filter */
function checkFilter(filter: string): void {
	const levels = filter.split('/');
	const isRight = levels.every(
		(level, n) => !/[+#\0]/.test(level) || level === '+' || (level === '#' && n === levels.length - 1)
	);
	if (!filter || !isRight || filter.startsWith(SHARED))
		throw new Refusal(`a topic filter must have + and # as whole levels, # as the last, got ${filter}`, 404);
}
