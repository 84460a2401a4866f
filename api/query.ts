/** Runs the query of a GET, a PATCH or a stream of signs in Harper, and turns Harper's errors into refusals. */
import { logBurst } from '../harper-fixes/log-bursts.ts';
import { FIELDS } from '../sign/fields.ts';
import { matcherOf, notOfStream, type Condition } from '../sign/matcher.ts';
import { Refusal, SERVER_FAILED } from '../sign/refusal.ts';
import { FUNCTION_PARTS } from './query-brackets.ts';
import { FUNCTIONS, type Query } from './query-checks.ts';
import { Selection } from './selection.ts';

/**
 * Changes the query of a GET so that it selects all fields of a sign, unless the client selects some. A sign that was
 * stored before a field has null for it.
 */
export function selectFields<Q extends { select?: unknown }>(query: Q): Q {
	if (query.select === undefined) query.select = FIELDS;
	else if (Array.isArray(query.select)) Object.assign(query.select, { forceNulls: true });
	return query;
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
		if (cause instanceof Refusal) throw cause;
		const error = cause as Error & { statusCode?: number };
		const { statusCode = 500 } = error;
		if (statusCode !== 400 && statusCode !== 404 && 'statusCode' in error) throw error;
		// its errors for conditions that contradict each other have no class of their own
		const isContradiction = error.constructor === Error && /condition|operator/.test(error.message);
		const isSyntax = error instanceof URIError || error.constructor.name === 'SyntaxViolation';
		if ('statusCode' in error || isContradiction || isSyntax)
			throw new Refusal(`query must consist of conditions, ${FUNCTIONS}: ${error.message}`, 400, { cause });
		logBurst('error', 'Queries that failed', 'A query failed', error);
		throw new Refusal(SERVER_FAILED, 500, { cause });
	}
}

/**
 * The signs that the query of a stream selects.
 * @param search Harper's search. With `explain` it returns the conditions, with values of the types of their fields
 * @throws {Refusal} 400 for a query that a stream cannot have
 */
export async function selectFor(
	parse: () => Query,
	search: (query: Query & { explain?: boolean }) => unknown
): Promise<Selection> {
	const run = (query: Query, explain: boolean) => search(Object.assign(selectIds(query), { explain }));
	const query = await runQuery(parse);
	for (const part of FUNCTION_PARTS) if (Object.hasOwn(query, part)) throw notOfStream(part);
	const explained = await runQuery(() => run(query, true));
	const { conditions, operator } = explained as { conditions: Condition[]; operator?: string };
	const readIds = async () => {
		// Harper does not mind values that it has converted before
		const ids = await runQuery(() => Array.fromAsync(run(query, false) as AsyncIterable<string>));
		query.conditions = undefined; // Harper keeps the query as long as the stream, and needs it no more
		return ids;
	};
	return new Selection(matcherOf(conditions, operator), readIds);
}
