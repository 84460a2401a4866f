/**
 * The query of a GET, or of a PATCH of several signs: checks it, runs it in Harper, and turns Harper's errors into
 * refusals.
 */
import { logBurst } from '../harper-fixes/log-bursts.ts';
import { Refusal, SERVER_FAILED } from '../sign/refusal.ts';

/** A query as Harper has parsed it. Without `conditions` Harper has parsed it like the fields of a form. */
export type Query = URLSearchParams & { conditions?: unknown[]; select?: unknown };

/**
 * @returns the same query
 * @throws {Refusal} 400, for a query that Harper would ignore: it would select every sign
 */
export function checkQuery(search: string): string {
	const wrong = (rule: string) => new Refusal(`query must ${rule}, got ?${search.slice(0, 60)}`);
	try {
		decodeURIComponent(search);
	} catch {
		throw wrong('be percent-encoded UTF-8');
	}
	if (/limit\((?!\d+(?:,\d+)?\))/.test(search)) throw wrong('limit by numbers');
	return search;
}

/** Changes a query so that it selects only the ids of the signs, whatever fields it names. */
export function selectIds(query: Query): Query {
	// with `conditions` Harper does not parse the text again; with a single field in `select` it returns plain values
	return Object.assign(query, { conditions: query.conditions ?? [...query], select: 'id' });
}

/**
 * Runs a client's query.
 * @throws {Refusal} 400 for a query that Harper cannot run; 500 when the server fails: the cause is in the log
 */
export async function runQuery<T>(query: () => T): Promise<Awaited<T>> {
	try {
		return await query();
	} catch (cause) {
		const error = cause as Error;
		// Harper's error is 404 for a field that no sign has, or that it cannot sort by
		const isField = (error as Partial<Refusal>).statusCode === 404;
		if ('statusCode' in error && !isField) throw error;
		// its errors for conditions that contradict each other have no class of their own
		const isOfQuery = isField || (error.constructor === Error && /condition|operator/.test(error.message));
		const isSyntax = isOfQuery || error instanceof URIError || error.constructor.name === 'SyntaxViolation';
		if (isSyntax) throw new Refusal(`query must be one of Harper's: ${error.message}`, 400, { cause });
		logBurst('error', 'Queries that failed', 'A query failed', error);
		throw new Refusal(SERVER_FAILED, 500, { cause });
	}
}
