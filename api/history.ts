/**
 * The path `/History/<id>`: the latest changes of a sign, from Harper's own audit log. Only GET: a history is made by the
 * writes of its sign.
 */
import type { Context } from 'harperdb';
import { requireAnswerable } from '../harper-fixes/answer-types.ts';
import { entriesOf, type AuditEntry } from '../harper-fixes/audit-log.ts';
import { StaticResource } from '../harper-fixes/internals.ts';
import { storedEntry } from '../harper-fixes/read-snapshots.ts';
import { mayRead, requireAccount, seesAuthors } from '../sign/access.ts';
import { changesOf, type HistoryEntry, type LoggedWrite, type SignLog } from '../sign/history.ts';
import { Refusal } from '../sign/refusal.ts';
import { parseHistoryQuery } from './history-query.ts';
import { refuseWrites } from './read-only.ts';
import { idOf, type Target } from './request.ts';

/** The most changes in an answer. */
const MAX_CHANGES = 50;

/** A change for an account that does not see authors. */
type Anonymous = Omit<HistoryEntry, 'by'>;

const refuseWrite = refuseWrites('a history is read by GET; the writes of its sign make it');

export class History extends StaticResource {
	/**
	 * The latest changes, newest first; without `by` for viewers and devices. Undefined, which is answered with 404, for a
	 * sign that neither the table nor the log has.
	 * @throws {Refusal} 400 for a path without a valid id, or a wrong query; 401, 403 when the account may not read the
	 * sign; 406
	 */
	static async get(target: Target, context: Context): Promise<(HistoryEntry | Anonymous)[] | undefined> {
		requireAccount(context.user);
		const id = idOf(target, context);
		mayRead(context.user, id);
		if (!id) throw new Refusal('a history is that of one sign: GET /History/<id>');
		const { since, reports } = parseHistoryQuery(target.search);
		requireAnswerable(context);
		const log = await readLog(id);
		if (!log) return undefined;
		const withAuthors = seesAuthors(context.user);
		// both forms have the same address: a browser in which another account logs in must not take one for the other
		context.lastModified = log.version + (withAuthors ? 0 : 0.5);
		const changes = changesOf(log, reports).filter(({ at }) => since === undefined || Date.parse(at) > since);
		return changes.slice(0, MAX_CHANGES).map(withAuthors ? (change) => change : withoutAuthor);
	}

	static put = refuseWrite;
	static patch = refuseWrite;
	static post = refuseWrite;
	static publish = refuseWrite;
	static delete = refuseWrite;

	static async subscribe(): Promise<never> {
		throw new Refusal('a history has no topic: use GET /History/<id>', 404);
	}

	/** Called for a WebSocket. */
	static async connect(): Promise<never> {
		throw new Refusal('a history has no events: use GET, or the events of /Sign/<id>', 405);
	}
}

/**
 * Reads the log of the sign as far as it is read for an answer. The version is that of the latest write. Undefined for a
 * sign that neither the table nor the log has.
 */
async function readLog(id: string): Promise<(SignLog & { version: number }) | undefined> {
	const row = storedEntry('Sign', id);
	if (!row) return undefined;
	const { entries, isComplete } = await entriesOf(id);
	if (!row.value && !entries.length) return undefined;
	const revision = (row.value as { revision?: number } | null)?.revision;
	return { writes: entries.filter(isWrite), isComplete, revision, version: row.version };
}

/** Other entries of Harper, which change no field, are no writes. */
const isWrite = (entry: AuditEntry): entry is AuditEntry & LoggedWrite =>
	['patch', 'put', 'delete'].includes(entry.type);

const withoutAuthor = ({ at, change, revision }: HistoryEntry): Anonymous => ({ at, change, revision });
