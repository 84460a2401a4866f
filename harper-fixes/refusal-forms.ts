/**
 * The body of a refusal: the same on every Harper, and in the form that the client prefers.
 *
 * Symptoms: Harper 4.7 writes a refusal as one text, `"Refusal: …"`, but that of a wrong password as an object, without the
 * name of its content type; Harper 5 writes objects, and `null` for the GET of a row that does not exist, where 4.7 writes
 * nothing. Neither writes problem details [RFC 9457] or HTML for those who ask for them.
 * Test: test/contract/problem-details.test.ts.
 * Depends on: `server.contentTypes`. Harper passes the response, with its status, to `serialize`; the refusal of a wrong
 * password has none.
 * Delete when Harper writes every refusal as one text, as problem details or as HTML, by Accept.
 */
import { STATUS_CODES } from 'node:http';
import { chooseType, prefers } from './accept.ts';
import { harperServer, removeHeader, setHeader, type HttpRequest, type HttpResponse } from './internals.ts';

const PROBLEM = 'application/problem+json';
const HTML = 'text/html';

/** `asItIs`: in the type of the answer that the request would have had, or in JSON. */
export type Form = 'problem' | 'html' | 'asItIs';

/**
 * @param type that of the answer that the request would have had; undefined when the client accepts none
 * @param types all types of answers
 */
export function formOfRefusal(accept: string | undefined, type: string | undefined, types: string[]): Form {
	if (prefers(accept, PROBLEM, [...types, HTML])) return 'problem';
	return !type && chooseType(accept, [HTML]) ? 'html' : 'asItIs';
}

/** The texts of refusals, by their responses, and by their bodies where Harper has no response yet. */
const texts = new WeakMap<object, string>();

/** Call it once for each thread, after everything else that changes how these types are written. */
export function noteRefusals(types: string[]): void {
	for (const name of types) {
		const type = harperServer.contentTypes.get(name)!;
		const { serialize } = type;
		type.serialize = (data, response?: HttpResponse) => {
			if (!response) return noteError(data, serialize!.call(type, data));
			if (!(response.status >= 400)) return serialize!.call(type, data, response);
			if (data === null || data === undefined) return undefined;
			const text = toText(data);
			if (text !== undefined) texts.set(response, text);
			return serialize!.call(type, text ?? data, response);
		};
	}
}

/** The text of a refusal. Harper 4.7 passes the text; Harper 5 passes problem details, whose text has no error name. */
function toText(data: unknown): string | undefined {
	if (typeof data === 'string') return data;
	const { detail } = data as { detail?: unknown };
	return typeof detail === 'string' ? `Refusal: ${detail}` : undefined;
}

/** Harper writes the refusal of a wrong password without a response. */
function noteError(data: unknown, body: unknown): unknown {
	const { error } = (data ?? {}) as { error?: unknown };
	if (typeof error === 'string' && typeof body === 'object' && body) texts.set(body, error);
	return body;
}

/** Writes the refusal of a wrong password as every other refusal, in the type that Harper has written it in. */
export function rewriteLoginRefusal(response: HttpResponse, type: string): void {
	const contentType = harperServer.contentTypes.get(type)!;
	setHeader(response, 'Content-Type', contentType.type ?? type);
	response.body = contentType.serialize!(`Refusal: ${textOf(response)}`, response) as string | Uint8Array;
}

/** Writes the refusal of a request into `response`, in this form. */
export function writeRefusal(request: HttpRequest, response: HttpResponse, form: Form): void {
	if (form === 'asItIs') return;
	const text = textOf(response);
	if (form === 'html' && text === undefined) return;
	removeHeader(response, 'Content-Encoding');
	setHeader(response, 'Content-Type', form === 'html' ? `${HTML}; charset=utf-8` : PROBLEM);
	response.body = form === 'html' ? toHtml(text!) : toProblem(request, response, text);
}

/** Undefined for a row that does not exist: its answer has no body. */
function textOf(response: HttpResponse): string | undefined {
	const { body } = response;
	const noted = texts.get(response) ?? (typeof body === 'object' ? texts.get(body) : undefined);
	return noted ?? (typeof body === 'string' && body ? textIn(body) : undefined);
}

/** The text of a body that a cure has written, in JSON, or that Harper has written without a response. */
function textIn(body: string): string {
	try {
		const refusal = JSON.parse(body.replace(/^data: /, '')) as string | { error?: string };
		return typeof refusal === 'string' ? refusal : (refusal.error ?? body);
	} catch {
		return body.replace(/^error: /, '').trim(); // YAML, or another component has answered
	}
}

/** `about:blank`: the status says what kind of problem it is [RFC 9457, 4.2.1]. */
function toProblem({ url }: HttpRequest, { status }: HttpResponse, text?: string): string {
	const detail = text?.replace(/^[A-Z]\w*: /, '') ?? `nothing is stored at ${url.split('?', 1)[0]}`;
	return JSON.stringify({ type: 'about:blank', title: STATUS_CODES[status], status, detail });
}

const ESCAPES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

const toHtml = (text: string) =>
	`<!doctype html><meta charset="utf-8"><title>Refused</title><p>${text.replace(/[&<>"']/g, (c) => ESCAPES[c]!)}</p>\n`;
