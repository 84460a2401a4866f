/** Subscriptions of MQTT clients: how many are allowed, which are refused, and what remains after a client has gone. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import mqttPacket, { type IConnackPacket, type ISubackPacket, type Packet } from 'mqtt-packet';
import { describe, expect, inject, test } from 'vitest';
import { addAccount, newId, operation, rest, subscribeMqtt, type Account } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { connect } from '../support/malformed-mqtt.ts';
import { openRaw, type Transport, type Version } from '../support/raw-mqtt.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const MAX_FILTERS = 1_000;
const MAX_SESSIONS = 1_000;
/** By version. */
const SUBACK_CODE = { 4: 0x80, 5: 0x97 };
const CONNACK_CODE = { 4: 3, 5: 0x97 };

interface Options {
	transport?: Transport;
	version?: Version;
	account?: Account;
	clientId?: string;
	clean?: boolean;
	/** MQTT 5: whether a session that is not clean outlives its connection. */
	isKept?: boolean;
}

/** A client that subscribes, unsubscribes and disconnects packet by packet. */
async function open({
	transport = 'TCP',
	version = 5,
	account = ADMIN,
	clientId = newId(),
	clean = true,
	isKept = true,
}: Options = {}) {
	const client = await openRaw(transport, version);
	const send = (packet: object) => client.send(bytes(packet));
	const bytes = (packet: object) => mqttPacket.generate(packet as never, { protocolVersion: version });
	// Harper sends ever more slowly to a durable session that acknowledges nothing
	client.packets.map((got) => {
		if (got.cmd === 'publish' && got.qos) send({ cmd: 'puback', messageId: got.messageId });
		return undefined;
	});
	client.send(connect({ version, clientId, clean, account, ...(!clean && isKept && { expiry: 3_600 }) }));
	const connack = (await client.packets.until(({ cmd }) => cmd === 'connack')) as IConnackPacket;
	let messageId = 0;
	const subscription = (topics: string[], rh = 0) => ({
		cmd: 'subscribe',
		messageId: ++messageId,
		subscriptions: topics.map((topic) => ({ topic, qos: 1, rh })),
	});
	const answer = (cmd: string, id: number) => client.packets.until((got) => got.cmd === cmd && got.messageId === id);
	return {
		...client,
		code: connack.reasonCode ?? connack.returnCode,
		sessionPresent: connack.sessionPresent,
		/** @returns the granted QoS of each topic, or the code of its refusal */
		async subscribe(...topics: string[]) {
			send(subscription(topics));
			return ((await answer('suback', messageId)) as ISubackPacket).granted;
		},
		unsubscribe(...topics: string[]) {
			send({ cmd: 'unsubscribe', messageId: ++messageId, unsubscriptions: topics });
			return answer('unsuback', messageId);
		},
		disconnect: () => send({ cmd: 'disconnect' }),
		subscribeAndUnsubscribe(topic: string) {
			const unsubscription = { cmd: 'unsubscribe', messageId: messageId + 2, unsubscriptions: [topic] };
			client.send(Buffer.concat([bytes(subscription([topic], 2)), bytes(unsubscription)]));
			return Promise.all([answer('suback', messageId), answer('unsuback', ++messageId)]);
		},
		subscribeAndDisconnect: (topic: string) =>
			client.send(Buffer.concat([bytes(subscription([topic], 2)), bytes({ cmd: 'disconnect' })])),
	};
}

const log = () => readFile(inject('logFile'), 'utf8');

/** The sessions that Harper has stored. It may answer a SUBSCRIBE before it has stored the session. */
async function durableSessions({ username }: Account): Promise<string[]> {
	const query = {
		operation: 'search_by_value',
		schema: 'system',
		table: 'hdb_durable_session',
		search_attribute: 'id',
	};
	const rows = await operation({ ...query, search_value: `${username}/*`, get_attributes: ['id'] });
	return (rows as { id: string }[]).map(({ id }) => id);
}

