/**
 * SUBSCRIBE and UNSUBSCRIBE work alike in every session. SUBACK has the granted QoS [MQTT-3.9.3], and a durable session
 * keeps subscriptions at QoS 0 too. An UNSUBSCRIBE of an unknown filter is acknowledged, in MQTT 5 with 0x11
 * [MQTT-3.10.4-5]. A filter with a misplaced wildcard is refused with 0x8F [MQTT-4.7.1-2, -3]. A resumed session has
 * the options and identifiers of its subscriptions [MQTT 5 3.8.3.1, 3.8.2.1.2]. Packets after a SUBSCRIBE are handled
 * after it [MQTT-3.1.4-5].
 *
 * Symptom: in a durable session Harper refuses QoS 0, answers QoS 1 and 2 with 0, and ends the connection at an
 * UNSUBSCRIBE of an unknown filter. It grants `Sign/t+`.
 * Test: test/contract/mqtt-conformance.test.ts.
 * Depends on: `addSubscription`, `resumeSubscription`, `removeSubscription` and `saveSubscriptions` of a session.
 * Delete when Harper answers in durable sessions as in clean ones, and checks filters.
 */
import type { ISubscribePacket, IUnsubscribePacket } from 'mqtt-packet';
import type { MqttSession } from '../internals.ts';
import { Refusal } from '../../sign/refusal.ts';
import type { Action, Connection } from './connection.ts';
import { logBurst } from '../log-bursts.ts';
import { setNoLocal } from './no-local.ts';
import { parse, REASON } from './packets.ts';
import { SessionRecord, type Options, type StoredSubscription } from './session-record.ts';

const SHARED = '$share/';

/** A subscription, with the options that Harper does not read. */
export type Subscription = StoredSubscription & Options & { rh?: number; omitCurrent?: boolean };

export function receiveSubscribe(connection: Connection, packet: Buffer): Action {
	if (!connection.session) return 'pass'; // Harper refuses it
	const parsed = parse<ISubscribePacket | IUnsubscribePacket>(packet, connection.version);
	connection.subscribing = parsed;
	if (parsed.cmd === 'subscribe' && Array.isArray(parsed.properties?.subscriptionIdentifier)) {
		connection.end(REASON.protocolError); // [MQTT 5 3.8.2.1.2] at most one
		return 'drop';
	}
	if ((parsed.cmd === 'subscribe' ? parsed.subscriptions : parsed.unsubscriptions).length) return 'hold';
	connection.end(REASON.protocolError); // [MQTT-3.8.3-2]
	return 'drop';
}

/** Sends a SUBACK or an UNSUBACK. */
export function sendSuback(connection: Connection, packet: Buffer): undefined {
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

/** Wraps the methods of a session that handle SUBSCRIBE, UNSUBSCRIBE and a resumed session. */
export function handleSubscriptions(connection: Connection, session: MqttSession): void {
	const { addSubscription, removeSubscription, resumeSubscription } = session;
	session.addSubscription = async (subscription, isKept) => {
		checkFilter(subscription.topic);
		(subscription as Subscription).identifier = identifierOf(connection.subscribing);
		setNoLocal(connection, subscription.topic, (subscription as Subscription).nl);
		const result = await addSubscription.call(session, subscription, isKept).catch((cause: unknown) => {
			setNoLocal(connection, subscription.topic, false);
			throw cause;
		});
		if (!session.sessionRecord) return result;
		storeOptions(session, subscription);
		if (!subscription.qos) session.saveSubscriptions!();
		return { qos: subscription.qos }; // Harper sends it in the SUBACK
	};
	session.removeSubscription = (topic) => {
		const subscription = session.subscriptions.find((one) => one.topic === topic);
		if (!subscription) return false;
		setNoLocal(connection, topic, false);
		delete optionsOf(session)[topic];
		void removeSubscription.call(session, topic);
		if (!subscription.qos) session.saveSubscriptions?.();
		return true;
	};
	if (!resumeSubscription) return;
	session.resumeSubscription = (subscription, isKept, filter) => {
		const isResumed = subscription.startTime !== undefined;
		if (isResumed) Object.assign(subscription, optionsOf(session)[subscription.topic]);
		if (isResumed) setNoLocal(connection, subscription.topic, (subscription as Subscription).nl);
		// at QoS 0 missed changes are not sent, only the current value of a single sign
		if (isResumed && !subscription.qos) subscription.startTime = Date.now();
		const resumed = resumeSubscription.call(session, subscription, isKept && subscription.qos > 0, filter);
		if (!isResumed) return resumed;
		// the account may have lost the right to it: the others of the session go on
		return resumed.catch((cause: unknown) => {
			const what = `A subscription of ${session.sessionId} was not resumed`;
			logBurst('warn', 'Subscriptions that were not resumed', what, cause);
		});
	};
}

function identifierOf(packet: Connection['subscribing']): number | undefined {
	const identifier = packet?.cmd === 'subscribe' ? packet.properties?.subscriptionIdentifier : undefined;
	return identifier === undefined ? undefined : Number(identifier);
}

const optionsOf = ({ sessionRecord }: MqttSession) =>
	sessionRecord instanceof SessionRecord ? sessionRecord.options : {};

function storeOptions(session: MqttSession, { topic, nl, rap, identifier }: Subscription): void {
	const options = optionsOf(session);
	if (nl || rap || identifier !== undefined) options[topic] = { nl, rap, identifier };
	else delete options[topic];
}

/** @throws {Refusal} when it is not a valid topic filter */
function checkFilter(filter: string): void {
	const levels = filter.split('/');
	const isValid = levels.every(
		(level, n) => !/[+#\0]/.test(level) || level === '+' || (level === '#' && n === levels.length - 1)
	);
	if (!filter || !isValid || filter.startsWith(SHARED))
		throw new Refusal(`a topic filter must have + and # as whole levels, # as the last, got ${filter}`, 404);
}
