/** What a query may contain: checks its text before Harper parses it, and what Harper has parsed. Pure. */
import { sortOf, type Conditions, type Sort } from '../harper-fixes/sorted-queries.ts';
import { FIELDS, SELECTABLE } from '../sign/fields.ts';
import { Refusal } from '../sign/refusal.ts';
import { FUNCTION_PARTS, hasFunctionBesideOr, hasFunctionInGroup, hasOpenBracket } from './query-brackets.ts';
import { checkValues } from './query-values.ts';

/** A query as Harper has parsed it. Without `conditions` Harper has parsed it like the fields of a form. */
export type Query = URLSearchParams &
	Conditions & { select?: unknown; sort?: unknown; limit?: number; offset?: number; parseError?: Error };

export const FUNCTIONS = 'select(<field>), sort(<field>), sort(-<field>), limit(<count>), limit(<from>,<to>)';

const wrongQuery = (rule: string, search: string) =>
	new Refusal(`query must ${rule}, got ?${search.replace(/^\?/, '').slice(0, 60)}`);

/**
 * How many fields a query may name in its conditions, `sort` and `select` together, and how many brackets it may open.
 * Harper reads the table once for each condition beside `|` whose field has no index, and the thread answers nobody
 * meanwhile. A stream compares each changed sign with all of its conditions.
 */
const MAX_PARTS = 100;

/**
 * @returns the same query
 * @throws {Refusal} 400, for a query that is too long, or that Harper would ignore: it would select every sign
 */
export function checkQuery(search: string): string {
	try {
		decodeURIComponent(search);
	} catch {
		throw wrongQuery('be percent-encoded UTF-8', search);
	}
	if (/limit\((?!\d+(?:,\d+)?\))/.test(search)) throw wrongQuery('limit by numbers', search);
	const brackets = search.match(/[([{]/g)?.length ?? 0;
	if (brackets > MAX_PARTS) throw wrongQuery(`have at most ${MAX_PARTS} brackets`, search);
	if (/(?:^|&)select\(\)/.test(search)) throw wrongQuery('select fields', search);
	if (hasOpenBracket(search)) throw wrongQuery(`consist of conditions, ${FUNCTIONS}, and close its brackets`, search);
	if (hasFunctionBesideOr(search)) throw wrongQuery('join select, sort and limit by &', search);
	return search;
}

/**
 * @returns the same query
 * @throws {Refusal} 400, for a query that Harper cannot read, that names anything but fields of a sign, or too many
 */
export function checkFields(query: Query): Query {
	if (query.parseError) throw query.parseError;
	const [names, selected] = [namesIn(query), selectedIn(query)];
	const count = names.length + selected.length;
	if (count > MAX_PARTS) throw new Refusal(`query must name fields at most ${MAX_PARTS} times, got ${count}`);
	const wrong =
		names.find((name) => !(FIELDS as string[]).includes(name)) ?? selected.find((name) => !SELECTABLE.includes(name));
	if (wrong === undefined) return checkConditions(query);
	const isFunction = (FUNCTION_PARTS as readonly string[]).includes(wrong);
	const instead = isFunction ? `write ${FUNCTIONS}` : `a sign has ${FIELDS.join(', ')}`;
	throw new Refusal(`query must name fields of a sign, got ${JSON.stringify(wrong.slice(0, 60))}: ${instead}`);
}

function checkConditions(query: Query): Query {
	if (hasFunctionInGroup(query)) throw new Refusal('query must have select, sort and limit outside of brackets');
	checkValues(query.conditions ?? query);
	return query;
}

/**
 * One sign is addressed by its id: a query can only choose its fields.
 * @throws {Refusal} 400, for a query that would select signs
 */
export function checkQueryOfOne(query: Query, search: string): void {
	const { conditions, limit } = query;
	if (![...(conditions ?? query.keys())].length && !sortOf(query) && limit === undefined) return;
	throw wrongQuery('stand on /Sign/, only select(<field>) may stand on one sign', search);
}

/** @throws {Refusal} 400, for a query where it would be ignored */
export function refuseQuery(search: string | undefined): void {
	if (search)
		throw new Refusal(
			`only a GET, a PATCH or a stream of /Sign/ or a GET of /History/<id> has a query, got ?${search.slice(0, 60)}`
		);
}

/** The names that a query has where fields of a sign stand, in conditions and `sort`. */
const namesIn = (query: Query): string[] => [
	...(query.conditions?.flatMap(namesInCondition) ?? query.keys()),
	...namesInSort(sortOf(query)),
];

const selectedIn = ({ select }: Query): string[] => (select === undefined ? [] : [select].flat().map(toName));

/** A condition, or a group of them. A chained condition has the field of the one before it. */
function namesInCondition(condition: unknown): string[] {
	const { conditions, attribute } = condition as Conditions & { attribute?: unknown };
	return conditions ? conditions.flatMap(namesInCondition) : [toName(attribute)];
}

const namesInSort = (sort: Sort | undefined): string[] =>
	sort ? [toName(sort.attribute), ...namesInSort(sort.next)] : [];

/** A name with dots is an array; one with a property list, `location{x}`, is an array with a name. */
function toName(name: unknown): string {
	if (Array.isArray(name)) return [...(Object(name).name ? [Object(name).name] : []), ...name].map(toName).join('.');
	return String(name);
}
