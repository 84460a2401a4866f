/** How MQTT answers a refused publish: by the code of the reason and its text in MQTT 5, as an accepted one in MQTT 3.1.1. */
import type { IConnectPacket } from 'mqtt-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { addAccount, get, mqttUrl, newId, webSocketUrl, type Account } from '../support/clients.ts';
import { Bench, type Client, type Part } from '../support/conformance/client.ts';

const portOf = (url: string) => Number(new URL(url).port);
const ports = { TCP: portOf(mqttUrl), TLS: 0, WebSocket: portOf(webSocketUrl()) };
const sign = newId('refused');
const benches: Bench[] = [];
let device: Account;
let viewer: Account;

beforeAll(async () => {
	viewer = await addAccount('viewer', 'sign_viewer');
	device = await addAccount('device', 'sign_device');
});

afterAll(() => benches.forEach((bench) => bench.close()));

function connect(
	version: 4 | 5,
	part: Part<IConnectPacket> = {},
	account = ADMIN,
	transport: 'TCP' | 'WebSocket' = 'TCP'
) {
	const bench = new Bench({ name: 'Harper', ports, account }, transport, version);
	benches.push(bench);
	return bench.connected(part);
}

/** Publishes. @returns the acknowledgement, without its packet identifier */
async function publish(client: Client, topic: string, payload: string | Buffer, qos: 1 | 2 = 1, retain = false) {
	const packet = client.publishPacket(topic, '', { payload, qos, retain });
	client.send(packet);
	const answer = await client.until(qos === 1 ? 'puback' : 'pubrec', ({ messageId }) => messageId === packet.messageId);
	return { code: answer.reasonCode, text: answer.properties?.reasonString, size: answer.length };
}

const NOT_AUTHORIZED = 0x87;
const WRONG_TOPIC = 0x90;
const WRONG_PAYLOAD = 0x99;
const BREAKS_A_RULE = 0x83;
const TOPIC = `Sign/${sign}`;

/** In the order of the checks: who may not write learns nothing else. */
const refusals: [topic: string, payload: string | Buffer, code: number, text: string, account?: () => Account][] = [
	[TOPIC, '{"speed":0}', NOT_AUTHORIZED, 'this account writes no signs', () => viewer],
	[TOPIC, '{"message":"x"}', NOT_AUTHORIZED, 'a device writes its own sign only', () => device],
	['Sign/a.b', '{"message":"x"}', WRONG_TOPIC, 'id must be 1 to 64 of A-Z a-z 0-9 _ -, got "a.b"'],
	['Sign/', '{"message":"x"}', WRONG_TOPIC, 'is not allowed here'],
	['Signs/x', '{"message":"x"}', WRONG_TOPIC, 'topic must be Sign/<id>, got "Signs/x"'],
	['Rejection/admin', '{"message":"x"}', WRONG_TOPIC, 'a rejection is read by GET; only the server writes rejections'],
	[TOPIC, '{"message":', WRONG_PAYLOAD, 'payload must be a JSON object, got "{\\"message\\":"'],
	[TOPIC, '[1]', WRONG_PAYLOAD, 'payload must be a JSON object, got "[1]"'],
	[TOPIC, '', WRONG_PAYLOAD, 'payload must be a JSON object, got nothing'],
	[TOPIC, Buffer.from('{"message":"\xff"}', 'latin1'), WRONG_PAYLOAD, 'payload must be a JSON object'],
	[TOPIC, '{"speed":0}', BREAKS_A_RULE, 'speed must be a whole number from 1 to 100, got 0'],
	[TOPIC, '{"id":"x","message":"x"}', BREAKS_A_RULE, `id must equal the id in the path or topic, "${sign}", got "x"`],
];

test.for(refusals)('MQTT 5: %s %s is answered with %i and its text', async ([topic, payload, code, text, account]) => {
	for (const transport of ['TCP', 'WebSocket'] as const) {
		const client = await connect(5, {}, account?.(), transport);
		for (const qos of [1, 2] as const)
			for (const retain of [false, true])
				if (payload.length || !retain)
					expect([transport, qos, await publish(client, topic, payload, qos, retain)]).toEqual([
						transport,
						qos,
						{ code, text: expect.stringContaining(text), size: expect.any(Number) },
					]);
	}
	expect(await get(sign)).toBeNull();
});

test('MQTT 3.1.1: a refused publish is acknowledged like an accepted one', async () => {
	const client = await connect(4);
	for (const qos of [1, 2] as const)
		expect(await publish(client, TOPIC, '{"speed":0}', qos)).toEqual({ code: undefined, text: undefined, size: 2 });
});

test('a client that asks for no problem information gets the code only [MQTT-3.1.2-29]', async () => {
	const client = await connect(5, { properties: { requestProblemInformation: false } });
	for (const qos of [1, 2] as const)
		expect(await publish(client, TOPIC, '{"speed":0}', qos)).toEqual({ code: BREAKS_A_RULE, text: undefined, size: 3 });
});

test('the text is left out where it would make the packet too large [MQTT-3.4.2-2, -3.5.2-2]', async () => {
	for (const qos of [1, 2] as const) {
		const full = await publish(await connect(5), TOPIC, '{"speed":0}', qos);
		// the size without the fixed header, of 2 bytes
		const size = full.size! + 2;
		for (const [maximumPacketSize, answer] of [
			[size, full],
			[size - 1, { code: BREAKS_A_RULE, text: undefined, size: 3 }],
		] as const) {
			const client = await connect(5, { properties: { maximumPacketSize } });
			expect(await publish(client, TOPIC, '{"speed":0}', qos)).toEqual(answer);
		}
	}
});

test('the packet identifier of a refused publish at QoS 2 is free again, however long the text', async () => {
	const client = await connect(5);
	const id = newId('after');
	const wrong = JSON.stringify(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`field${n}`, n])));
	const packet = client.publishPacket(`Sign/${id}`, '', { payload: wrong, qos: 2, retain: false });
	client.send(packet);
	const refused = await client.until('pubrec');
	expect(refused.properties!.reasonString!.length).toBeGreaterThan(128);
	client.send({ ...packet, payload: '{"message":"after"}' });
	await client.until('pubrec', ({ reasonCode }) => reasonCode === 0);
	expect((await get(id))?.message).toBe('after');
});
