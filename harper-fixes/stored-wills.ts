/**
 * Harper's table of wills, which it publishes when it starts.
 * Part of last-wills.ts: delete them together.
 */
import { databases, type Context } from 'harperdb';
import { logBurst } from './log-bursts.ts';
import type { MqttSession, Will } from './internals.ts';
import { isConnected } from './mqtt/takeover.ts';

const wills = () => databases.system!.hdb_session_will!;

/** The wills of this thread's connections that have ended since the last call of `removeEndedWills`. */
let ended = new Map<MqttSession, Will>();
/** Those that had ended before: Harper has had the time to remove them. */
let due = new Map<MqttSession, Will>();

/** The key that Harper has stored the will with: under another one, the will would be there twice. */
const keyOf = ({ sessionId }: MqttSession, { id = sessionId }: Will) => id;

/** Whether a later connection of the session has its stored will under the same key. */
const isKeyShared = (key: ReturnType<typeof keyOf>) => typeof key === 'string';

/** Stores a will again if it is missing, and still needed. */
export async function restoreWill(session: MqttSession, will: Will, isNeeded: () => boolean): Promise<void> {
	try {
		const key = keyOf(session, will);
		const stored = await wills().get(key, {} as Context);
		if (!stored && isNeeded()) await wills().put(key, { ...will }, {} as Context);
	} catch (cause) {
		logBurst('error', 'Last wills that could not be kept', `The will of ${session.sessionId} could not be kept`, cause);
	}
}

/** Call it when the connection of a will has ended: `removeEndedWills` removes what Harper leaves. */
export const noteEnded = (session: MqttSession, will: Will) => void ended.set(session, will);

/**
 * Removes the stored wills of the connections that had ended at the call before. A client that is back may have its own under
 * the same key.
 */
export async function removeEndedWills(): Promise<void> {
	const now = due;
	due = ended;
	ended = new Map();
	for (const [session, will] of now)
		if (!isKeyShared(keyOf(session, will)) || !isConnected(session.sessionId)) await removeWill(session, will);
}

/** Removes a stored will, with the rights of the server. */
export async function removeWill(session: MqttSession, will: Will): Promise<void> {
	try {
		const key = keyOf(session, will);
		if (await wills().get(key, {} as Context)) await wills().delete(key, {} as Context);
	} catch (cause) {
		const { sessionId } = session;
		logBurst('error', 'Last wills that could not be removed', `The will of ${sessionId} could not be removed`, cause);
	}
}
