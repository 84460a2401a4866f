/**
 * What a sign may show: its fields, their rules and defaults, and the words in which a wrong value is refused.
 * Pure: no Harper, no I/O. A new field is one line in each of three places: its rule and default here, its type in
 * schema.graphql, its control in web/fields.js. Signs that were stored before have it too, with its default (completion.ts).
 */
import { z } from 'zod';

/** A refusal that the client caused and can mend. `statusCode` is what Harper answers over HTTP. */
export class Refusal extends Error {
	override name = 'Refusal';
	statusCode: number;
	constructor(message: string, statusCode = 400, options?: ErrorOptions) {
		super(message, options);
		this.statusCode = statusCode;
	}
}

/** Length in code points, as the contract counts: an emoji is one, not two UTF-16 units. */
const codePoints = (text: string) => [...text].length;

/** A lone surrogate has no UTF-8 form: it would be stored as another character than the one that was sent. */
const text = (most: number, rule: string) =>
	z.string(rule).refine((value) => value.length <= 2 * most && value.isWellFormed() && codePoints(value) <= most, rule);

const wholeNumber = (least: number, most: number) => {
	const rule = `must be a whole number from ${least} to ${most}`;
	return z.int(rule).min(least, rule).max(most, rule);
};

const MESSAGE_RULE = 'must be a string of at most 256 characters without control characters';
const COLOR_RULE = 'must be a string of the form #rrggbb';

