/**
 * Why an account's last MQTT write was refused: one row of the table `Rejection` for each account. MQTT 3.1.1 answers
 * a refused publish as an accepted one, MQTT 5 with a bare code; REST and WebSocket tell the writer directly.
 */
import { server, tables, type Context } from 'harperdb';
import type { User } from './access.ts';
import { Refusal } from './sign.ts';

/** What Harper's MQTT server emits with an error: the packet that failed and the session that sent it. */
interface Packet {
	cmd?: string;
	topic?: string;
}
interface MqttServer {
	events: {
		on(
			event: 'error',
			listener: (error: Error, socket: unknown, packet?: Packet, session?: { user: User }) => void
		): void;
	};
}

/**
 * Records every refused publish, whatever refused it: our rules, Harper's roles, an unknown topic, broken JSON.
 * To be called once for each thread.
 */
export function recordRejections(): void {
	const { mqtt } = server as unknown as { mqtt?: MqttServer };
	mqtt?.events.on('error', (error, _socket, packet, session) => {
		const account = session?.user?.username;
		if (packet?.cmd !== 'publish' || !account) return;
		const { status, reason } = explain(error, packet.topic ?? '');
		const row = { sign: signOf(packet.topic ?? ''), status, error: reason, at: new Date() };
		tables
			.Rejection!.put(account, { id: account, ...row }, {} as Context)
			.catch((cause: unknown) => logger.error?.(`The refusal of a write by ${account} could not be recorded`, cause));
	});
}

const signOf = (topic: string) => topic.replace(/^Sign\/?/, '').slice(0, 64);

function explain(error: Error, topic: string): { status: number; reason: string } {
	if (!topic.startsWith('Sign/'))
		return { status: 404, reason: `topic must be Sign/<id>, got ${JSON.stringify(topic)}` };
	if (error instanceof SyntaxError) return { status: 400, reason: 'payload must be a JSON object, got broken JSON' };
	const { statusCode } = error as Partial<Refusal>;
	// Without a status it is a failure of the server's: the log has it, the writer gets nothing of the inside.
	return statusCode
		? { status: statusCode, reason: error.message }
		: { status: 500, reason: 'the server failed: try again' };
}
