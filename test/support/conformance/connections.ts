/** Statements about CONNECT, CONNACK and the end of a connection. */
import { expect } from 'vitest';
import { newName, newTopic, type Bench, type Client, type Statement } from './client.ts';

/** Bad user name or password; not authorized. */
const REFUSED = { 4: [4, 5], 5: [0x86, 0x87] };
const TAKEN_OVER = 0x8e;
const PROTOCOL_VERSION = [1, 0x84];

const codeOf = ({ returnCode, reasonCode }: { returnCode?: number; reasonCode?: number }) => returnCode ?? reasonCode;

async function expectRefused(client: Client, connect: object): Promise<void> {
	const topic = newTopic();
	client.sendTogether(client.connectPacket(connect), client.publishPacket(topic, 'from a stranger'));
	const connack = await client.until('connack');
	expect(REFUSED[client.version]).toContain(codeOf(connack));
	expect(connack.sessionPresent).toBe(false);
	await client.untilClosed();
	// mosquitto sends a DISCONNECT as well
	expect(client.packets.received.map(({ cmd }) => cmd).filter((cmd) => cmd !== 'disconnect')).toEqual(['connack']);
}

/** Sends other packets together with the CONNECT, before its password is checked. */
async function pipeline(bench: Bench): Promise<void> {
	const client = await bench.open();
	const topic = newTopic();
	client.sendTogether(
		client.connectPacket(),
		client.subscribePacket(topic),
		client.publishPacket(topic, 'pipelined', { qos: 1 }),
		{ cmd: 'pingreq' }
	);
	await client.until('pingresp');
	await client.until('puback');
	await client.untilReceived('pipelined');
	const answers = client.packets.received.map(({ cmd }) => cmd).filter((cmd) => cmd !== 'publish');
	expect(answers.toSorted()).toEqual(['connack', 'pingresp', 'puback', 'suback']);
	expect(answers[0]).toBe('connack');
	expect(answers.indexOf('suback')).toBeLessThan(answers.indexOf('puback'));
}

export const connections: Statement[] = [
	{
		name: 'MQTT-3.1.4-5: packets that follow a CONNECT before its password is checked are handled, in order',
		check: async (bench) => void (await Promise.all(Array.from({ length: 5 }, () => pipeline(bench)))),
	},
	{
		name: 'MQTT-3.1.4-5: a client that sends CONNECT, PUBLISH at QoS 0 and DISCONNECT together, and closes, has published',
		async check(bench) {
			const topics = Array.from({ length: 5 }, newTopic);
			const observers = await Promise.all(topics.map((topic) => bench.observer(topic)));
			for (const topic of topics) {
				const client = await bench.open();
				const publish = client.publishPacket(topic, 'and gone', { qos: 0 });
				client.sendTogether(client.connectPacket(), publish, { cmd: 'disconnect' });
				client.end();
			}
			await Promise.all(observers.map((observer) => observer.untilReceived('and gone')));
		},
	},
	{
		name: 'MQTT-3.1.0-1: a connection whose first packet is not a CONNECT is closed',
		async check(bench) {
			const client = await bench.open();
			client.send({ cmd: 'pingreq' });
			await client.untilClosed();
		},
	},
	{
		name: 'MQTT-3.1.0-2: a second CONNECT closes the connection',
		async check(bench) {
			for (const isTogether of [false, true]) {
				const client = await bench.open();
				if (isTogether) client.sendTogether(client.connectPacket(), client.connectPacket());
				else {
					await client.connect();
					client.send(client.connectPacket());
				}
				await client.untilClosed();
				expect(client.packets.received.filter(({ cmd }) => cmd === 'connack').length).toBeLessThanOrEqual(1);
			}
		},
	},
	{
		name: 'MQTT-3.1.2-2: an unknown version is refused, and the connection is closed',
		async check(bench) {
			const client = await bench.open();
			const connect = client.bytesOf(client.connectPacket());
			connect[connect.indexOf('MQTT') + 4] = 9;
			client.sendBytes(connect);
			await client.untilClosed();
			const [connack] = client.packets.received;
			if (connack) expect(PROTOCOL_VERSION).toContain(codeOf(connack as never));
		},
	},
	{
		name: 'MQTT-3.2.2-5: a wrong password is refused with a code of its version, and the connection is closed',
		check: async (bench) =>
			expectRefused(await bench.open(), { username: newName('nobody'), password: Buffer.from('wrong') }),
	},
	{
		name: 'MQTT-3.2.2-5: a CONNECT without an account is refused with a code of its version, and the connection is closed',
		check: async (bench) => expectRefused(await bench.open(), { username: undefined, password: undefined }),
	},
	{
		name: 'MQTT-3.1.4-3: a second connection with the client id ends the first, in MQTT 5 with a reason',
		async check(bench) {
			const clientId = newName('twice');
			// several times: the connections may be on one thread of the server, or on two
			for (let n = 0; n < 6; n++) {
				const first = await bench.connected({}, clientId);
				const second = await bench.connected({}, clientId);
				await first.untilClosed();
				// mosquitto 2.0.11 sends no reason
				const hasReason = bench.version === 5 && bench.broker.name === 'Harper';
				expect(first.packets.received.slice(1)).toMatchObject(
					hasReason ? [{ cmd: 'disconnect', reasonCode: TAKEN_OVER }] : []
				);
				await second.ping();
			}
		},
	},
	{
		name: 'MQTT-3.1.4-3: the second connection continues the session that it takes over',
		async check(bench) {
			const clientId = newName('twice');
			const topic = newTopic();
			const first = await bench.connected(bench.durable(), clientId);
			await first.subscribe(topic);
			const second = await bench.open(clientId);
			expect((await second.connect(bench.durable())).sessionPresent).toBe(true);
			await first.untilClosed();
			await (await bench.connected()).publish(topic, 'to the second');
			await second.untilReceived('to the second');
			expect(first.received).toEqual([]);
			await second.disconnect();
			expect((await (await bench.open(clientId)).connect(bench.durable())).sessionPresent).toBe(true);
		},
	},
	{
		name: 'MQTT-3.1.3-6: an empty client id is accepted, and MQTT 5 announces the assigned one [3.2.2.3.7]',
		async check(bench) {
			const { properties } = await (await bench.open('')).connect();
			if (bench.version === 5) expect(properties?.assignedClientIdentifier).toMatch(/./);
			const named = await (await bench.open()).connect();
			expect(named.properties?.assignedClientIdentifier).toBeUndefined();
		},
	},
	{
		name: 'MQTT-4.12.0-1: an unknown authentication method is refused',
		versions: [5],
		async check(bench) {
			const client = await bench.open();
			const properties = { authenticationMethod: 'none' };
			expect((await client.connect({ properties })).reasonCode).toBe(0x8c);
			await client.untilClosed();
		},
	},
	{
		name: 'RFC 6455, MQTT-6.0.0-3: a WebSocket that offers several subprotocols speaks MQTT',
		transports: ['WebSocket'],
		versions: [4],
		async check(bench) {
			for (const offered of [['mqtt', 'mqttv3.1'], ['mqttv3.1'], ['mqttv3.1', 'mqtt']]) {
				const client = await bench.open(undefined, bench.version, offered);
				expect((await client.connect()).returnCode).toBe(0);
				await client.ping();
			}
		},
	},
];
