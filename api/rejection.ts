/**
 * Records why an account's last MQTT write was refused: one row of the table `Rejection` for each account. MQTT 3.1.1
 * acknowledges a refused publish like an accepted one, and many clients of MQTT 5 drop the reason. REST and WebSocket answer
 * the writer directly.
 */
import { tables } from 'harperdb';
import { logBurst } from '../harper-fixes/log-bursts.ts';
import { contextAfter } from '../harper-fixes/timestamps.ts';
import { toPublisherError } from '../sign/refusal.ts';
import { commitAndAnnounce } from './announce.ts';
import { hasSpace } from './space.ts';

interface Row {
	id: string;
	sign: string;
	status: number;
	error: string;
	at: Date;
}

/** By account: its newest refusal that is not recorded yet, and who waits for that. */
const waiting = new Map<string, { row: Row; done: () => void; recorded: Promise<void> }>();

let isRecording = false;

/**
 * Records why a publish was refused: by the rules of sign/, by Harper's roles, for an unknown topic, or because the
 * server failed. Of refusals that wait, only the newest one of an account is recorded.
 * @returns when it is recorded, or a newer one; also when that fails, which the log then has
 */
export function recordRejection(error: Error, topic = '', account?: string): Promise<void> {
	if (!account) return Promise.resolve();
	const { status, message } = toPublisherError(error, topic);
	const sign = topic.replace(/^Sign\/?/, '').slice(0, 64);
	const row = { id: account, sign, status, error: message, at: new Date() };
	const before = waiting.get(account);
	if (before) {
		before.row = row;
		return before.recorded;
	}
	const { promise: recorded, resolve: done } = Promise.withResolvers<void>();
	waiting.set(account, { row, done, recorded });
	if (!isRecording) void recordAll();
	return recorded;
}

/** Records one refusal after another, so that the last one remains. */
async function recordAll(): Promise<void> {
	isRecording = true;
	for (const [account, { row, done }] of waiting) {
		waiting.delete(account);
		try {
			if (hasSpace()) await commitAndAnnounce('Rejection', [account], () => store(row));
		} catch (cause) {
			logBurst('error', 'Refusals of writes that could not be recorded', `Not recorded: ${account}'s refusal`, cause);
		}
		done();
	}
	isRecording = false;
}

const store = async (row: Row): Promise<void> => {
	await tables.Rejection!.put(row.id, row, contextAfter(row.id, 'Rejection'));
};
