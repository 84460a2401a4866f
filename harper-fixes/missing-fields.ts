/**
 * Completes signs that another version of this application has stored: they lack a newer field, or have a field that
 * was removed.
 *
 * Symptom: Harper returns a stored row as it is, without the new field. A query by the field does not find it.
 * Test: test/contract/later-field.test.ts, test/deploy/redeploy.test.ts.
 * Depends on: one decoder that reads every row, one encoder that writes it, and the indices of a table.
 * Delete when Harper gives stored rows the defaults of a schema.
 *
 * Every reader gets a row from that decoder: GET, queries and their conditions, a subscriber, a write that merges into
 * it. The decoder adds the fields of this version. Only writes change what is stored. A field that this version does
 * not know stays stored, for a version that knows it. Defaults are stored below a write, not as a part of it: they
 * never overwrite what another node has written.
 */
import { tables } from 'harperdb';
import {
	CHANGED_AT,
	INITIAL,
	isComplete,
	isMissing,
	withAllFields,
	type SignRow,
	type StoredSign,
} from '../sign/fields.ts';
import { store, type Entry } from './internals.ts';

type StoredFields = Partial<StoredSign>;

/** Maps a row as readers get it to the row as it is stored, if they differ. */
const storedRows = new WeakMap<object, StoredFields>();

/** Call it once for each thread, before it reads. */
export function completeRows(): void {
	const { encoder } = store('Sign');
	const { decode, encode } = encoder;
	encoder.decode = function (...args) {
		const row = decode.apply(this, args) as StoredFields | null;
		// This also decodes entries of the audit log: a change has no id, and is not completed.
		if (!row?.id || isComplete(row)) return row;
		const changed = row[CHANGED_AT] ? { [CHANGED_AT]: row[CHANGED_AT] } : {};
		const complete = withPrototype(encoder.structPrototype, withAllFields(row), changed);
		storedRows.set(complete, row);
		return complete;
	};
	// Harper copies a row to another node as it is stored.
	encoder.encode = function (row, ...args) {
		return encode.call(this, storedRows.get(row) ?? row, ...args);
	};
}

/** The prototype has Harper's methods of a row. */
const withPrototype = (prototype: object, ...rows: StoredFields[]) => Object.assign(Object.create(prototype), ...rows);

/** A row's entry with the fields of this version and of all others. A write is merged into it. */
export function withStoredFields(entry: Entry | undefined): Entry | undefined {
	const row = entry?.value && storedRows.get(entry.value);
	if (!row) return entry;
	return { ...entry, value: withPrototype(store('Sign').encoder.structPrototype, row, entry.value!) };
}

type Field = keyof typeof INITIAL;

/** All fields that have a default. */
export const DEFAULT_FIELDS = Object.keys(INITIAL) as Field[];

/** The fields of this version that the stored row lacks. */
export function missingFields(entry: Entry | undefined): Field[] {
	const row = entry?.value && storedRows.get(entry.value);
	return row ? DEFAULT_FIELDS.filter((field) => isMissing(field, row[field])) : [];
}

/**
 * Adds the defaults of these fields to the indices. Harper indexes only the differences between a row and the previous
 * row, and assumes that the previous row is indexed. Defaults that were not stored are not.
 */
export function indexDefaults(id: string, fields: Field[]): void {
	for (const [field, index] of indicesOf(fields)) {
		index.remove(null, id); // Harper indexes signs that lack a new field as null
		index.put(INITIAL[field], id);
	}
}

export function unindexDefaults(id: string, fields: Field[]): void {
	for (const [field, index] of indicesOf(fields)) index.remove(INITIAL[field], id);
}

/** The indices that lack the row. */
const indicesWithout = (id: string, row: object) =>
	indicesOf(DEFAULT_FIELDS).filter(([field, index]) => !index.doesExist((row as SignRow)[field], id));

/**
 * Indexes the stored row. If a row is written while Harper indexes a new field, Harper may index neither the old nor
 * the new value.
 */
export const indexRow = (id: string, row: object) =>
	Promise.all(indicesWithout(id, row).map(([field, index]) => index.put((row as SignRow)[field], id)));

/** Whether a stored row has every field, and is in every index. */
export const isStoredComplete = (id: string, entry: Entry) =>
	!entry.value || (!missingFields(entry).length && !indicesWithout(id, entry.value).length);

/** Whether Harper is indexing a field of signs, on any thread. */
export const isIndexing = () =>
	Object.keys(tables.Sign!.indices).some((field) => tables.Sign!.dbisDB.get(`Sign/${field}`)?.indexingPID);

/** The ids of all signs that lack a field in the store or in an index. Lets other work run while it reads. */
export async function idsOfIncompleteSigns(): Promise<string[]> {
	const ids: string[] = [];
	let count = 0;
	for (const entry of store('Sign').getRange({ snapshot: false })) {
		if (!isStoredComplete(entry.key, entry)) ids.push(entry.key);
		if (++count % ROWS_PER_TURN === 0) await new Promise(setImmediate);
	}
	return ids;
}

/** How many rows are read before other work can run. */
const ROWS_PER_TURN = 100;

const indicesOf = (fields: Field[]) =>
	fields.flatMap((field) => {
		const index = tables.Sign!.indices[field];
		return index ? [[field, index] as const] : [];
	});
