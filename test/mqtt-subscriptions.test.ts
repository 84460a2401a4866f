/** What MQTT clients subscribe to: how much they may, what is refused, and what is left of it when they go away. */
import mqttPacket, { type IConnackPacket, type ISubackPacket } from 'mqtt-packet';
import { describe, expect, test } from 'vitest';
import { addAccount, newId, operation, rest, type Account } from './clients.ts';
import { eventually } from './feed.ts';
import { connect } from './malformed-mqtt.ts';
import { openRaw, type Transport, type Version } from './raw-mqtt.ts';
import { ADMIN } from './test-harper.ts';

const MOST_FILTERS = 1_000;
const MOST_SESSIONS = 1_000;
/** By version. */
const SUBACK_CODE = { 4: 0x80, 5: 0x97 };
const CONNACK_CODE = { 4: 3, 5: 0x97 };

interface Options {
	transport?: Transport;
	version?: Version;
	account?: Account;
	clientId?: string;
	clean?: boolean;
}

/** A client that subscribes, unsubscribes and disconnects packet by packet. */
async function open({
	transport = 'TCP',
	version = 5,
	account = ADMIN,
	clientId = newId(),
	clean = true,
}: Options = {}) {
	const client = await openRaw(transport, version);
	const send = (packet: object) => client.send(bytes(packet));
	const bytes = (packet: object) => mqttPacket.generate(packet as never, { protocolVersion: version });
	client.send(connect({ version, clientId, clean, account }));
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
		/** @returns what was granted */
		async subscribe(...topics: string[]) {
			send(subscription(topics));
			return ((await answer('suback', messageId)) as ISubackPacket).granted;
		},
		unsubscribe(...topics: string[]) {
			send({ cmd: 'unsubscribe', messageId: ++messageId, unsubscriptions: topics });
			return answer('unsuback', messageId);
		},
		disconnect: () => send({ cmd: 'disconnect' }),
	};
}

/** What Harper has stored; it does so while it answers a SUBSCRIBE already. */
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
	test(`subscribes to ${MOST_FILTERS} filters, and to one more when it has left another`, async () => {
		const signs = Array.from({ length: MOST_FILTERS + 1 }, () => newId('filter'));
		const { subscribe, unsubscribe, packets } = await open({ transport, version, clean });
		const topics = signs.map((id) => `Sign/${id}`);
		for (let n = 0; n < MOST_FILTERS; n += 100)
			expect(Math.max(...((await subscribe(...topics.slice(n, n + 100))) as number[]))).toBeLessThan(3);
		expect(await subscribe(topics[MOST_FILTERS]!, topics[0]!)).toEqual([
			SUBACK_CODE[version],
			expect.toBeOneOf([0, 1]),
		]);
		await unsubscribe(topics[1]!);
		expect(await subscribe(topics[MOST_FILTERS]!, topics[1]!)).toEqual([
			expect.toBeOneOf([0, 1]),
			SUBACK_CODE[version],
		]);
		await rest('PUT', `/Sign/${signs[MOST_FILTERS]}`, { message: 'last' });
		await packets.until((got) => got.cmd === 'publish' && got.topic === topics[MOST_FILTERS]);
	});

	test('subscribes to filters of 65,536 bytes together', async () => {
		const long = (n: number) => `Sign/+${'/+'.repeat(4_093)}/${n}`; // 8,194 bytes
		const { subscribe } = await open({ transport, version, clean });
		for (let n = 0; n < 7; n++) expect(await subscribe(long(n))).toEqual([expect.toBeOneOf([0, 1])]);
		expect(await subscribe(long(7), 'Sign/+')).toEqual([SUBACK_CODE[version], expect.toBeOneOf([0, 1])]);
	});
});

test(`an account has at most ${MOST_SESSIONS} durable sessions, and others as many`, { timeout: 60_000 }, async () => {
	const [account, other] = [await addAccount('many'), await addAccount('other')];
	const begin = async (clientId: string, who = account, clean = false, version: Version = 4) => {
		const { code, subscribe, disconnect, closed } = await open({ account: who, clientId, clean, version });
		if (code) return code;
		await subscribe('Sign/x');
		disconnect();
		await closed;
		return 0;
	};
	const ids = Array.from({ length: MOST_SESSIONS }, (_, n) => `session-${n}`);
	const left = ids.values();
	await Promise.all(
		Array.from({ length: 8 }, async () => {
			for (const id of left) expect(await begin(id)).toBe(0);
		})
	);
	await eventually(
		() => durableSessions(account),
		({ length }) => length === MOST_SESSIONS
	);
	for (const version of [4, 5] as const) {
		expect(await begin('new', account, false, version)).toBe(CONNACK_CODE[version]);
		expect(await begin('new', account, true, version), 'a clean one').toBe(0);
		expect(await begin('new', other, false, version), 'of another account').toBe(0);
		expect(await begin(ids[5]!, account, false, version), 'one that comes back').toBe(0);
	}
	expect(await begin(ids[5]!, account, true)).toBe(0);
	await eventually(
		() => begin('new'),
		(code) => code === 0
	);
});
