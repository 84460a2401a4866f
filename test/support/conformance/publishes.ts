/** Statements about PUBLISH and its acknowledgements. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { messageOf, newName, newTopic, rowOf, type Bench, type Client, type Statement } from './client.ts';

async function publishTwice(client: Client, topic: string, message: string): Promise<void> {
	const publish = client.publishPacket(topic, message, { qos: 2 });
	const count = () => client.packets.received.filter(({ cmd }) => cmd === 'pubrec').length;
	client.send(publish);
	await client.until('pubrec', ({ messageId }) => messageId === publish.messageId);
	const before = count();
	client.send({ ...publish, dup: true });
	while (count() === before) await sleep(5);
	await release(client, publish.messageId!);
}

async function release(client: Client, messageId: number): Promise<void> {
	client.send({ cmd: 'pubrel', messageId });
	await client.until('pubcomp', (packet) => packet.messageId === messageId);
}

/** Counts the publishes before this call: mosquitto sends each message, Harper counts them in `revision`. */
async function timesPublished(bench: Bench, observer: Client, topic: string): Promise<number> {
	await (await bench.connected()).publish(topic, 'the last', { retain: false });
	const { payload } = await observer.untilReceived('the last');
	return (rowOf(payload)?.revision ?? observer.received.length) - 1;
}

export const publishes: Statement[] = [
	{
		name: 'MQTT-4.3.3-10: at QoS 2 a repeated PUBLISH before PUBREL is the same message',
		async check(bench) {
			const topic = newTopic();
			const observer = await bench.observer(topic);
			const client = await bench.connected();
			await publishTwice(client, topic, 'one');
			await publishTwice(client, topic, 'two');
			expect(await timesPublished(bench, observer, topic)).toBe(2);
		},
	},
	{
		name: 'MQTT-4.3.3-10: at QoS 2 a PUBLISH that is repeated at once is one message',
		async check(bench) {
			const topic = newTopic();
			const observer = await bench.observer(topic);
			const client = await bench.connected();
			const publish = client.publishPacket(topic, 'at once', { qos: 2 });
			client.sendTogether(publish, { ...publish, dup: true });
			await client.until('pubrec');
			await client.ping();
			await release(client, publish.messageId!);
			expect(await timesPublished(bench, observer, topic)).toBe(1);
		},
	},
	{
		name: 'MQTT-4.3.3-10: at QoS 2 a PUBLISH that is repeated in the next connection is one message',
		async check(bench) {
			for (let n = 0; n < 4; n++) {
				const topic = newTopic();
				const clientId = newName('exactly-once');
				const observer = await bench.observer(topic);
				const before = await bench.connected(bench.durable(), clientId);
				const publish = before.publishPacket(topic, 'once', { qos: 2 });
				before.send(publish);
				await before.until('pubrec');
				before.vanish();
				const back = await bench.connected(bench.durable(), clientId);
				back.send({ ...publish, dup: true });
				await back.until('pubrec');
				await release(back, publish.messageId!);
				expect(await timesPublished(bench, observer, topic)).toBe(1);
				back.packets.received.length = 0;
				back.send({ ...publish, payload: '{"message":"the next"}' });
				await back.until('pubrec');
				await release(back, publish.messageId!);
				await observer.untilReceived('the next');
			}
		},
	},
	{
		name: 'MQTT-4.3.3-8: a subscriber at QoS 2 receives a message once, with four packets',
		async check(bench) {
			const topic = newTopic();
			const client = await bench.connected();
			await client.subscribe(topic, { qos: 2 });
			const publisher = await bench.connected();
			const publish = publisher.publishPacket(topic, 'exactly once', { qos: 2 });
			publisher.send(publish);
			await publisher.until('pubrec');
			await release(publisher, publish.messageId!);
			const received = await client.until('publish', (packet) => messageOf(packet) === 'exactly once');
			expect(received.qos).toBe(2);
			await client.until('pubrel', ({ messageId }) => messageId === received.messageId);
			await client.ping();
		},
	},
	{
		name: 'white space around the JSON of a publish is ignored',
		only: 'Harper',
		async check(bench) {
			const topic = newTopic();
			const observer = await bench.observer(topic);
			const client = await bench.connected();
			for (const space of [' ', '\n', '\t', '\r\n \t']) {
				const message = `after ${JSON.stringify(space)}`;
				await client.publish(topic, '', { payload: `${space}${JSON.stringify({ message })}${space}`, retain: false });
				await observer.untilReceived(message);
			}
		},
	},
	{
		name: 'a publish whose text is not UTF-8 is refused, and not stored',
		only: 'Harper',
		async check(bench) {
			const topic = newTopic();
			const client = await bench.connected();
			await client.publish(topic, 'before');
			const observer = await bench.observer(topic);
			await observer.untilReceived('before');
			for (const space of ['', '\n']) {
				const payload = Buffer.from(`${space}{"message":"caf\xe9"}`, 'latin1');
				const publish = client.publishPacket(topic, '', { payload, retain: false });
				client.send(publish);
				const { reasonCode } = await client.until('puback', ({ messageId }) => messageId === publish.messageId);
				if (bench.version === 5) expect(reasonCode).toBeGreaterThanOrEqual(0x80);
			}
			await client.publish(topic, 'after');
			await observer.untilReceived('after');
			expect(observer.received.map(messageOf)).toEqual(['before', 'after']);
		},
	},
	{
		name: 'a packet is sent at once, not after TCP has acknowledged the previous one',
		only: 'Harper',
		async check(bench) {
			const topic = newTopic();
			const client = await bench.connected();
			await client.subscribe(topic);
			await client.publish(topic, 'warm');
			await client.untilReceived('warm');
			const waits: number[] = [];
			for (let n = 0; n < 15; n++) {
				const came = [client.publish(topic, `${n}`), client.untilReceived(`${n}`)];
				const [acknowledged, received] = await Promise.all(came.map((event) => event.then(() => performance.now())));
				waits.push(Math.abs(received! - acknowledged!));
			}
			// TCP delays an acknowledgement by 40 ms
			expect(waits.toSorted((a, b) => a - b)[7]!).toBeLessThan(25);
		},
	},
];
