/** MQTT: publishes and subscriptions. */
import { setTimeout as sleep } from 'node:timers/promises';
import { must, newId, outcome, waitFor, type Check } from './check.ts';
import { put } from './clients/http.ts';
import { connect, durable, messageOf } from './clients/mqtt.ts';

const newTopic = () => `Sign/${newId('topic')}`;
const FAILURE = 0x80;

const deliver: Check = {
	cure: 'mqtt/deliver',
	lane: 'shared',
	async run({ harper }) {
		const id = newId('retained');
		await put(harper, id, { message: 'value' });
		const client = await connect(harper, { version: 5, part: { properties: { receiveMaximum: 1 } } });
		client.isAcknowledging = false;
		await client.subscribe(`Sign/${id}`);
		const value = must(await client.wait('publish'), 'value at the subscription');
		for (const message of ['one', 'two']) await put(harper, id, { message });
		await sleep(300);
		const count = client.publishes.length;
		client.vanish();
		const seen = `the value at a subscription has RETAIN ${Number(value.retain)}`;
		return outcome(!value.retain || count > 1, `${seen}; with Receive Maximum 1, ${count} unacknowledged publishes`);
	},
};

const exactlyOnce: Check = {
	cure: 'mqtt/exactly-once',
	lane: 'shared',
	async run({ harper }) {
		const topic = newTopic();
		const observer = await connect(harper);
		await observer.subscribe(topic);
		const client = await connect(harper);
		const publish = client.publishPacket(topic, 'once', { qos: 2 });
		client.send(publish);
		must(await client.wait('pubrec'), 'PUBREC');
		client.send({ ...publish, dup: true });
		await client.ping();
		await sleep(300);
		client.send({ cmd: 'pubrel', messageId: publish.messageId! });
		must(await client.wait('pubcomp'), 'PUBCOMP');
		await sleep(200);
		const count = observer.publishes.filter((packet) => messageOf(packet) === 'once').length;
		for (const each of [observer, client]) each.vanish();
		return outcome(count > 1, `a PUBLISH at QoS 2 that is repeated before PUBREL reaches a subscriber ${times(count)}`);
	},
};

const times = (count: number) => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`);

const noLocal: Check = {
	cure: 'mqtt/no-local',
	lane: 'shared',
	async run({ harper }) {
		const topic = newTopic();
		const client = await connect(harper, { version: 5 });
		must((await client.subscribe(topic, { nl: true, rh: 2 })) === 1, 'SUBACK');
		must(await client.publish(topic, 'its own'), 'PUBACK');
		const own = await client.wait('publish', undefined, 500);
		client.vanish();
		return outcome(Boolean(own), `with No Local a client ${own ? 'receives' : 'does not receive'} its own publish`);
	},
};

const subscriptions: Check = {
	cure: 'mqtt/subscriptions',
	lane: 'shared',
	async run({ harper }) {
		const client = await connect(harper, { version: 4, part: durable(4) });
		const granted = [await client.subscribe(newTopic(), { qos: 0 }), await client.subscribe(newTopic(), { qos: 1 })];
		client.send({ cmd: 'unsubscribe', messageId: 900, unsubscriptions: [newTopic()] });
		const unsuback = await client.wait('unsuback');
		client.vanish();
		const codes = granted.map((code) => `0x${code?.toString(16)}`).join(' and ');
		const isWrong = granted[0] !== 0 || granted[1] !== 1 || !unsuback;
		const end = unsuback ? 'is acknowledged' : 'is not acknowledged';
		return outcome(isWrong, `a durable session gets ${codes} for QoS 0 and 1; UNSUBSCRIBE of an unknown filter ${end}`);
	},
};

const FILTERS = 2_000;

const quotas: Check = {
	cure: 'mqtt-quotas',
	lane: 'shared',
	async run({ harper }) {
		const client = await connect(harper);
		const topics = Array.from({ length: FILTERS }, newTopic);
		let granted = 0;
		for (let n = 0; n < FILTERS; n += 100) {
			const subscriptions = topics.slice(n, n + 100).map((topic) => ({ topic, qos: 0 as const }));
			client.send({ cmd: 'subscribe', messageId: n + 1, subscriptions });
			const suback = must(await client.wait('suback', ({ messageId }) => messageId === n + 1, 5_000), 'SUBACK');
			granted += (suback.granted as number[]).filter((code) => code < FAILURE).length;
		}
		client.vanish();
		return outcome(granted === FILTERS, `of ${FILTERS} filters of one connection ${granted} are granted`);
	},
};

const failedPublishes: Check = {
	cure: 'failed-publishes',
	lane: 'shared',
	async run({ harper }) {
		const client = await connect(harper, { version: 4 });
		const publish = client.publishPacket('Failing/x', 'lost');
		client.send(publish);
		const puback = await client.wait('puback');
		const isClosed = client.isClosed;
		client.vanish();
		const seen = puback ? 'is acknowledged' : isClosed ? 'ends the connection' : 'gets no answer';
		return outcome(Boolean(puback), `a publish over MQTT 3.1.1 to a class whose write fails with 503 ${seen}`);
	},
};

const refusedPublish: Check = {
	cure: 'mqtt/refused-publish',
	lane: 'shared',
	async run({ harper }) {
		const client = await connect(harper, { version: 5 });
		const { reasonCode = 0, properties } = must(await client.publish(newTopic(), 5), 'PUBACK');
		client.vanish();
		const text = properties?.reasonString ?? '';
		const seen = `a publish with a number for a text is answered 0x${reasonCode.toString(16)} ${text || 'without a text'}`;
		return outcome(reasonCode === FAILURE || !text, seen);
	},
};

const LEAVING = 5;
/** Harper's line for an event that it has for a connection which has ended. */
const TO_NOBODY = 'Session disconnected while trying to send message';

const durableSessions: Check = {
	cure: 'durable-sessions',
	lane: 'shared',
	async run({ harper, log }) {
		const id = newId('left');
		const before = log().length;
		for (let n = 0; n < LEAVING; n++) {
			const client = await connect(harper, { part: durable(4) });
			client.send(client.subscribePacket(`Sign/${id}`), { cmd: 'disconnect' });
			await client.untilClosed();
		}
		await put(harper, id, { message: 'to nobody' });
		const isSent = await waitFor(() => log().slice(before).includes(TO_NOBODY) || undefined, 1_000);
		const seen = isSent ? 'stays, and the log says so at each event' : 'is removed';
		return outcome(Boolean(isSent), `SUBSCRIBE and DISCONNECT in one segment: the subscription ${seen}`);
	},
};

export const MQTT_MESSAGES = [
	deliver,
	exactlyOnce,
	noLocal,
	subscriptions,
	quotas,
	failedPublishes,
	refusedPublish,
	durableSessions,
];
