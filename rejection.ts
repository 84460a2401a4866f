/**
 * Why an account's last MQTT write was refused: one row of the table `Rejection` for each account. MQTT 3.1.1 answers
 * a refused publish as an accepted one, MQTT 5 with a bare code; REST and WebSocket tell the writer directly.
 */
import { tables, type Context } from 'harperdb';
import { commitInTime } from './api/announce.ts';
import { tellError, wrongTopic } from './answer.ts';
import { logBurst } from './log-bursts.ts';
import { mqttServer } from './mqtt.ts';
import { hasSpace } from './space.ts';

/**
 * Records the publishes that Harper refuses before it has handed them over (publish.ts), such as broken JSON. To be called
 * once for each thread.
 */
export function recordRejections(): void {
	mqttServer()?.events.on('error', (error, _socket, packet, session) => {
		if (packet?.cmd === 'publish') recordRejection(error, packet.topic, session?.user?.username);
	});
}

/** Records why a publish was refused, whatever refused it: our rules, Harper's roles, an unknown topic, a failure. */
export function recordRejection(error: Error, topic = '', account?: string): void {
	if (!account) return;
	const { status, message } = explain(error, topic);
	const sign = topic.replace(/^Sign\/?/, '').slice(0, 64);
	waiting.set(account, { id: account, sign, status, error: message, at: new Date() });
	if (!isRecording) void recordAll();
}

/** By account: the newest refusal, which is not recorded yet. */
const waiting = new Map<string, { id: string; sign: string; status: number; error: string; at: Date }>();

let isRecording = false;

const store = async (row: { id: string }): Promise<void> => {
	await tables.Rejection!.put(row.id, row, {} as Context);
};

/** One after another, so that the last refusal is the one that stays. */
async function recordAll(): Promise<void> {
	isRecording = true;
	for (const [account, row] of waiting) {
		waiting.delete(account);
		try {
			if (hasSpace()) await commitInTime('Rejection', [account], () => store(row));
		} catch (cause) {
			logBurst('error', 'Refusals of writes that could not be recorded', `Not recorded: ${account}'s refusal`, cause);
		}
	}
	isRecording = false;
}

/** What a publisher is told. Of the errors without a status of their own two are the writer's. */
export function explain(error: Error, topic = ''): { status: number; message: string } {
	if ('statusCode' in error) return tellError(error);
	if (!topic.startsWith('Sign/')) return tellError(wrongTopic(topic));
	if (error instanceof SyntaxError) return { status: 400, message: 'payload must be a JSON object, got broken JSON' };
	return tellError(error);
}
