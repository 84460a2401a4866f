/**
 * A durable MQTT session that is resumed misses no change, and gets none twice.
 *
 * Symptom: a client that reconnects subscribes to the same topic again, mostly while Harper still resumes its session.
 * Harper then does not find the subscription that it must replace [MQTT-3.8.4-3], keeps both, and sends every event
 * twice. A subscription that is added after the end of the connection is never removed.
 * Test: test/contract/mqtt-subscriptions.test.ts, test/faults/durable.test.ts.
 * Depends on: the session's methods `resume` and `addSubscription`, which this file runs one after another, and
 * `disconnect`.
 * Delete when Harper handles the packets of a connection in order.
 */
import { mqttServer, type MqttSession } from './internals.ts';

/** Call it once for each thread. */
export function resumeInOrder(): void {
	mqttServer()?.events.on('connected', (session) => {
		runInOrder(session);
	});
}

function runInOrder(session: MqttSession): void {
	let hasEnded = false;
	const endSession = session.disconnect.bind(session);
	session.disconnect = (properly) => {
		hasEnded = true;
		return endSession(properly);
	};
	let last: Promise<unknown> = Promise.resolve();
	for (const method of ['resume', 'addSubscription'] as const) {
		const run = session[method].bind(session) as (...args: unknown[]) => Promise<never>;
		session[method] = (...args: unknown[]) => {
			const result = last.then(() => run(...args)).catch(asRefusal);
			result.then(() => hasEnded && endAll(session)).catch(() => {});
			last = result.catch(() => {}); // Harper gets the error, the next call does not
			return result;
		};
	}
}

/** Harper logs the stack of an error without a status, for example of a topic that it cannot read. */
function asRefusal(error: Error & { statusCode?: number }): never {
	error.statusCode ??= 400;
	throw error;
}

/** Ends the subscriptions that were added after the session had ended. */
function endAll(session: MqttSession): void {
	for (const subscription of session.subscriptions.splice(0)) subscription.end();
}
