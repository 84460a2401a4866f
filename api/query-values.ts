/** Whether the values of a query can be values of their fields. Pure. */
import type { Conditions } from '../harper-fixes/sorted-queries.ts';
import { toUtc } from '../sign/date-time.ts';
import { INITIAL } from '../sign/fields.ts';
import { Refusal, shown } from '../sign/refusal.ts';

/** A condition as Harper has parsed it. A chained condition has the field of the one before it. */
interface Compared extends Conditions {
	attribute?: unknown;
	comparator?: string;
	value?: unknown;
	chainedConditions?: Compared[];
}

/** They compare the text of a value. */
const OF_TEXT = ['sw', 'starts_with', 'ct', 'contains', 'ew', 'ends_with'];

const EXAMPLES: Record<string, unknown> = { ...INITIAL, revision: 0 };

/**
 * A value that no sign can have would select nothing, or everything.
 * @throws {Refusal} 400, with the rule
 */
export function checkValues(conditions: Iterable<unknown>): void {
	for (const condition of conditions) {
		if (Array.isArray(condition)) checkValue(String(condition[0]), condition[1]);
		else checkCondition(condition as Compared);
	}
}

function checkCondition(condition: Compared, field = String(condition.attribute)): void {
	const { conditions, comparator = 'equals', value, chainedConditions = [] } = condition;
	if (conditions) return checkValues(conditions);
	if (!OF_TEXT.includes(comparator)) checkValue(field, value);
	else if (isMissing(field, value)) refuse(field, 'a part of its value', value);
	for (const chained of chainedConditions) checkCondition(chained, field);
}

function checkValue(field: string, value: unknown): void {
	const type = typeof EXAMPLES[field];
	if (type === 'boolean' && !/^(?:true|false)$/i.test(String(value))) refuse(field, 'true or false', value);
	if (type === 'number' && !isNumber(value)) refuse(field, 'a number', value);
	if (field === 'noticeUntil' && value !== null && (typeof value !== 'string' || toUtc(value) !== value))
		refuse(field, 'null, or a time as a sign has it: 2026-01-31T11%3A00%3A00.000Z', value);
	if (field === 'updatedAt' && !isTime(value)) refuse(field, 'a date, or milliseconds since 1970', value);
}

/** Harper reads these texts as a missing value where the field is no text, and fails. */
const isMissing = (field: string, value: unknown) =>
	typeof EXAMPLES[field] !== 'string' && (value === '' || (value === 'null' && field !== 'id'));

const isNumber = (value: unknown) =>
	typeof value === 'number'
		? Number.isFinite(value)
		: typeof value === 'string' && /^[+-]?[\d.]+(?:e[+-]?\d+)?$/i.test(value);

/** Harper reads a text of digits as milliseconds. */
function isTime(value: unknown): boolean {
	if (typeof value !== 'string') return value instanceof Date && !isNaN(value.getTime());
	return value !== '' && !isNaN(new Date(isNumber(value) ? Number(value) : value).getTime());
}

function refuse(field: string, rule: string, value: unknown): never {
	throw new Refusal(`query must compare ${field} with ${rule}, got ${shown(value)}`);
}
