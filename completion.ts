/**
 * Signs that another version of this application has stored: without a field that came later, or with one that is gone. To
 * be looked at first when Harper's store changes.
 *
 * Every row leaves the store by one decoder, whoever reads it: GET, queries and their conditions, a subscriber, a write that
 * merges into it. There it gets the fields of this version. What is stored changes by writes alone: a field that this version
 * does not know stays in the store for one that does, and defaults are stored below a write, not as a part of it, so that
 * they never overwrite what another node has written.
 */
import { tables } from 'harperdb';
import { completed, INITIAL, isComplete, type SignRow } from './sign.ts';
import { store, type Entry } from './store.ts';

type StoredFields = Partial<SignRow>;

/** By the row as readers get it: the row as it is stored. Holds the rows that differ. */
const stored = new WeakMap<object, StoredFields>();

/** To be called once for each thread, before it reads. */
export function completeRows(): void {
	const { encoder } = store();
	const { decode, encode } = encoder;
	encoder.decode = function (...args) {
		const row = decode.apply(this, args) as StoredFields | null;
		// The audit log is decoded here too: a change has no id, and is not to be completed.
		if (!row?.id || isComplete(row)) return row;
		const whole = withPrototype(encoder.structPrototype, completed(row));
		stored.set(whole, row);
		return whole;
	};
	// A row that Harper copies to another node as it is.
	encoder.encode = function (row, ...args) {
		return encode.call(this, stored.get(row) ?? row, ...args);
	};
}

/** Harper's own methods of a row are on its prototype. */
const withPrototype = (prototype: object, ...rows: StoredFields[]) => Object.assign(Object.create(prototype), ...rows);

/** What a write to a row is merged into: all its fields, of this version and of others. */
export function baseOf(entry: Entry | undefined): Entry | undefined {
	const row = entry?.value && stored.get(entry.value);
	if (!row) return entry;
	return { ...entry, value: withPrototype(store().encoder.structPrototype, row, entry.value!) };
}

type Field = keyof typeof INITIAL;

export const ALL = Object.keys(INITIAL) as Field[];

/** The fields of this version that a row lacks in the store. */
export function lacking(entry: Entry | undefined): Field[] {
	const row = entry?.value && stored.get(entry.value);
	return row ? ALL.filter((field) => row[field] == null) : [];
}

/**
 * Harper indexes what differs between a row and the one before, which it takes to have its defaults indexed. It is to be
 * told of those that were not stored.
 */
export function indexDefaults(id: string, fields: Field[]): void {
	for (const [field, index] of indexesOf(fields)) {
		index.remove(null, id); // as which Harper indexes the signs that lack a new field
		index.put(INITIAL[field], id);
	}
}

/** The indexed fields by which a row is not found. */
const unindexed = (id: string, row: object) =>
	indexesOf(ALL).filter(([field, index]) => !index.doesExist((row as SignRow)[field], id));

/** Indexes what is stored: of a row that is written while Harper indexes a new field, it may index neither value. */
export const indexRow = (id: string, row: object) =>
	Promise.all(unindexed(id, row).map(([field, index]) => index.put((row as SignRow)[field], id)));

/** Whether there is nothing to do for a row: it lacks no field, and is found by each. */
export const isStoredWhole = (id: string, entry: Entry) =>
	!entry.value || (!lacking(entry).length && !unindexed(id, entry.value).length);

export function unindexDefaults(id: string, fields: Field[]): void {
	for (const [field, index] of indexesOf(fields)) index.remove(INITIAL[field], id);
}

const indexesOf = (fields: Field[]) =>
	fields.flatMap((field) => {
		const index = tables.Sign!.indices[field];
		return index ? [[field, index] as const] : [];
	});
