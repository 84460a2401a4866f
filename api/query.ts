/** The query of a GET, or of a PATCH of several signs: checked, handed to Harper, its errors in the contract's words. */
import { logBurst } from '../harper-fixes/log-bursts.ts';
import { Refusal, SERVER_FAILED } from '../sign/refusal.ts';

/** A query as Harper has read it, from `target`. Without `conditions` Harper read it like the fields of a form. */
export type Query = URLSearchParams & { conditions?: unknown[]; select?: unknown };

/**
 * @returns the same query
 * @throws {Refusal} 400, for a query that Harper would take for no condition, which selects every sign
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

/** Changes a query that selects signs to one that selects their ids, whatever fields GET would answer. */
export function selectIds(query: Query): Query {
	// with conditions Harper does not read the text again, and a select of one field gives the bare values
	return Object.assign(query, { conditions: query.conditions ?? [...query], select: 'id' });
}

/**
 * Runs a query of a client.
 * @throws {Refusal} 400, for a query that Harper cannot read; 500 for a failure of the server, which the log has
 */
export async function runQuery<T>(query: () => T): Promise<Awaited<T>> {
	try {
		return await query();
	} catch (cause) {
		const error = cause as Error;
		// Harper calls a field that no sign has, or that it cannot sort by, not found
		const isField = (error as Partial<Refusal>).statusCode === 404;
		if ('statusCode' in error && !isField) throw error;
		// its errors about conditions that do not fit together have no class of their own
		const isOfQuery = isField || (error.constructor === Error && /condition|operator/.test(error.message));
		const isSyntax = isOfQuery || error instanceof URIError || error.constructor.name === 'SyntaxViolation';
		if (isSyntax) throw new Refusal(`query must be one of Harper's: ${error.message}`, 400, { cause });
		logBurst('error', 'Queries that failed', 'A query failed', error);
		throw new Refusal(SERVER_FAILED, 500, { cause });
	}
}
