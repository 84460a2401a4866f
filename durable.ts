/**
 * Durable MQTT sessions (`clean: false`, QoS 1): what goes wrong in Harper when one begins or is resumed. With this its
 * client misses no change, and hears none twice for having come back. Touches what Harper hands over, no table.
 */
import { mqttServer, type MqttSession } from './mqtt.ts';

/**
 * A client that comes back subscribes to the same topic again, mostly while Harper is still resuming its session: Harper
 * then does not see the subscription that it is to replace [MQTT-3.8.4-3], keeps both, and tells every change twice.
 * Therefore one after another. To be called once for each thread.
 */
export function subscribeInTurn(): void {
	mqttServer()?.events.on('connected', (session) => {
		// a new session's record has no list, in which Harper looks at each acknowledgement
		if (session.sessionRecord) session.sessionRecord.subscriptions ??= [];
		let isEnded = false;
		const end = session.disconnect.bind(session);
		session.disconnect = (properly) => {
			isEnded = true;
			return end(properly);
		};
		let turn: Promise<unknown> = Promise.resolve();
		for (const method of ['resume', 'addSubscription'] as const) {
			const begin = session[method].bind(session) as (...args: unknown[]) => Promise<any>;
			session[method] = (...args: unknown[]) => {
				const begun = turn.then(() => begin(...args)).catch(asRefusal);
				begun.then(() => isEnded && endAll(session)).catch(() => {});
				turn = begun.catch(() => {}); // Harper hears of it; the next in turn must not
				return begun;
			};
		}
	});
}

/** Of a topic that Harper cannot read it writes a stack to its log, unless the error has a status. */
function asRefusal(error: Error & { statusCode?: number }): never {
	error.statusCode ??= 400;
	throw error;
}

/** What was subscribed to after the session had ended. */
function endAll(session: MqttSession): void {
	for (const subscription of session.subscriptions.splice(0)) subscription.end();
}
