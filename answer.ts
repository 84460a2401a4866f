/**
 * What a client is told of an error: the words of a refusal; of a failure of the server's own nothing of the inside, which
 * is in the log. Touches no table.
 */
import { logBurst } from './log-bursts.ts';
import { Refusal, shown } from './sign.ts';

/** The refusal of a topic that no sign has. */
export const wrongTopic = (topic: string) => new Refusal(`topic must be Sign/<id>, got ${shown(topic)}`, 404);

/** What is told of a failure of the server's own. */
export const SERVER_FAILED = 'the server failed: try again';

/** An error as a writer is told it: the words of a refusal; of a failure of the server's own nothing of the inside. */
export function tellError(error: Error): { status: number; message: string } {
	const { statusCode } = error as Partial<Refusal>;
	return statusCode ? { status: statusCode, message: error.message } : { status: 500, message: SERVER_FAILED };
}

/** An error as a WebSocket is told it. */
export function errorEvent(error: Error) {
	const told = tellError(error);
	if (told.status === 500) logBurst('error', 'WebSocket writes that failed', 'A WebSocket write failed', error);
	return { type: 'error', ...told };
}

/**
 * Asks Harper a query of the client's.
 * @throws {Refusal} 400, for one that Harper cannot read: its error has no status. Of a failure nothing is told
 */
export async function ask<T>(query: () => T): Promise<Awaited<T>> {
	try {
		return await query();
	} catch (cause) {
		const error = cause as Error;
		// Harper calls a field that no sign has, or that it cannot sort by, not found
		const isField = (error as Partial<Refusal>).statusCode === 404;
		if ('statusCode' in error && !isField) throw error;
		// its errors about conditions that do not fit together have no name of their own
		const isOfQuery = isField || (error.constructor === Error && /condition|operator/.test(error.message));
		const isSyntax = isOfQuery || error instanceof URIError || error.constructor.name === 'SyntaxViolation';
		if (isSyntax) throw new Refusal(`query must be one of Harper's: ${error.message}`, 400, { cause });
		logBurst('error', 'Queries that failed', 'A query failed', error);
		throw new Refusal(SERVER_FAILED, 500, { cause });
	}
}
