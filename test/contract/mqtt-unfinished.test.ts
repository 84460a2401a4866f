/** MQTT clients that leave something unfinished: messages at QoS 2 without PUBREL, a CONNECT that breaks off. */
import mqttPacket, { type IConnackPacket } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { get, newId, rest } from '../support/clients.ts';
import { connect } from '../support/malformed-mqtt.ts';
import { openRaw } from '../support/raw-mqtt.ts';

const MAX_UNRELEASED = 1_000;

test('a connection has at most 1,000 messages at QoS 2 without PUBREL, and MQTT 5 is told so', async () => {
	for (const version of [4, 5] as const) {
		const client = await openRaw('TCP', version);
		client.send(connect({ version, clientId: newId(), account: ADMIN }));
		const connack = (await client.packets.until(({ cmd }) => cmd === 'connack')) as IConnackPacket;
		expect(connack.properties?.receiveMaximum).toBe(version === 5 ? MAX_UNRELEASED : undefined);
		const id = newId('unreleased');
		const publish = (messageId: number) =>
			client.send(
				mqttPacket.generate(
					{ cmd: 'publish', topic: `Sign/${id}`, payload: '{}', qos: 2, messageId, dup: false, retain: false },
					{ protocolVersion: version }
				)
			);
		const answersOf = () => client.packets.received.filter(({ cmd }) => cmd === 'pubrec').length;
		for (let messageId = 1; messageId <= MAX_UNRELEASED; messageId++) publish(messageId);
		await expect.poll(answersOf).toBe(MAX_UNRELEASED);
		publish(MAX_UNRELEASED + 1);
		await client.closed;
		expect(answersOf()).toBe(MAX_UNRELEASED);
		if (version === 5) expect(client.packets.last).toMatchObject({ cmd: 'disconnect', reasonCode: 0x93 });
	}
});

// Cause: a connection that ended while Harper handled its CONNECT had a session that nothing ended, and a will that was never
// published.
test('a client whose packet after the CONNECT is malformed is dead: its last will is published', async () => {
	const ids = Array.from({ length: 20 }, () => newId('broken'));
	await Promise.all(
		ids.map(async (id, n) => {
			await rest('PATCH', `/Sign/${id}`, { online: true });
			const version = n % 2 ? 4 : 5;
			const will = { topic: `Sign/${id}`, payload: Buffer.from('{"online":false}') };
			const client = await openRaw('TCP', version);
			const malformed = Buffer.from([0x30, 0xff, 0xff, 0xff, 0x7f]);
			client.send(Buffer.concat([connect({ version, clientId: id, account: ADMIN, will }), malformed]));
			await client.closed;
		})
	);
	for (const id of ids) await expect.poll(async () => (await get(id))!.online, { message: id }).toBe(false);
});
