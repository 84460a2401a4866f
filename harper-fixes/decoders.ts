/**
 * What Harper may decode of what a stranger sends: it decodes a body before it asks who sent it.
 *
 * Symptom: 100 bytes of nested CBOR or MessagePack, which announce arrays of millions, end the whole process without a
 * login. A form with a field `hasOwnProperty` fails with a text of the inside. (JSON: json-decoder.ts)
 * Test: test/contract/decoders.test.ts. Asks Harper for `server.contentTypes`, the decoders that HTTP, WebSocket and MQTT over
 * WebSocket share; those of the Operations API are others, and are not mended (docs/operations.md).
 * Delete when Harper decodes after it has authorized, and its decoders allocate no more than what they were given.
 */
import { Refusal } from '../sign/refusal.ts';
import { harperServer } from './internals.ts';

/** To be called once for each thread. What is answered in these types (`Accept`) stays. */
export function refuseUnsafeDecoders(): void {
	const { contentTypes: decoders } = harperServer;
	for (const type of ['application/cbor', 'application/x-msgpack']) {
		decoders.get(type)!.deserialize = () => {
			throw new Refusal(`payload must be a JSON object, sent as application/json, got ${type}`, 415);
		};
	}
	decoders.get('application/x-www-form-urlencoded')!.deserialize = (body) => fieldsOfForm(String(body));
}

/** Has no prototype: a field may have any name. Of several fields of one name the last counts, as in JSON. */
function fieldsOfForm(body: string): Record<string, string> {
	const fields: Record<string, string> = Object.create(null);
	for (const [name, value] of new URLSearchParams(body)) fields[name] = value;
	return fields;
}
