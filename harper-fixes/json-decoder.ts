/**
 * Refuses a payload that is not a JSON text [RFC 8259], over every protocol.
 *
 * Symptom: Harper gives a payload with a number of 16 or more digits to another parser than `JSON.parse`, which accepts
 * `01`, `1.` and a NUL after the end, and refuses 1e400. Bytes that are not UTF-8 are stored as U+FFFD.
 * Test: test/contract/properties.test.ts.
 * Depends on: Harper decodes with `contentTypes`, or with a socket's own `deserialize` if it has one.
 * Delete when Harper has one parser for JSON (today it has one only with `serialization.bigInt: false`).
 */
import { isUtf8 } from 'node:buffer';
import { harperServer, mqttServer, onHttp, onWebSocket, type HttpRequest } from './internals.ts';

/** Harper's content type for a body of any type. Nothing else uses its decoder. */
const ANY = '*/*';

/** Harper's own parser: it reads a number as a bigint where JSON.parse would round it. */
let parseExactly: (text: string) => unknown = JSON.parse;

/** @throws {SyntaxError} when the body is not a JSON text */
export function decodeJson(body: Buffer): unknown {
	if (!body.length) return null;
	if (!isUtf8(body)) throw new SyntaxError('the text must be UTF-8');
	const text = body.toString();
	const value: unknown = JSON.parse(text);
	if (!/\d{16}/.test(text)) return value;
	try {
		return parseExactly(text);
	} catch {
		return value; // it refuses 1e400, a member named constructor and deep nesting: each is JSON
	}
}

/**
 * Decodes a payload without a content type: if its first character after white space is `{`, it is JSON, otherwise
 * bytes.
 */
export function decodeUntyped(body: Buffer): unknown {
	try {
		if (isObject(body)) return decodeJson(body);
	} catch {
		// refused later, as bytes that are not a JSON object
	}
	return { contentType: 'application/octet-stream', data: body };
}

const OPENING_BRACE = 0x7b;
/** JSON's white space: tab, line feed, carriage return, space. */
const WHITE_SPACE = [0x09, 0x0a, 0x0d, 0x20];

function isObject(body: Buffer): boolean {
	let at = 0;
	while (WHITE_SPACE.includes(body[at]!)) at++;
	return body[at] === OPENING_BRACE;
}

/** Call it once for each thread. */
export function decodeJsonStrictly(): void {
	const { contentTypes } = harperServer;
	const json = contentTypes.get('application/json')!;
	parseExactly = json.deserialize!;
	json.deserialize = decodeJson;
	contentTypes.get(ANY)!.deserialize = decodeUntyped;
	onHttp((request, next) => (setType(request), next(request)));
	onWebSocket((socket, request, ...rest) => (setType(request), rest[1](socket, request, rest[0])));
	mqttServer()?.events.on('connection', (socket) => {
		// over WebSocket the request that opened it has the type
		if (!('send' in socket)) socket.deserialize = decodeUntyped;
	});
}

/** Gives a request with a body a content type: without one Harper uses no decoder of `contentTypes`. */
function setType({ headers: { asObject } }: HttpRequest): void {
	if (asObject['content-length'] || asObject['transfer-encoding'] || asObject.upgrade) asObject['content-type'] ||= ANY;
}
