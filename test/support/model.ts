/**
 * What the README's contract says of a sequence of writes to one sign, in the plainest form that we could write. Pure, and
 * takes no rule from sign/fields.ts: two that were written apart must agree.
 */

/** The fields of a row but those that the server sets. */
export type Fields = Record<string, unknown>;

/** What a write does: all fields, some fields, none. */
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

const isText = (value: unknown, most: number) =>
	typeof value === 'string' && !/\p{Surrogate}/u.test(value) && Array.from(value).length <= most;
const isWhole = (value: unknown, least: number, most: number) =>
	typeof value === 'number' && Math.floor(value) === value && value >= least && value <= most;

/** Neither of Unicode's two blocks of control characters, C0 with DEL and C1. */
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

/** The fields of a payload that is valid for the sign; undefined for one that is refused. */
export function readPayload(text: string, id: string): Fields | undefined {
	let payload: unknown;
	try {
		payload = JSON.parse(text); // the reference for RFC 8259; of two values of one name the last one counts
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
	/** The fields after it; null when there is no such sign. */
	fields: Fields | null;
	/** Whether a field that writers set was written, and so the revision grows. */
	isRevision: boolean;
	/** A merge of no field into a sign that is there: no write, and no event. */
	isNothing?: boolean;
}

/** @param before the fields that the sign had; null for none */
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