describe.for([
	['TCP', 4, true],
	['TCP', 5, false],
	['WebSocket', 5, true],
] as const)('a connection over %s, MQTT version %i (clean: %j)', ([transport, version, clean]) => {
	test(`subscribes to ${MAX_FILTERS} filters, and to one more when it has left another`, async () => {
		const signs = Array.from({ length: MAX_FILTERS + 1 }, () => newId('filter'));
		const { subscribe, unsubscribe, packets } = await open({ transport, version, clean });
		const topics = signs.map((id) => `Sign/${id}`);
		for (let n = 0; n < MAX_FILTERS; n += 100)
			expect(Math.max(...((await subscribe(...topics.slice(n, n + 100))) as number[]))).toBeLessThan(3);
		expect(await subscribe(topics[MAX_FILTERS]!, topics[0]!)).toEqual([SUBACK_CODE[version], expect.toBeOneOf([0, 1])]);
		await unsubscribe(topics[1]!);
		expect(await subscribe(topics[MAX_FILTERS]!, topics[1]!)).toEqual([expect.toBeOneOf([0, 1]), SUBACK_CODE[version]]);
		await rest('PUT', `/Sign/${signs[MAX_FILTERS]}`, { message: 'last' });
		await packets.until((got) => got.cmd === 'publish' && got.topic === topics[MAX_FILTERS]);
	});

	test('subscribes to filters of 65,536 bytes together', async () => {
		const long = (n: number) => `Sign/+${'/+'.repeat(4_093)}/${n}`; // 8,194 bytes
		const { subscribe } = await open({ transport, version, clean });
		for (let n = 0; n < 7; n++) expect(await subscribe(long(n))).toEqual([expect.toBeOneOf([0, 1])]);
		expect(await subscribe(long(7), 'Sign/+')).toEqual([SUBACK_CODE[version], expect.toBeOneOf([0, 1])]);
	});
});

test(`an account has at most ${MAX_SESSIONS} durable sessions, and others as many`, { timeout: 60_000 }, async () => {
	const [account, other] = [await addAccount('many'), await addAccount('other')];
	const begin = async (clientId: string, who = account, clean = false, version: Version = 4) => {
		const { code, subscribe, disconnect, closed } = await open({ account: who, clientId, clean, version });
		if (code) return code;
		await subscribe('Sign/x');
		disconnect();
		await closed;
		return 0;
	};
	// half of the names are sorted last; Harper's own search by a prefix does not find these
	const ids = Array.from({ length: MAX_SESSIONS }, (_, n) => (n % 2 ? `session-${n}` : `😀${n}`));
	const left = ids.values();
	await Promise.all(
		Array.from({ length: 8 }, async () => {
			for (const id of left) expect(await begin(id)).toBe(0);
		})
	);
	await expect.poll(() => durableSessions(account)).toHaveLength(MAX_SESSIONS / 2);
	for (const version of [4, 5] as const) {
		expect(await begin('new', account, false, version)).toBe(CONNACK_CODE[version]);
		expect(await begin('new', account, true, version), 'a clean one').toBe(0);
		expect(await begin('new', other, false, version), 'of another account').toBe(0);
		expect(await begin(ids[5]!, account, false, version), 'one that comes back').toBe(0);
	}
	expect(await begin(ids[5]!, account, true)).toBe(0);
	await expect.poll(() => begin('new')).toBe(0);
});

test('a filter that cannot be read is refused without a stack in the log', async () => {
	for (const version of [4, 5] as const) {
		const { subscribe } = await open({ version });
		const wrong = ['Sign/a.b', 'Sign/#/x', 'Sign/a/x+', '?x', 'Nothing/x', 'Sign/x?y=z'];
		for (const code of (await subscribe(...wrong, 'Sign/x')).slice(0, -1)) expect(code).toBeGreaterThanOrEqual(0x80);
	}
	expect(await log()).not.toMatch(
		/Dots are not allowed|wildcards can|No topic|resource has been defined|a topic has no query/
	);
});

test('a client whose session is not to be kept leaves none, with or without a client id', async () => {
	const account = await addAccount('nameless');
	for (const clientId of ['', 'not kept', 'named']) {
		const isKept = clientId === 'named';
		const { subscribe, disconnect, closed } = await open({ account, clientId, clean: false, isKept });
		await subscribe('Sign/x');
		disconnect();
		await closed;
	}
	const stored = await eventually(
		() => durableSessions(account),
		({ length }) => length > 0
	);
	expect(stored).toEqual([`${account.username}/named`]);
});

