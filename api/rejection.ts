/**
 * Records why an account's last MQTT write was refused: one row of the table `Rejection` for each account. MQTT 3.1.1
 * acknowledges a refused publish like an accepted one, and MQTT 5 answers only with a code. REST and WebSocket answer
 * the writer directly.
 */
import { tables, type Context } from 'harperdb';
import { logBurst } from '../harper-fixes/log-bursts.ts';
import { toPublisherError } from '../sign/refusal.ts';
import { commitAndAnnounce } from './announce.ts';
import { hasSpace } from './space.ts';

/**
 * Records why a publish was refused: by the rules of sign/, by Harper's roles, for an unknown topic, or because the
 * server failed.
 */
export function recordRejection(error: Error, topic = '', account?: string): void {
	if (!account) return;
	const { status, message } = toPublisherError(error, topic);
	const sign = topic.replace(/^Sign\/?/, '').slice(0, 64);
	waiting.set(account, { id: account, sign, status, error: message, at: new Date() });
	if (!isRecording) void recordAll();
}

/** By account: its newest refusal, if that is not recorded yet. */
const waiting = new Map<string, { id: string; sign: string; status: number; error: string; at: Date }>();

let isRecording = false;

const store = async (row: { id: string }): Promise<void> => {
	await tables.Rejection!.put(row.id, row, {} as Context);
};

/** Records one refusal after another, so that the last one remains. */
async function recordAll(): Promise<void> {
	isRecording = true;
	for (const [account, row] of waiting) {
		waiting.delete(account);
		try {
			if (hasSpace()) await commitAndAnnounce('Rejection', [account], () => store(row));
		} catch (cause) {
			logBurst('error', 'Refusals of writes that could not be recorded', `Not recorded: ${account}'s refusal`, cause);
		}
	}
	isRecording = false;
}
