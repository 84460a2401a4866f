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

const RULES: Record<string, (value: unknown) => boolean> = {
	message: (value) => isText(value, 256) && Array.from(value as string).every(isPrintable),
	color: (value) => typeof value === 'string' && /^#[0-9a-fA-F]{6}$/.test(value) && value.length === 7,
	brightness: (value) => isWhole(value, 0, 15),
	power: (value) => value === true || value === false,
	effect: (value) => value === 'static' || value === 'scroll' || value === 'blink',
	speed: (value) => isWhole(value, 1, 100),
	location: (value) => isText(value, 64),
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
