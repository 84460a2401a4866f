/** The query of a history: `since` and `reports`. Pure. */
import { toUtc } from '../sign/date-time.ts';
import { Refusal, shown } from '../sign/refusal.ts';

const PARAMETERS = 'since=<date-time with zone>, reports=true';

export interface HistoryQuery {
	/** Only changes after it, in ms since 1970. */
	since: number | undefined;
	/** Whether the answer has what the device reports. */
	reports: boolean;
}

/** @throws {Refusal} 400 for another parameter, one that is given twice, or a wrong value */
export function parseHistoryQuery(search = ''): HistoryQuery {
	const query = new URLSearchParams(search);
	for (const name of query.keys()) {
		if (name !== 'since' && name !== 'reports')
			throw new Refusal(`query must consist of ${PARAMETERS}, got ${shown(name)}`);
		if (query.getAll(name).length > 1) throw new Refusal(`query must have ${name} once, got ?${search.slice(0, 60)}`);
	}
	return { since: toTime(query.get('since')), reports: toBoolean(query.get('reports')) };
}

function toTime(text: string | null): number | undefined {
	if (text === null) return undefined;
	const utc = toUtc(text);
	if (utc) return Date.parse(utc);
	throw new Refusal(
		`since must be a date-time with zone, such as 2026-01-31T12:00:00Z (in a query + is %2B), got ${shown(text)}`
	);
}

function toBoolean(text: string | null): boolean {
	if (text === null || text === 'false') return false;
	if (text === 'true') return true;
	throw new Refusal(`reports must be true or false, got ${shown(text)}`);
}
