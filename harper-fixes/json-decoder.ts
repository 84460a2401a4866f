/**
 * One payload, one meaning: what is no JSON text [RFC 8259] is refused, on every protocol.
 *
 * Symptom: Harper gives a payload that has a number of 16 or more digits to another parser than `JSON.parse`, which takes
 * `01`, `1.` and a NUL after the end; and bytes that are no UTF-8 are stored as U+FFFD.
 * Test: test/contract/properties.test.ts. Asks Harper that it decodes by `contentTypes`, or by a socket's own `deserialize` where
 * it has one. Delete when Harper has one parser for JSON (today only with `serialization.bigInt: false`).
 */
import { isUtf8 } from 'node:buffer';
import { harperServer, mqttServer, onHttp, onWebSocket, type HttpRequest } from './internals.ts';

/** Of Harper's content types that which stands for any: it has no other use for a body. */
const ANY = '*/*';

/** Harper's own parser, which reads a number as a bigint where JSON.parse would round it. */
let parseExactly: (text: string) => unknown = JSON.parse;

/** @throws {SyntaxError} for what is no JSON text */
export function decodeJson(body: Buffer): unknown {
	if (!body.length) return null;
	if (!isUtf8(body)) throw new SyntaxError('the text must be UTF-8');
	const text = body.toString();
	const value: unknown = JSON.parse(text);
	return /\d{16}/.test(text) ? parseExactly(text) : value;
}

/** A payload without a content type: what begins with `{`, after white space, is JSON, and everything else bytes. */
export function decodeUntyped(body: Buffer): unknown {
	try {
		if (isObject(body)) return decodeJson(body);
	} catch {
		// told to its writer as bytes that are no JSON object
	}
	return { contentType: 'application/octet-stream', data: body };
}

const OPENING_BRACE = 0x7b;
/** Of JSON: tab, line feed, carriage return, space. */
const WHITE_SPACE = [0x09, 0x0a, 0x0d, 0x20];

function isObject(body: Buffer): boolean {
	let at = 0;
	while (WHITE_SPACE.includes(body[at]!)) at++;
	return body[at] === OPENING_BRACE;
}

/** To be called once for each thread. */
export function decodeJsonStrictly(): void {
	const { contentTypes } = harperServer;
	const json = contentTypes.get('application/json')!;
	parseExactly = json.deserialize!;
	json.deserialize = decodeJson;
	contentTypes.get(ANY)!.deserialize = decodeUntyped;
	onHttp((request, next) => (nameType(request), next(request)));
	onWebSocket((socket, request, ...rest) => (nameType(request), rest[1](socket, request, rest[0])));
	mqttServer()?.events.on('connection', (socket) => {
		// over WebSocket its request has the type
		if (!('send' in socket)) socket.deserialize = decodeUntyped;
	});
}

/** Without a type Harper uses no decoder of `contentTypes`. A request without a body has nothing to decode. */
function nameType({ headers: { asObject } }: HttpRequest): void {
	if (asObject['content-length'] || asObject['transfer-encoding'] || asObject.upgrade) asObject['content-type'] ||= ANY;
}
