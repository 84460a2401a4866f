/**
 * The fields of a sign: the rule, the default and the type of each. Pure: no Harper, no I/O.
 *
 * A new field needs one line in each of three places: its rule and default here, its type in schema.graphql, its
 * control in web/fields.js. Signs that were stored before get the field with its default
 * (harper-fixes/missing-fields.ts).
 */
import { z } from 'zod';
import { toUtc } from './date-time.ts';
import { codePoints } from './refusal.ts';

/** Refuses a lone surrogate: it has no UTF-8 form, so another character would be stored than was sent. */
const text = (max: number, rule: string) =>
	z.string(rule).refine((value) => hasAtMost(max, value) && value.isWellFormed(), rule);

/** It counts the code points only of a text that may have more: there are at most as many as UTF-16 units. */
const hasAtMost = (max: number, text: string) =>
	text.length <= max || (text.length <= 2 * max && codePoints(text) <= max);

const wholeNumber = (min: number, max: number) => {
	const rule = `must be a whole number from ${min} to ${max}`;
	return z.int(rule).min(min, rule).max(max, rule);
};

const MESSAGE_RULE = 'must be a string of at most 256 characters without control characters';
const COLOR_RULE = 'must be a string of the form #rrggbb';

const message = text(256, MESSAGE_RULE).refine((value) => !/\p{Cc}/u.test(value), MESSAGE_RULE);
const color = z
	.string(COLOR_RULE)
	.regex(/^#[0-9a-f]{6}$/i, COLOR_RULE)
	.toLowerCase();

/** In ms. A notice is temporary: an end that is farther away is a mistake in the year. */
const MAX_AHEAD = 366 * 24 * 60 * 60 * 1000;
const END_RULE =
	'must be null, or a string: a date and time with a zone, like "2026-01-31T12:00:00+01:00" or "2026-01-31T11:00:00Z", ' +
	'at most 366 days ahead';

/** When something ends. A past time is valid: a sign can be stored again after its notice has ended. */
const end = z
	.string(END_RULE)
	.transform((value) => toUtc(value) ?? '')
	.refine((utc) => utc !== '' && Date.parse(utc) <= Date.now() + MAX_AHEAD, END_RULE)
	.nullable();

/**
 * The fields that writers set, with the rule and the default of each. A replacement sets the missing ones to their
 * defaults.
 */
const settable = {
	message: message.default(''),
	color: color.default('#ffb000'),
	brightness: wholeNumber(0, 15).default(8),
	power: z.boolean('must be true or false').default(true),
	effect: z.enum(['static', 'scroll', 'blink'], 'must be one of "static", "scroll", "blink"').default('static'),
	speed: wholeNumber(1, 100).default(20),
	location: text(64, 'must be a string of at most 64 characters').default(''),
	notice: message.default(''),
	noticeUntil: end.default(null),
};

/** The fields that the sign's own device reports. No other writer changes them. */
const reported = {
	shownRevision: wholeNumber(0, Number.MAX_SAFE_INTEGER).default(0),
	online: z.boolean('must be true or false').default(false),
};

/** The fields that a client may send. */
export const ClientFields = z.strictObject({ ...settable, ...reported });

/** A valid change: some of the fields that a client may send. */
export type Change = Partial<z.output<typeof ClientFields>>;

/** The rules of a change: those of ClientFields, without a default for a field that is not sent. */
export const ChangeFields = z.strictObject(
	Object.fromEntries(Object.entries(ClientFields.shape).map(([name, field]) => [name, field.unwrap().exactOptional()]))
) as z.ZodType<Change>;

/** Fields that only the server sets. */
interface ServerFields {
	id: string;
	revision: number;
	updatedAt: Date;
}

/** A complete row, as every reader and subscriber gets it. */
export type SignRow = Required<Change> & ServerFields;

/** A complete row as a client gets it in JSON. */
export type SignJson = Omit<SignRow, 'updatedAt'> & { updatedAt: string };

/** The defaults of the fields that writers set. */
export const DEFAULTS = z.strictObject(settable).parse({});

/** The defaults of all fields that a client may send: the values of a new sign, unless its first write sets them. */
export const INITIAL = ClientFields.parse({});

/** The fields that can be null. */
export const NULLABLE = Object.entries(INITIAL).flatMap(([field, value]) => (value === null ? [field] : []));

/** All fields of a row. */
export const FIELDS = ['id', ...Object.keys(INITIAL), 'revision', 'updatedAt'] as (keyof SignRow)[];

/**
 * The time of the last write that counted a revision: the `updatedAt` of that write. Stored with each revision, and
 * absent from a sign whose last revision is older than this field. A reader gets it only when it selects it.
 */
export const CHANGED_AT = 'changedAt';

/** A row as it is stored. */
export interface StoredSign extends SignRow {
	[CHANGED_AT]?: Date | null;
}

/** What a query may select. */
export const SELECTABLE: readonly string[] = [...FIELDS, CHANGED_AT];

const NAMES = new Set<string>(FIELDS);

/** Whether a stored row has the fields of this version of the application, and no others. Every read calls this. */
export function isComplete(row: Partial<StoredSign>): boolean {
	let count = 0;
	for (const field in row) {
		if (field === CHANGED_AT) continue;
		if (!NAMES.has(field) || isMissing(field as keyof SignRow, row[field as keyof SignRow])) return false;
		count++;
	}
	return count === NAMES.size;
}

/** The values of fields that a stored row lacks. */
const MISSING: Partial<SignRow> = { ...INITIAL, revision: 0 };

/** Whether a row lacks a field: null is a value of a field whose default is null. */
export const isMissing = (field: keyof SignRow, value: unknown) =>
	value === undefined || (value === null && MISSING[field] !== null);

/**
 * Converts a row that another version of the application has stored to the fields of this version. Missing fields get
 * their defaults.
 */
export const withAllFields = (row: Partial<SignRow>) =>
	Object.fromEntries(FIELDS.map((field) => [field, row[field] ?? MISSING[field]])) as Record<keyof SignRow, never>;

/** Whether a change has a field that writers set. Such a change creates a new revision. */
export const isRevision = (change: Change) => Object.keys(change).some((field) => field in settable);

/** The names of the fields in a change that only the sign's own device may send. */
export const reportedFields = (change: Change) => Object.keys(change).filter((field) => field in reported);
