/** A refusal, and what a client is told of an error. Pure. */

/** An error that the client caused and can correct. `statusCode` is what Harper answers over HTTP. */
export class Refusal extends Error {
	override name = 'Refusal';
	statusCode: number;
	constructor(message: string, statusCode = 400, options?: ErrorOptions) {
		super(message, options);
		this.statusCode = statusCode;
	}
}

/** What a client is told of a failure of the server; the cause is in the log. */
export const SERVER_FAILED = 'the server failed: try again';

/** An error as its writer gets it: the text of a refusal; of a failure of the server nothing from the inside. */
export function toClientError(error: Error): { status: number; message: string } {
	const { statusCode } = error as Partial<Refusal>;
	return statusCode ? { status: statusCode, message: error.message } : { status: 500, message: SERVER_FAILED };
}

/** The same for a publish, whose errors have no status: broken JSON, and a topic that Harper does not know. */
export function toPublisherError(error: Error, topic = ''): { status: number; message: string } {
	if ('statusCode' in error) return toClientError(error);
	if (!topic.startsWith('Sign/')) return toClientError(wrongTopic(topic));
	if (error instanceof SyntaxError) return { status: 400, message: 'payload must be a JSON object, got broken JSON' };
	return toClientError(error);
}

/** An error as an event over a WebSocket. */
export const errorEvent = (error: Error) => ({ type: 'error', ...toClientError(error) });

/** A topic that addresses no sign. */
export const wrongTopic = (topic: string) => new Refusal(`topic must be Sign/<id>, got ${shown(topic)}`, 404);

/** A payload that cannot be decoded: the decoder's own refusal, or 400 with what it said. */
export function undecodable(cause: Error & { statusCode?: number }): Refusal {
	if (cause instanceof Refusal) return cause;
	return new Refusal(`payload must be a JSON object: ${cause.message}`, cause.statusCode ?? 400, { cause });
}

/** Length in code points, as the contract counts: an emoji is one, not two UTF-16 units. */
export const codePoints = (text: string) => [...text].length;

/** A received value for an error text: short and on one line. Only so much of the value is read as can be shown. */
export function shown(value: unknown): string {
	const json = toJson(shortened(value));
	return codePoints(json) > MAX_SHOWN ? `${[...json].slice(0, MAX_SHOWN).join('')}…` : json;
}

/** The length of a value in an error text, in code points of its JSON. */
const MAX_SHOWN = 60;

/** Cuts a value down before it becomes JSON: a field may hold thousands of values, or arrays within arrays. */
function shortened(value: unknown, depth = 0): unknown {
	if (typeof value === 'string') return value.slice(0, 2 * MAX_SHOWN);
	if (typeof value !== 'object' || value === null) return value;
	if (depth === MAX_DEPTH) return '…';
	if (Array.isArray(value)) return value.slice(0, MAX_SHOWN).map((item) => shortened(item, depth + 1));
	if (Object.getPrototypeOf(value) !== Object.prototype) return value;
	const entries = Object.entries(value).slice(0, MAX_SHOWN);
	return Object.fromEntries(entries.map(([name, item]) => [name.slice(0, 2 * MAX_SHOWN), shortened(item, depth + 1)]));
}

/** Deeper levels of a value are not shown. */
const MAX_DEPTH = 4;

/** Some decoders give values that JSON has no form for. */
function toJson(value: unknown): string {
	try {
		return JSON.stringify(value) ?? String(value);
	} catch {
		return typeof value === 'bigint' ? String(value) : `a value of type ${typeof value}`;
	}
}
