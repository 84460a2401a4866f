/** The history of a sign: what each stored write changed, made from the entries of the log of writes. Pure. */
import { CHANGED_AT, DEFAULTS, INITIAL, isRevision, type Change } from './fields.ts';

/** A write as the log has it. */
export interface LoggedWrite {
	/** A `patch` has the given fields, a `put` all of them, a `delete` none. */
	type: 'patch' | 'put' | 'delete';
	/** The timestamp of the write, in ms since 1970. */
	version: number;
	/** The account that wrote. */
	user?: string | undefined;
	/** The fields; `revision` of a patch is a number, or an increment. */
	value?: object | null | undefined;
}

/** What is known of a sign. */
export interface SignLog {
	/** In any order, each version once. */
	writes: LoggedWrite[];
	/** Whether the log goes back to the first write of the sign. */
	isComplete: boolean;
	/** The current revision of the sign; undefined for a removed one. */
	revision: number | undefined;
}

/** A change as readers get it. */
export interface HistoryEntry {
	/** When it was written, in UTC. */
	at: string;
	/** The account; null when the log does not have it. */
	by: string | null;
	/** The fields that were set; null for a removal. */
	change: Change | null;
	/** The revision after the change; null for a removal, and where the log does not go back far enough. */
	revision: number | null;
}

interface Step extends LoggedWrite {
	change: Change | null;
	revision: number | undefined;
}

/**
 * The changes of a sign, newest first.
 * @param withReports whether they have what the device reports: otherwise `online` and `shownRevision` are left out, and
 * changes that have nothing else
 */
export function changesOf({ writes, isComplete, revision }: SignLog, withReports: boolean): HistoryEntry[] {
	const steps = stepsOf(writes, isComplete);
	fillRevisions(steps, revision);
	const shown = steps.map((step) => ({ ...step, change: withReports ? step.change : withoutReports(step.change) }));
	return shown
		.filter(({ change }) => !change || Object.keys(change).length)
		.map(toEntry)
		.reverse();
}

/** In the order of their versions: the nodes of a cluster receive them in different orders. */
function stepsOf(writes: LoggedWrite[], isComplete: boolean): Step[] {
	let isAbsent = isComplete;
	let revision = isComplete ? 0 : undefined;
	return writes
		.toSorted((a, b) => a.version - b.version)
		.map((write) => {
			const isRemoval = removes(write);
			revision = isRemoval ? 0 : revisionAfter(write, revision);
			const change = isRemoval ? null : { ...(isAbsent && DEFAULTS), ...fieldsOf(write) };
			isAbsent = isRemoval;
			return { ...write, change, revision };
		});
}

/** Fills in the revisions that the log does not have, counting back from that of the current row, to the latest removal. */
function fillRevisions(steps: Step[], revision: number | undefined): void {
	let after = revision;
	for (const step of steps.toReversed()) {
		if (!step.change || step.revision !== undefined) return;
		step.revision = after;
		after = after === undefined ? undefined : after - incrementOf(step);
	}
}

/** A removal, also one that arrived below later writes, as harper-fixes/late-writes.ts stores it: a row of defaults. */
function removes({ type, value }: LoggedWrite): boolean {
	if (type !== 'put') return type === 'delete';
	const row = Object(value) as Record<string, unknown>;
	return row.revision === 0 && row[CHANGED_AT] === null && isEqual(fieldsOf({ type, value, version: 0 }), INITIAL);
}

const isEqual = (one: Record<string, unknown>, other: Record<string, unknown>) =>
	Object.keys(other).every((name) => one[name] === other[name]);

/** Only the fields that a client may send, on every node in the same order: Harper does not keep that of the write. */
function fieldsOf({ value }: LoggedWrite): Change {
	const given = new Map(Object.entries(Object(value)));
	return Object.fromEntries(
		Object.keys(INITIAL).flatMap((name) => (given.get(name) === undefined ? [] : [[name, given.get(name)]]))
	);
}

const withoutReports = (change: Change | null): Change | null =>
	change && Object.fromEntries(Object.entries(change).filter(([name]) => isRevision({ [name]: null })));

const revisionOf = ({ value }: LoggedWrite): unknown => Object(value).revision;

function revisionAfter(write: LoggedWrite, before: number | undefined): number | undefined {
	const revision = revisionOf(write);
	if (typeof revision === 'number') return revision;
	return before === undefined ? undefined : before + incrementOf(write);
}

function incrementOf(write: LoggedWrite): number {
	const { __op__, value } = Object(revisionOf(write)) as { __op__?: string; value?: number };
	return __op__ === 'add' ? value! : 0;
}

const toEntry = ({ version, user, change, revision }: Step): HistoryEntry => ({
	at: new Date(version).toISOString(),
	by: user ?? null,
	change,
	revision: change ? (revision ?? null) : null,
});
