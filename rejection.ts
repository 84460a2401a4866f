/**
 * Why an account's last MQTT write was refused: one row of the table `Rejection` for each account. MQTT 3.1.1 answers
 * a refused publish as an accepted one, MQTT 5 with a bare code; REST and WebSocket tell the writer directly.
 */
import { tables, type Context } from 'harperdb';
import { tellError, wrongTopic } from './answer.ts';
import { mqttServer } from './mqtt.ts';

/**
 * Records every refused publish, whatever refused it: our rules, Harper's roles, an unknown topic, broken JSON.
 * To be called once for each thread.
 */
export function recordRejections(): void {
	mqttServer()?.events.on('error', (error, _socket, packet, session) => {
		const account = session?.user?.username;
		if (packet?.cmd !== 'publish' || !account) return;
		const topic = packet.topic ?? '';
		const { status, message } = explain(error, topic);
		const sign = topic.replace(/^Sign\/?/, '').slice(0, 64);
		const row = { id: account, sign, status, error: message, at: new Date() };
		recorded = recorded
			.then(() => tables.Rejection!.put(account, row, {} as Context))
			.catch((cause: unknown) => logger.error?.(`The refusal of a write by ${account} could not be recorded`, cause));
	});
}

/** One after another, so that the last refusal is the one that stays. */
let recorded: Promise<unknown> = Promise.resolve();

/** Of the errors without a status of their own two are the writer's. */
function explain(error: Error, topic: string): { status: number; message: string } {
	if ('statusCode' in error) return tellError(error);
	if (!topic.startsWith('Sign/')) return tellError(wrongTopic(topic));
	if (error instanceof SyntaxError) return { status: 400, message: 'payload must be a JSON object, got broken JSON' };
	return tellError(error);
}
