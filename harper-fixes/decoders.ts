/**
 * Refuses content types whose decoders are unsafe: Harper decodes a body before it checks the login.
 *
 * Symptom: 100 bytes of nested CBOR or MessagePack, which announce arrays of millions, end the whole process without a
 * login. A form with a field `hasOwnProperty` fails with an internal error text. (JSON: json-decoder.ts)
 * Test: test/contract/decoders.test.ts.
 * Depends on: `server.contentTypes`, the decoders that HTTP, WebSocket and MQTT over WebSocket share. The Operations
 * API has its own decoders, which this file does not change (docs/operations.md).
 * Delete when Harper decodes after it has checked the login, and its decoders allocate no more than the size of their
 * input.
 */
import { Refusal } from '../sign/refusal.ts';
import { harperServer } from './internals.ts';

/** Call it once for each thread. Responses in these types (`Accept`) do not change. */
export function refuseUnsafeDecoders(): void {
	const { contentTypes: decoders } = harperServer;
	for (const type of ['application/cbor', 'application/x-msgpack']) {
		decoders.get(type)!.deserialize = () => {
			throw new Refusal(`payload must be a JSON object, sent as application/json, got ${type}`, 415);
		};
	}
	decoders.get('application/x-www-form-urlencoded')!.deserialize = (body) => fieldsOfForm(String(body));
}

/**
 * Has no prototype: a field may have any name. If several fields have the same name, the last one counts, as in JSON.
 */
function fieldsOfForm(body: string): Record<string, string> {
	const fields: Record<string, string> = Object.create(null);
	for (const [name, value] of new URLSearchParams(body)) fields[name] = value;
	return fields;
}
