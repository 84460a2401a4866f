/**
 * Reads what Harper's audit log has of one sign.
 *
 * Symptom: `getHistory` and `getHistoryOfRecord` rebuild the whole row for each entry, from the entries after it: 1,000
 * entries take seconds. Neither has a limit, and the first one reads the log of all tables.
 * Test: test/contract/history.test.ts.
 * Check: none, because it shows in the time that 1,000 writes of one row take to be read, which depends on the machine.
 * Depends on: a subscription of one record with `previousCount` and `rawEvents` begins with the latest entries of that
 * record, as they are stored, and with all that the log has of each.
 * Delete when `getHistoryOfRecord` has a limit, and returns the entries as they are stored.
 */
import { table, type AuditEntry } from './internals.ts';

export type { AuditEntry };

/** The most entries that Harper reads for a subscription. */
const MAX_ENTRIES = 1_000;

/**
 * The latest entries of a sign, at most MAX_ENTRIES, in the order in which they arrived at this node.
 * @returns them, and whether the first of them is the first write of the sign
 */
export async function entriesOf(id: string): Promise<{ entries: AuditEntry[]; isComplete: boolean }> {
	const request = { url: `/${id}`, previousCount: MAX_ENTRIES, rawEvents: true };
	const events = await table('Sign').subscribe(request, {});
	const entries: AuditEntry[] = [];
	events.on('data', (event) => {
		// an event of a later commit has no previousLocalTime
		if ('previousLocalTime' in event) entries.push(event as AuditEntry);
	});
	events.end();
	return { entries, isComplete: entries.length > 0 && !entries[0]!.previousLocalTime };
}
