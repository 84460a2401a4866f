/**
 * Durable MQTT sessions (`clean: false`, QoS 1): what goes wrong in Harper when one begins or is resumed. With this its
 * client misses no change, and hears none twice for having come back. Touches what Harper hands over, no table.
 */
import { mqttServer } from './mqtt.ts';

/**
 * A client that comes back subscribes to the same topic again, mostly while Harper is still resuming its session: Harper
 * then does not see the subscription that it is to replace [MQTT-3.8.4-3], keeps both, and tells every change twice.
 * Therefore one after another. To be called once for each thread.
 */
export function subscribeInTurn(): void {
	mqttServer()?.events.on('connected', (session) => {
		// a new session's record has no list, in which Harper looks at each acknowledgement
		if (session.sessionRecord) session.sessionRecord.subscriptions ??= [];
		let turn: Promise<unknown> = Promise.resolve();
		for (const method of ['resume', 'addSubscription'] as const) {
			const begin = session[method].bind(session);
			session[method] = (...args: unknown[]) => {
				const begun = turn.then(() => begin(...args));
				turn = begun.catch(() => {}); // Harper hears of it; the next in turn must not
				return begun;
			};
		}
	});
}
