/**
 * A durable MQTT session that comes back misses no change, and gets none twice.
 *
 * Symptom: a client that comes back subscribes to the same topic again, mostly while Harper still resumes its session. Harper
 * then does not find the subscription that it must replace [MQTT-3.8.4-3], keeps both, and sends every event twice. What is
 * subscribed to after the end of the connection stays.
 * Test: test/contract/mqtt-subscriptions.test.ts, test/faults/durable.test.ts. Asks Harper's session for its methods `resume` and
 * `addSubscription`, which this file runs one after another.
 * Delete when Harper handles the packets of a connection in their order.
 */
import { mqttServer, type MqttSession } from './internals.ts';

/** Call it once for each thread. */
export function resumeInOrder(): void {
	mqttServer()?.events.on('connected', (session) => {
		runInOrder(session);
	});
}

function runInOrder(session: MqttSession): void {
	let isEnded = false;
	const end = session.disconnect.bind(session);
	session.disconnect = (properly) => {
		isEnded = true;
		return end(properly);
	};
	let last: Promise<unknown> = Promise.resolve();
	for (const method of ['resume', 'addSubscription'] as const) {
		const begin = session[method].bind(session) as (...args: unknown[]) => Promise<never>;
		session[method] = (...args: unknown[]) => {
			const begun = last.then(() => begin(...args)).catch(asRefusal);
			begun.then(() => isEnded && endAll(session)).catch(() => {});
			last = begun.catch(() => {}); // Harper gets the error; the next call must not
			return begun;
		};
	}
}

/** Harper logs a stack for an error without a status, such as that of a topic that it cannot read. */
function asRefusal(error: Error & { statusCode?: number }): never {
	error.statusCode ??= 400;
	throw error;
}

/** Ends the subscriptions that were made after the session had ended. */
function endAll(session: MqttSession): void {
	for (const subscription of session.subscriptions.splice(0)) subscription.end();
}
