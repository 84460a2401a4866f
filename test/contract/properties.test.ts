/** Properties of the whole write path: after any write, in any way, the row is as the contract requires. */
import fc from 'fast-check';
import { expect, inject, test } from 'vitest';
import { basic } from '../../launcher/operations-api.ts';
import { connectMqtt, get, newId } from '../support/clients.ts';
import { lanes, WAYS } from '../support/generated.ts';
import { readSeed } from '../support/seed.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { openWritePath } from '../support/write-path.ts';

test('after each of hundreds of generated writes GET answers the row of the contract, and subscribers end with it', async () => {
	const path = await openWritePath({ url: inject('url'), mqttUrl: inject('mqttUrl') });
	const writes = fc.asyncProperty(lanes(16, 10), async (some) => {
		const ends = await Promise.allSettled(some.map(path.run));
		for (const end of ends) if (end.status === 'rejected') throw end.reason;
	});
	await fc.assert(writes, { seed: readSeed(), numRuns: 16, interruptAfterTimeLimit: 20_000 });
	expect(path.count()).toBeGreaterThan(300);
});

/** Harper does not read these with JSON.parse, because of the number with 16 digits. */
test.for([
	'01',
	'1.',
	'1e',
	'-',
	'1\0',
	'1,"message":"\\x41"',
	'1,"message":"\\u12"',
	'1,"message":"a\nb"',
	'1,"constructor":1',
])(
	'a payload with a number of 16 digits and %j, which is no JSON or no field, is refused in every way',
	async (value) => {
		const path = await openWritePath({ url: inject('url'), mqttUrl: inject('mqttUrl') });
		const text = `{"shownRevision":1234567890123456,"brightness":${value}}`;
		await path.run({ id: newId('digits'), steps: WAYS.map((way) => ({ way, text })) });
	}
);

test('bytes that are no UTF-8 are refused', async () => {
	const id = newId('bytes');
	const body = Buffer.from('{"message":"\xff"}', 'latin1');
	for (const type of ['application/json', '']) {
		const headers = { Authorization: basic(ADMIN), ...(type && { 'Content-Type': type }) };
		expect((await fetch(`${inject('url')}/Sign/${id}`, { method: 'PUT', headers, body })).status).toBe(400);
	}
	for (const kind of ['MQTT 5', 'MQTT over WebSocket'] as const) {
		const client = await connectMqtt(kind);
		await expect(client.publishAsync(`Sign/${id}`, body, { qos: 1 })).rejects.toMatchObject({ code: 0x99 });
	}
	expect(await get(id)).toBeNull();
});
