/**
 * A HEAD of signs reads none of them.
 *
 * Symptom: Harper ends the read transaction of a search when the rows have been read. The answer to a HEAD has no body, so
 * nobody reads them, and the transaction stays open for up to a minute: the store keeps what is removed meanwhile.
 * Test: test/faults/head.test.ts.
 * Depends on: the rows of a search have `onDone`, which ends its transaction.
 * Delete when Harper ends it.
 */
import type { Context } from 'harperdb';

/** Ends the search whose rows a HEAD would not send. */
export function withoutBody<R>(rows: R, context: Context): R | [] {
	const { onDone } = Object(rows) as { onDone?: () => void };
	if ((context as { method?: string }).method !== 'HEAD' || !onDone) return rows;
	onDone();
	return [];
}
