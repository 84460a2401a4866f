/** Commits a write, and turns a failure into a refusal for the writer. Touches no row. */
import { logBurst } from '../harper-fixes/log-bursts.ts';
import { Refusal, SERVER_FAILED } from '../sign/refusal.ts';
import { requireSpace } from './space.ts';

/**
 * Runs `write` if there is space.
 * @throws {Refusal} 507 without space; 500 when the commit failed: the cause is in the log
 */
export async function commit<T>(write: () => Promise<T>): Promise<T> {
	requireSpace();
	try {
		return await write();
	} catch (cause) {
		const error = cause as Error & { commitError?: Promise<never> };
		if ('statusCode' in error) throw error;
		error.commitError?.catch(() => {}); // lmdb-js rejects it later; it is logged with the error
		logBurst('error', 'Writes that failed', 'A write failed', error);
		throw new Refusal(SERVER_FAILED, 500, { cause });
	}
}
