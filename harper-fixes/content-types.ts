/**
 * Reads a JSON body of `application/json` or `application/merge-patch+json`, and refuses all other types.
 *
 * Symptom: Harper reads a body of `text/json` or `application/merge-patch+json` as `{ contentType, data }`, and one in
 * an encoding (`Content-Encoding: gzip`) as it is: the refusal is then about fields that nobody has sent.
 * Test: test/contract/http-clients.test.ts.
 * Depends on: `server.http` with `runFirst`, which runs before Harper reads the Content-Type, also for the request that
 * opens a WebSocket; `application/octet-stream` leaves the bytes as they are. unread-bodies.ts and websocket-payloads.ts throw the refusal
 * when the body is read, so that others learn nothing before they have logged in.
 * Delete when Harper refuses types that it cannot read with 415, and knows the second name.
 */
import { Refusal } from '../sign/refusal.ts';
import { onHttp, type HttpRequest } from './internals.ts';
import { classOf } from './own-paths.ts';

const JSON_TYPE = 'application/json';
/** [RFC 8259, RFC 7396] */
const NAMES_OF_JSON = [JSON_TYPE, 'application/merge-patch+json'];
const FORM = 'application/x-www-form-urlencoded';

const refusals = new WeakMap<HttpRequest, Refusal>();

/** The refusal of the type of a request's body, or of a WebSocket's messages. */
export const refusalOfType = (request: HttpRequest) => refusals.get(request);

/** Call it once for each thread. */
export function readContentTypes(): void {
	onHttp((request, next) => (checkType(request), next(request)));
}

function checkType(request: HttpRequest): void {
	const { asObject: headers } = request.headers;
	const { 'content-type': type = '', 'content-encoding': encoding = 'identity' } = headers;
	if ((!type || type === JSON_TYPE) && encoding === 'identity') return;
	const path = classOf(request.url);
	if (!path) return;
	const name = type.split(';', 1)[0]!.trim().toLowerCase();
	if (encoding.toLowerCase() !== 'identity')
		refuse(request, `payload must be sent without Content-Encoding, got ${shorten(encoding)}`);
	else if (NAMES_OF_JSON.includes(name)) headers['content-type'] = JSON_TYPE;
	else if (path === 'Session' && name === FORM) headers['content-type'] = FORM;
	else if (name) {
		const form = path === 'Session' ? `, or a form, sent as ${FORM}` : '';
		refuse(request, `payload must be a JSON object, sent as ${JSON_TYPE}${form}, got ${shorten(name)}`);
	}
}

function refuse(request: HttpRequest, message: string): void {
	refusals.set(request, new Refusal(message, 415));
	request.headers.asObject['content-type'] = 'application/octet-stream';
}

const shorten = (text: string) => text.slice(0, 60);
