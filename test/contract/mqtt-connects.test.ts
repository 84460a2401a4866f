/** CONNECTs that Harper cannot store. A client id of 60,000 bytes was an uncaughtException, and the connection stayed open. */
import { readFile } from 'node:fs/promises';
import { expect, inject, test } from 'vitest';
import { connectMqtt, get, mqttUrl, newId } from '../support/clients.ts';
import { connect, packet } from '../support/malformed-mqtt.ts';
import { rawConnection } from '../support/raw.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const { port } = new URL(mqttUrl);
const PING = Buffer.from([0xc0, 0]);

/** The CONNACK's code, by the version of MQTT. */
const CODES = [
	[4, 2],
	[5, 0x85],
] as const;

const wrongIds = ['x'.repeat(60_000), 'x'.repeat(257), 'é'.repeat(129), 'a\0b', 'a\u0007', '\u0085'];

test.for(wrongIds.flatMap((clientId) => [true, false].map((clean) => [clientId, clean] as const)))(
	'a client id %j is refused, and the connection ended (clean: %j)',
	async ([clientId, clean]) => {
		for (const [version, code] of CODES) {
			const { write, untilClosed } = await rawConnection(port);
			write(connect({ version, clientId, clean, account: ADMIN }));
			const answer = await untilClosed();
			expect([answer[0], answer[3]]).toEqual([0x20, code]);
		}
		expect(await readFile(inject('logFile'), 'utf8')).not.toMatch(/uncaughtException|nhandled/);
	}
);

test('a client id of 256 bytes is a valid one, durable and not', async () => {
	for (const clean of [true, false])
		for (const kind of ['MQTT 3.1.1', 'MQTT 5', 'MQTT over WebSocket'] as const) {
			const id = newId('kept');
			const client = await connectMqtt(kind, { clientId: newId('é').padEnd(255, 'x'), clean });
			await client.subscribeAsync(`Sign/${id}`, { qos: 1 });
			await client.publishAsync(`Sign/${id}`, '{"message":"here"}', { qos: 1 });
			expect(await get(id)).toMatchObject({ message: 'here' });
		}
});

test('an empty client id needs a clean session in MQTT 3.1.1', async () => {
	const refused = await rawConnection(port);
	refused.write(connect({ version: 4, clientId: '', clean: false, account: ADMIN }));
	expect((await refused.untilClosed())[3]).toBe(2);
	const taken = await rawConnection(port);
	taken.write(connect({ version: 4, clientId: '', account: ADMIN }));
	expect((await taken.until((all) => all.length >= 4, 'a CONNACK'))[3]).toBe(0);
});

test('a connection is ended when its CONNECT is refused, and when it sends a second one', async () => {
	for (const version of [4, 5] as const) {
		const stranger = await rawConnection(port);
		stranger.write(connect({ version, clientId: newId(), account: { username: 'u'.repeat(60_000), password: 'x' } }));
		expect((await stranger.untilClosed())[0]).toBe(0x20);

		const twice = await rawConnection(port);
		twice.write(connect({ version, clientId: newId(), account: ADMIN }));
		await twice.until((all) => all.length >= 4, 'a CONNACK');
		twice.write(PING);
		await twice.until((all) => all.includes(0xd0), 'an answer to a PING');
		twice.write(connect({ version, clientId: newId(), account: ADMIN }));
		await twice.untilClosed();
	}
	expect(packet(0xc0)).toEqual(PING);
});