const message = text(256, MESSAGE_RULE).refine((value) => !/\p{Cc}/u.test(value), MESSAGE_RULE);
const color = z
	.string(COLOR_RULE)
	.regex(/^#[0-9a-f]{6}$/i, COLOR_RULE)
	.toLowerCase();

/** The fields that writers set: rule and default of each. Replacing a sign sets those that are missing to their default. */
const settable = {
	message: message.default(''),
	color: color.default('#ffb000'),
	brightness: wholeNumber(0, 15).default(8),
	power: z.boolean('must be true or false').default(true),
	effect: z.enum(['static', 'scroll', 'blink'], 'must be one of "static", "scroll", "blink"').default('static'),
	speed: wholeNumber(1, 100).default(20),
	location: text(64, 'must be a string of at most 64 characters').default(''),
};

/** The fields that the sign's own device reports. No write of a writer touches them. */
const reported = {
	shownRevision: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
	online: z.boolean('must be true or false').default(false),
};

const Sent = z.strictObject({ ...settable, ...reported });

/** Some of the fields that a client may send, valid. */
export type Change = Partial<z.output<typeof Sent>>;

/** Fields that the server alone sets. */
interface Kept {
	id: string;
	revision: number;
	updatedAt: Date;
}

/** A complete row, as everyone reads and hears it. */
export type SignRow = Required<Change> & Kept;

/** The same as a client gets it, in JSON. */
export type ToldRow = Omit<SignRow, 'updatedAt'> & { updatedAt: string };

export const DEFAULTS = z.strictObject(settable).parse({});

/** What a new sign has, if its first write does not say otherwise. */
export const INITIAL = Sent.parse({});

/** All fields of a row. */
export const FIELDS = ['id', ...Object.keys(INITIAL), 'revision', 'updatedAt'] as (keyof SignRow)[];

const KNOWN = new Set<string>(FIELDS);

/** Whether a stored row has the fields of this version of the application, and no others. Is asked at every read. */
export function isComplete(row: Partial<SignRow>): boolean {
	let count = 0;
	for (const field in row) {
		if (!KNOWN.has(field) || row[field as keyof SignRow] == null) return false;
		count++;
	}
	return count === KNOWN.size;
}

const MISSING: Partial<SignRow> = { ...INITIAL, revision: 0 };

/** A row that another version of the application has stored, with the fields of this one: those it lacks have their default. */
export const completed = (row: Partial<SignRow>) =>
	Object.fromEntries(FIELDS.map((field) => [field, row[field] ?? MISSING[field]])) as unknown as SignRow;

/** Whether a change holds a field that a writer sets, and so makes a new revision. */
export const isRevision = (change: Change) => Object.keys(change).some((field) => field in settable);

/** The fields of a change that only a sign's own device may send. */
export const reportedFields = (change: Change) => Object.keys(change).filter((field) => field in reported);

/**
 * The id in a path or a topic.
 * @throws {Refusal} 400, for anything but 1-64 of `A-Z a-z 0-9 _ -`
 */
export function parseId(id: unknown): string {
	if (typeof id === 'string' && /^[\w-]{1,64}$/.test(id)) return id;
	throw new Refusal(`id must be 1 to 64 of A-Z a-z 0-9 _ -, got ${shown(id)}`);
}

/**
 * A write's payload as a valid change of the sign `id`; without `id`, of several signs, which no `id` can be equal to.
 * @param data what Harper decoded from the request; also a lazy record of its own (see `ownFields`) or undecoded bytes
 * @throws {Refusal} 400, naming every wrong field, its rule and what was received
 */
export function parseChange(data: unknown, id?: string): Change {
	const fields = ownFields(data);
	const problems: string[] = [];
	if ('id' in fields) {
		if (fields.id !== id)
			problems.push(`id must equal the id in the path or topic, ${shown(id)}, got ${shown(fields.id)}`);
		delete fields.id;
	}
	const result = Sent.safeParse(fields);
	if (result.success && problems.length === 0) return given(result.data, fields);
	for (const issue of result.error?.issues ?? []) problems.push(...explain(issue, fields));
	const different = [...new Set(problems)];
	const more = different.length > MOST_PROBLEMS ? `; and ${different.length - MOST_PROBLEMS} more` : '';
	throw new Refusal(different.slice(0, MOST_PROBLEMS).join('; ') + more);
}

/** More fields than this are counted, not looked at. A sign has twelve. */
const MOST_FIELDS = 40;

/** Without the fields that were not sent, and have got their default. */
const given = (all: Change, sent: object): Change =>
	Object.fromEntries(Object.entries(all).filter(([field]) => field in sent));

/** More than this many wrong fields are counted, not told: an answer must not be larger than its question. */
const MOST_PROBLEMS = 20;

/**
 * A copy of a payload's fields.
 * @throws {Refusal} 400, when the payload is no JSON object, or has more fields than any sign
 */
export function ownFields(data: unknown): Record<string, unknown> {
	const rule = 'payload must be a JSON object';
	if (typeof data !== 'object' || data === null || Array.isArray(data)) {
		throw new Refusal(`${rule}, got ${data === undefined ? 'nothing' : shown(data)}`);
	}
	const bytes = data instanceof Uint8Array ? data : 'data' in data && data.data instanceof Uint8Array && data.data;
	if (bytes) throw new Refusal(`${rule}, got ${shown(new TextDecoder().decode(bytes.subarray(0, 64)))}`);
	const plain = [Object.prototype, null].includes(Object.getPrototypeOf(data));
	// A last will reaches us as a lazy record of Harper's: Object.keys, spread and for...in see no field, JSON does.
	const fields = plain ? data : JSON.parse(JSON.stringify(data));
	const count = Object.keys(fields).length;
	if (count > MOST_FIELDS) throw new Refusal(`payload must have at most ${MOST_FIELDS} fields, got ${count}`);
	// No prototype: a field named __proto__ is a field like any other. CBOR has an undefined, which is no value either.
	const copy: Record<string, unknown> = Object.create(null);
	for (const [field, value] of Object.entries(fields)) copy[field] = value ?? null;
	return copy;
}

/** One sentence for each field that a zod issue is about. */
function explain(issue: z.core.$ZodIssue, fields: Record<string, unknown>): string[] {
	if (issue.code === 'unrecognized_keys') {
		// `curl -d` without --json says that it sends a form: the whole payload is taken for the name of a field
		if (issue.keys.some((field) => field.startsWith('{'))) {
			return ['payload must be a JSON object, sent with Content-Type: application/json'];
		}
		return issue.keys.map((field) =>
			field === 'revision' || field === 'updatedAt'
				? `${field} is set by the server, got ${shown(fields[field])}`
				: `unknown field ${shown(field)}, got ${shown(fields[field])}`
		);
	}
	const field = String(issue.path[0]);
	return [`${field} ${issue.message}, got ${shown(fields[field])}`];
}

/** A received value for an error text: short, on one line, and made of no more of the value than can be shown. */
export function shown(value: unknown): string {
	const json = toJson(shortened(value));
	return codePoints(json) > MOST_SHOWN ? `${[...json].slice(0, MOST_SHOWN).join('')}…` : json;
}

/** Of a value in an error text, in code points of its JSON. */
const MOST_SHOWN = 60;

/** No more of a value than is shown: a field may hold thousands of values, or arrays in arrays in arrays. */
function shortened(value: unknown, depth = 0): unknown {
	if (typeof value === 'string') return value.slice(0, 2 * MOST_SHOWN);
	if (typeof value !== 'object' || value === null) return value;
	if (depth === MOST_DEPTH) return '…';
	if (Array.isArray(value)) return value.slice(0, MOST_SHOWN).map((item) => shortened(item, depth + 1));
	if (Object.getPrototypeOf(value) !== Object.prototype) return value;
	const entries = Object.entries(value).slice(0, MOST_SHOWN);
	return Object.fromEntries(entries.map(([name, item]) => [name.slice(0, 2 * MOST_SHOWN), shortened(item, depth + 1)]));
}

/** How many levels of a value are looked at. */
const MOST_DEPTH = 4;

/** CBOR and MessagePack bring values that JSON has no form for. */
function toJson(value: unknown): string {
	try {
		return JSON.stringify(value) ?? String(value);
	} catch {
		return typeof value === 'bigint' ? String(value) : `a value of type ${typeof value}`;
	}
}