test('what is subscribed to while the client disconnects is ended', async () => {
	const id = newId('left');
	// Harper's line for each event without a subscriber
	const lines = async () => (await log()).split('Session disconnected while trying to send message').length;
	const before = await lines();
	for (let n = 0; n < 20; n++) {
		const { subscribeAndDisconnect, closed } = await open({ clean: n % 2 === 0 });
		subscribeAndDisconnect(`Sign/${id}`);
		await closed;
	}
	const { feed } = await subscribeMqtt('MQTT 5', 'Sign/+');
	await rest('PUT', `/Sign/${id}`, { message: 'to nobody' });
	await feed.until((received) => received.id === id);
	await sleep(300); // nothing is to come
	expect((await lines()) - before, 'of 20; other tests may add some').toBeLessThan(10);
});

test('a durable session is there when its client has connected before', async () => {
	for (const version of [4, 5] as const) {
		const clientId = newId();
		const isThere = async (clean: boolean, topic?: string) => {
			const { sessionPresent, subscribe, disconnect, closed } = await open({ version, clientId, clean });
			if (topic) await subscribe(topic);
			disconnect();
			await closed;
			return sessionPresent;
		};
		expect([await isThere(false), await isThere(false, 'Sign/x')]).toEqual([false, true]);
		await expect.poll(() => isThere(false)).toBe(true);
		expect(await isThere(true)).toBe(false);
		await expect.poll(() => isThere(false)).toBe(false);
	}
});

// Cause: an acknowledgement that Harper handles after the end of the connection stored the session again.
test('a session that a clean one has ended does not come back', async () => {
	const visit = async (version: Version, clientId: string, clean: boolean, topic?: string) => {
		const { sessionPresent, subscribe, disconnect, closed } = await open({ version, clientId, clean });
		if (topic) await subscribe(topic);
		disconnect();
		await closed;
		return sessionPresent;
	};
	const round = async (version: Version) => {
		const clientId = newId();
		await visit(version, clientId, false, 'Sign/x');
		await visit(version, clientId, false); // gets the state of Sign/x, and leaves
		await visit(version, clientId, true);
		expect(await visit(version, clientId, false)).toBe(false);
	};
	const rounds = async (version: Version) => {
		for (let n = 0; n < 20; n++) await round(version);
	};
	await Promise.all([4, 5, 4, 5, 4, 5, 4, 5].map((version) => rounds(version as Version)));
});

test.for([
	[4, true],
	[4, false],
	[5, true],
	[5, false],
] as const)('an UNSUBSCRIBE is answered, whatever it names (MQTT version %i, clean: %j)', async ([version, clean]) => {
	const [id, clientId] = [newId('left'), newId()];
	const topic = `Sign/${id}`;
	const client = await open({ version, clean, clientId });
	await client.unsubscribe(topic, 'Sign/a.b', 'Nothing/x');
	await client.subscribeAndUnsubscribe(topic);
	await client.subscribe(topic);
	client.disconnect();
	await client.closed;
	const again = await open({ version, clean, clientId });
	await again.unsubscribe(topic); // while its session is resumed
	await rest('PUT', `/Sign/${id}`, { message: 'to nobody' });
	await again.subscribe(`Rejection/${ADMIN.username}`, 'Sign/+');
	const isEvent = (got: Packet, message: string) =>
		got.cmd === 'publish' && got.topic === topic && String(got.payload).includes(message);
	// not the state with which the session was resumed
	await again.packets.until((got) => isEvent(got, 'to nobody'));
	await rest('PUT', `/Sign/${id}`, { message: 'once' });
	const isOnce = (got: Packet) => isEvent(got, 'once');
	await again.packets.until(isOnce);
	await sleep(200); // nothing is to come
	expect(again.packets.received.filter(isOnce).length).toBe(1);
	expect(client.packets.received.map(({ cmd }) => cmd)).not.toContain('publish');
});
