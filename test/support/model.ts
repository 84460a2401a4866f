/**
 * The contract for a sequence of writes to one sign, written again in the plainest form. Pure. It takes no rule and no default
 * from sign/fields.ts: the two must agree. A new field needs no line here: fields that the model does not know are not compared.
 */

/** The fields of a row, except those that the server sets. */
export type Fields = Record<string, unknown>;

/** A write sets all fields, sets some fields, or removes the sign. */
export type Verb = 'replace' | 'merge' | 'remove';

const WRITERS: Fields = {
	message: '',
	color: '#ffb000',
	brightness: 8,
	power: true,
	effect: 'static',
	speed: 20,
	location: '',
	notice: '',
	noticeUntil: null,
};
const DEVICES: Fields = { online: false, shownRevision: 0 };

/** The fields of a row that the model knows. */
export const knownFields = (row: object): Fields =>
	Object.fromEntries(Object.entries(row).filter(([name]) => name in WRITERS || name in DEVICES));

const isText = (value: unknown, max: number) =>
	typeof value === 'string' && !/\p{Surrogate}/u.test(value) && Array.from(value).length <= max;
const isWhole = (value: unknown, min: number, max: number) =>
	typeof value === 'number' && Math.floor(value) === value && value >= min && value <= max;

/** Whether it is outside of Unicode's control characters: C0, DEL and C1. */
const isPrintable = (character: string) => !(character < ' ' || (character >= '\x7f' && character <= '\x9f'));

/** The days of each month; the 29 of February only in a leap year. */
const DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const isLeapYear = (year: number) => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;

/** The time of a date-time with a zone, cut to ms, in ms since 1970; undefined if it is none. */
function timeOf(value: unknown): number | undefined {
	if (typeof value !== 'string') return undefined;
	const [, date = '', clock = '', zone = ''] = /^([0-9-]+)[Tt]([0-9:.]+)([Zz]|[+-][0-9:]+)$/.exec(value) ?? [];
	const numbers = (text: string, form: RegExp) => (form.test(text) ? text.match(/[0-9]+/g)!.map(Number) : undefined);
	const day = numbers(date, /^[0-9]{4}-[0-9]{2}-[0-9]{2}$/);
	const time = numbers(clock.replace(/\..*/, ''), /^[0-9]{2}:[0-9]{2}(:[0-9]{2})?$/);
	const offset = /^[Zz]$/.test(zone) ? [0, 0] : numbers(zone, /^[+-][0-9]{2}:[0-9]{2}$/);
	if (!day || !time || !offset || !/^[^.]*(:[0-9]{2}\.[0-9]+)?$/.test(clock.replace(/^[0-9]{2}:/, '')))
		return undefined;
	const [year = 0, month = 0, dayOfMonth = 0] = day;
	if (month < 1 || month > 12 || dayOfMonth < 1 || dayOfMonth > DAYS[month - 1]!) return undefined;
	if (month === 2 && dayOfMonth === 29 && !isLeapYear(year)) return undefined;
	const [hour = 0, minute = 0, second = 0] = time;
	if (hour > 23 || minute > 59 || second > 59 || offset[0]! > 23 || offset[1]! > 59) return undefined;
	const fraction = Math.floor(Number(`0.${`${clock.split('.')[1] ?? '0'}000`.slice(0, 3)}`) * 1000 + 0.5);
	const local = new Date(0);
	local.setUTCFullYear(year, month - 1, dayOfMonth);
	local.setUTCHours(hour, minute, second, fraction);
	const utc = local.getTime() - (zone.startsWith('-') ? -1 : 1) * (offset[0]! * 60 + offset[1]!) * 60_000;
	const utcYear = new Date(utc).getUTCFullYear();
	return utcYear >= 0 && utcYear <= 9999 ? utc : undefined;
}

const DAY = 24 * 60 * 60 * 1000;

const RULES: Record<string, (value: unknown) => boolean> = {
	message: (value) => isText(value, 256) && Array.from(value as string).every(isPrintable),
	color: (value) => typeof value === 'string' && /^#[0-9a-fA-F]{6}$/.test(value) && value.length === 7,
	brightness: (value) => isWhole(value, 0, 15),
	power: (value) => value === true || value === false,
	effect: (value) => value === 'static' || value === 'scroll' || value === 'blink',
	speed: (value) => isWhole(value, 1, 100),
	location: (value) => isText(value, 64),
	notice: (value) => RULES.message!(value),
	noticeUntil: (value) => value === null || (timeOf(value) ?? Infinity) <= Date.now() + 366 * DAY,
	online: (value) => value === true || value === false,
	shownRevision: (value) => isWhole(value, 0, 2 ** 53 - 1),
};

export const isId = (id: string) => id.length >= 1 && id.length <= 64 && /^[A-Za-z0-9_-]*$/.test(id);

/** The fields of a payload that is valid for the sign; undefined for a payload that must be refused. */
export function readPayload(text: string, id: string): Fields | undefined {
	let payload: unknown;
	try {
		payload = JSON.parse(text); // the reference for RFC 8259: of two values of one name the last counts
	} catch {
		return undefined;
	}
	if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return undefined;
	const change: Fields = {};
	for (const [name, value] of Object.entries(payload)) {
		if (name === 'id' ? value !== id : !(Object.hasOwn(RULES, name) && RULES[name]!(value))) return undefined;
		if (name === 'color') change.color = (value as string).toLowerCase();
		else if (name === 'noticeUntil' && value !== null) change[name] = new Date(timeOf(value)!).toISOString();
		else if (name !== 'id') change[name] = Object.is(value, -0) ? 0 : value;
	}
	return change;
}

export interface Outcome {
	isRefused: boolean;
	/** The fields after the write; null when there is no sign. */
	fields: Fields | null;
	/** Whether the write sets a field of writers, so that the revision grows. */
	isRevision: boolean;
	/** A merge of no field into a sign that exists: no write, and no event. */
	isNothing?: boolean;
}

/** @param before the fields before the write; null when there is no sign */
export function write(before: Fields | null, verb: Verb, text: string, id: string): Outcome {
	const refused = { isRefused: true, fields: before, isRevision: false };
	if (!isId(id)) return refused;
	if (verb === 'remove') return { isRefused: false, fields: null, isRevision: false };
	const change = readPayload(text, id);
	if (!change) return refused;
	const base = before ?? { ...WRITERS, ...DEVICES };
	const fields = { ...base, ...(verb === 'replace' && WRITERS), ...change };
	const isRevision = verb === 'replace' || Object.keys(change).some((name) => name in WRITERS);
	const isNothing = before !== null && verb === 'merge' && Object.keys(change).length === 0;
	return { isRefused: false, fields, isRevision, isNothing };
}
