/** Converts a payload to a change of a sign, or refuses it and names each wrong field. Pure: no Harper, no I/O. */
import type { z } from 'zod';
import { ChangeFields, type Change } from './fields.ts';
import { Refusal, shown } from './refusal.ts';

/** Whether it is an id: 1 to 64 of `A-Z a-z 0-9 _ -`. */
export const isId = (id: unknown): id is string => typeof id === 'string' && /^[\w-]{1,64}$/.test(id);

/**
 * Checks the id of a path or a topic.
 * @throws {Refusal} 400, unless it is one
 */
export function parseId(id: unknown): string {
	if (isId(id)) return id;
	throw new Refusal(`id must be 1 to 64 of A-Z a-z 0-9 _ -, got ${shown(id)}`);
}

/**
 * Converts a payload to a valid change of the sign `id`. Without `id` the change is for several signs, and must not
 * name an id.
 * @param data the payload as Harper decoded it: an object, a lazy record (see `ownFields`), or bytes that Harper did
 * not decode
 * @throws {Refusal} 400; names each wrong field, its rule and the received value
 */
export function parseChange(data: unknown, id?: string): Change {
	const fields = ownFields(data);
	const problems: string[] = [];
	if ('id' in fields) {
		if (fields.id !== id)
			problems.push(`id must equal the id in the path or topic, ${shown(id)}, got ${shown(fields.id)}`);
		delete fields.id;
	}
	const result = ChangeFields.safeParse(fields);
	if (result.success && problems.length === 0) return result.data;
	for (const issue of result.error?.issues ?? []) problems.push(...explain(issue, fields));
	const different = [...new Set(problems)];
	const more = different.length > MAX_PROBLEMS ? `; and ${different.length - MAX_PROBLEMS} more` : '';
	throw new Refusal(different.slice(0, MAX_PROBLEMS).join('; ') + more);
}

/** A payload with more fields is refused before any field is checked. */
const MAX_FIELDS = 40;

/** A refusal names this many wrong fields, and counts the others: a response must not be larger than its request. */
const MAX_PROBLEMS = 20;

/** The bytes of a payload that Harper did not decode. */
function undecoded(data: object): Uint8Array | undefined {
	if (data instanceof Uint8Array) return data;
	return 'data' in data && data.data instanceof Uint8Array ? data.data : undefined;
}

/** Whether a payload, as Harper decoded it, is a JSON object, whatever its fields. */
export const isJsonObject = (data: unknown): data is object =>
	typeof data === 'object' && data !== null && !Array.isArray(data) && !undecoded(data);

/**
 * A copy of a payload's fields.
 * @throws {Refusal} 400, when the payload is not a JSON object, or has more than MAX_FIELDS fields
 */
export function ownFields(data: unknown): Record<string, unknown> {
	const rule = 'payload must be a JSON object';
	if (typeof data !== 'object' || data === null || Array.isArray(data)) {
		throw new Refusal(`${rule}, got ${data === undefined ? 'nothing' : shown(data)}`);
	}
	const bytes = undecoded(data);
	if (bytes) throw new Refusal(`${rule}, got ${shown(new TextDecoder().decode(bytes.subarray(0, 64)))}`);
	const plain = [Object.prototype, null].includes(Object.getPrototypeOf(data));
	// Harper passes a last will as a lazy record: only JSON.stringify sees its fields; Object.keys, spread and for...in do not.
	const fields = plain ? data : JSON.parse(JSON.stringify(data));
	const count = Object.keys(fields).length;
	if (count > MAX_FIELDS) throw new Refusal(`payload must have at most ${MAX_FIELDS} fields, got ${count}`);
	// No prototype: then __proto__ is a field like any other. Some decoders return undefined values: they become null.
	const copy: Record<string, unknown> = Object.create(null);
	for (const [field, value] of Object.entries(fields)) copy[field] = value ?? null;
	return copy;
}

/** Returns a sentence for each field that zod reports. */
function explain(issue: z.core.$ZodIssue, fields: Record<string, unknown>): string[] {
	if (issue.code === 'unrecognized_keys') {
		// `curl -d` without --json sends the payload as a form: the whole payload is then the name of a field
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
