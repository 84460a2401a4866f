/**
 * Whether a sign matches the conditions of a query, with the meaning that they have in Harper's GET. Pure.
 *
 * Harper has no function for one row. It parses a query and converts the values to the types of the fields; this file
 * compares them as Harper's search does (`filterByType`, read in its source). A test compares the two over generated
 * queries: test/contract/selected-streams.test.ts.
 */
import { FIELDS, type SignRow } from './fields.ts';
import { Refusal } from './refusal.ts';

/** A condition as Harper has prepared it, or a group of them. A simple query has pairs of a field and a value. */
export interface Condition {
	attribute?: string | string[] | null;
	comparator?: string;
	value?: unknown;
	0?: string;
	1?: unknown;
	conditions?: Condition[];
	operator?: string;
	chainedConditions?: unknown[];
}

export type Matcher = (row: Partial<SignRow>) => boolean;

type Comparison = (field: unknown, value: unknown) => boolean;

const isEqual: Comparison = (field, value) => field === value;
const differs: Comparison = (field, value) => compare(field, value) !== 0;

/** By the names that Harper's parser gives them. */
const COMPARISONS: Record<string, Comparison | undefined> = {
	equals: isEqual,
	eq: isEqual,
	ne: differs,
	not_equal: differs,
	lt: (field, value) => compare(field, value) < 0,
	le: (field, value) => compare(field, value) <= 0,
	gt: (field, value) => compare(field, value) > 0,
	ge: (field, value) => compare(field, value) >= 0,
	greater_than: (field, value) => compare(field, value) > 0, // Harper's condition of an empty query: id > true
	sw: (field, value) => typeof field === 'string' && field.startsWith(String(value)),
	starts_with: (field, value) => typeof field === 'string' && field.startsWith(String(value)),
	ct: (field, value) => field !== null && String(field).includes(String(value)),
	ew: (field, value) => field !== null && String(field).endsWith(String(value)),
};

/** @throws {Refusal} 400, for a part of a query that does not select by the row alone */
export const notOfStream = (part: string) =>
	new Refusal(
		`the query of a stream has no ${part}: it has conditions with =, ==, !=, <, <=, >, >=, =sw=, =ct= or =ew=, ` +
			'joined by & or by |, in round brackets'
	);

/**
 * @param conditions with values that have the types of their fields
 * @param operator how they are joined: `or`; otherwise all of them must match
 * @throws {Refusal} 400, for a comparison that a stream does not have
 */
export function matcherOf(conditions: Condition[], operator?: string): Matcher {
	const matchers = conditions.map((condition) =>
		condition.conditions ? matcherOf(condition.conditions, condition.operator) : toMatcher(condition)
	);
	if (matchers.length === 1) return matchers[0]!;
	if (operator === 'or') return (row) => matchers.some((matches) => matches(row));
	return (row) => matchers.every((matches) => matches(row));
}

function toMatcher(condition: Condition): Matcher {
	const field = fieldOf(condition);
	const { comparator = 'equals' } = condition;
	if (condition.chainedConditions) throw notOfStream('chained condition');
	const comparison = Object.hasOwn(COMPARISONS, comparator) ? COMPARISONS[comparator] : undefined;
	if (!comparison) throw notOfStream(`comparison ${comparator}`);
	const value = plain(1 in condition ? condition[1] : condition.value);
	return (row) => comparison(plain(row[field]), value);
}

/** The field of a condition; Harper has no name for the primary key in some of them. */
function fieldOf(condition: Condition): keyof SignRow {
	const name = condition[0] ?? condition.attribute ?? 'id';
	const field = FIELDS.find((field) => field === String(name));
	if (!field) throw notOfStream(`field ${String(name).slice(0, 60)}`);
	return field;
}

/** Harper compares dates as numbers. */
const plain = (value: unknown) => (value instanceof Date ? value.getTime() : value);

/** The order of types in Harper's indices. Texts are ordered by their UTF-16 units. */
const ORDER = ['undefined', 'object', 'boolean', 'number', 'string'];

function compare(a: unknown, b: unknown): number {
	if (typeof a !== typeof b) return ORDER.indexOf(typeof a) - ORDER.indexOf(typeof b);
	if (a === b) return 0;
	return (a as string) < (b as string) ? -1 : 1;
}
