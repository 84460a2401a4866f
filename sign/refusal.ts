/** Refusals, and the form in which a client gets an error. Pure. */

/** An error that the client caused and can correct. Over HTTP, Harper responds with `statusCode`. */
export class Refusal extends Error {
	override name = 'Refusal';
	statusCode: number;
	constructor(message: string, statusCode = 400, options?: ErrorOptions) {
		super(message, options);
		this.statusCode = statusCode;
	}
}

/** The text that a client gets when the server fails. The cause is in the log. */
export const SERVER_FAILED = 'the server failed: try again';

/** The status and text that a client gets for an error. Internal errors get SERVER_FAILED. */
export function toClientError(error: Error): { status: number; message: string } {
	const { statusCode } = error as Partial<Refusal>;
	return statusCode ? { status: statusCode, message: error.message } : { status: 500, message: SERVER_FAILED };
}

/**
 * As `toClientError`, for a publish. Two of its errors have no status: broken JSON, and a topic that Harper does not
 * know.
 */
export function toPublisherError(error: Error, topic = ''): { status: number; message: string } {
	if ('statusCode' in error) return toClientError(error);
	if (!topic.startsWith('Sign/')) return toClientError(wrongTopic(topic));
	if (error instanceof SyntaxError) return { status: 400, message: 'payload must be a JSON object, got broken JSON' };
	return toClientError(error);
}

/** The event that reports an error over a WebSocket. */
export const errorEvent = (error: Error) => ({ type: 'error', ...toClientError(error) });

/** The refusal of a topic that addresses no sign. */
export const wrongTopic = (topic: string) => new Refusal(`topic must be Sign/<id>, got ${shown(topic)}`, 404);

/** The refusal of a payload that cannot be decoded: the decoder's own refusal, or one with the text of its error. */
export function undecodable(cause: Error & { statusCode?: number }): Refusal {
	if (cause instanceof Refusal) return cause;
	return new Refusal(`payload must be a JSON object: ${cause.message}`, cause.statusCode ?? 400, { cause });
}

/** The length in code points, as the contract counts: an emoji counts as one, not as two UTF-16 units. */
export const codePoints = (text: string) => [...text].length;

/** A received value for an error text: short and on one line. Reads only the shown part of the value. */
export function shown(value: unknown): string {
	const json = toJson(shortened(value));
	return codePoints(json) > MAX_SHOWN ? `${[...json].slice(0, MAX_SHOWN).join('')}…` : json;
}

/** The longest value in an error text, in code points of its JSON. */
const MAX_SHOWN = 60;

/** Shortens a value before it is converted to JSON: it may have thousands of items, or deeply nested arrays. */
function shortened(value: unknown, depth = 0): unknown {
	if (typeof value === 'string') return value.slice(0, 2 * MAX_SHOWN);
	if (typeof value !== 'object' || value === null) return value;
	if (depth === MAX_DEPTH) return '…';
	if (Array.isArray(value)) return value.slice(0, MAX_SHOWN).map((item) => shortened(item, depth + 1));
	if (Object.getPrototypeOf(value) !== Object.prototype) return value;
	const entries = Object.entries(value).slice(0, MAX_SHOWN);
	return Object.fromEntries(entries.map(([name, item]) => [name.slice(0, 2 * MAX_SHOWN), shortened(item, depth + 1)]));
}

/** How many levels of a nested value are shown. */
const MAX_DEPTH = 4;

/** Some decoders return values that JSON cannot represent. */
function toJson(value: unknown): string {
	try {
		return JSON.stringify(value) ?? String(value);
	} catch {
		return typeof value === 'bigint' ? String(value) : `a value of type ${typeof value}`;
	}
}
