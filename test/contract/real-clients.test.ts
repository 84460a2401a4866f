/** Habits of users of clients that we did not write: Python's paho 1.6, and mosquitto's tools. (The life of a device: real-devices.test.ts.) */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { addAccount, get, newId, rest } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { hasMosquittoClients, hasPaho, startMosquittoClient, startPaho } from '../support/real/programs.ts';

const VERSIONS = [4, 5] as const;
const messageOf = (text = 'null') => (JSON.parse(text) as { message?: string } | null)?.message;

describe.skipIf(!hasPaho).for(VERSIONS)('paho 1.6, MQTT version %i', (version) => {
	test('connect(); subscribe(); loop_start() hears the value and the changes', async () => {
		const clients = Array.from({ length: 8 }, () => {
			const id = newId('paho');
			return { id, paho: startPaho('subscribe first', version, { id, topic: `Sign/${id}` }) };
		});
		await Promise.all(
			clients.map(async ({ id, paho }) => {
				const { codes } = await paho.told.until(({ what }) => what === 'subscribed', 20_000);
				expect(codes).toEqual([1]);
				await rest('PUT', `/Sign/${id}`, { message: 'heard' });
				await paho.told.until(({ text }) => messageOf(text) === 'heard');
				expect(paho.told.received.filter(({ what }) => what === 'connected')).toEqual([
					expect.objectContaining({ code: 0 }),
				]);
			})
		);
	});

	test.for([0, 1])('connect(); publish(); disconnect() at QoS %i publishes', async (qos) => {
		const id = newId('gone');
		const { told } = startPaho('publish and go', version, { id, topic: `Sign/${id}`, count: 15, qos });
		await told.until(({ what }) => what === 'published', 20_000);
		for (let n = 0; n < 15; n++)
			await eventually(
				() => get(`${id}-${n}`),
				(row) => row?.message === 'gone'
			);
	});

	test('a wrong password is told by its code, and its thread lives', async () => {
		const account = await addAccount('paho');
		const { told } = startPaho('stay', version, { id: newId('wrong') }, { ...account, password: 'wrong' });
		const { code } = await told.until(({ what }) => what === 'connected');
		expect(code).toBe(version === 4 ? 4 : 0x86);
		expect((await told.until(({ what }) => what === 'threads')).alive).toBe(2);
	});

	test('a session that is resumed is present, and gets what it missed', async () => {
		const id = newId('resumed');
		const options = { id, topic: `Sign/${id}` };
		const first = startPaho('resume', version, options);
		expect(Boolean((await first.told.until(({ what }) => what === 'connected')).present)).toBe(false);
		await first.told.until(({ what }) => what === 'subscribed');
		first.ask({ do: 'disconnect' });
		await first.told.until(({ what }) => what === 'disconnected');
		await rest('PUT', `/Sign/${id}`, { message: 'missed' });
		const second = startPaho('resume', version, options);
		expect(Boolean((await second.told.until(({ what }) => what === 'connected')).present)).toBe(true);
		await second.told.until(({ text }) => messageOf(text) === 'missed');
		await rest('PUT', `/Sign/${id}`, { message: 'live' });
		await second.told.until(({ text }) => messageOf(text) === 'live');
	});
});

describe.skipIf(!hasMosquittoClients).for(VERSIONS)("mosquitto's tools, MQTT version %i", (version) => {
	test('mosquitto_sub --retained-only prints the value and ends, -R only changes', async () => {
		const id = newId('retained');
		await rest('PUT', `/Sign/${id}`, { message: 'value' });
		const changes = startMosquittoClient('sub', version, ['-t', `Sign/${id}`, '-R', '-q', '1']);
		const { lines, exit } = startMosquittoClient('sub', version, ['-t', `Sign/${id}`, '--retained-only', '-W', '5']);
		await lines.until((line) => messageOf(line) === 'value');
		// again, because -R prints nothing when it has subscribed
		const change = () => rest('PATCH', `/Sign/${id}`, { message: 'changed' });
		await eventually(change, () => changes.lines.received.length > 0);
		expect(await exit).toBe(0);
		expect(lines.received.map(messageOf)).toEqual(['value']);
		expect(new Set(changes.lines.received.map(messageOf))).toEqual(new Set(['changed']));
	});

	test('mosquitto_sub that ends with -W publishes its will in MQTT 5, and takes it back in 3.1.1', async () => {
		const id = newId('timeout');
		await rest('PUT', `/Sign/${id}`, { message: 'alive' });
		const will = ['--will-topic', `Sign/${id}`, '--will-payload', '{"message":"the will"}', '--will-qos', '1'];
		await startMosquittoClient('sub', version, ['-t', `Sign/${id}`, '-W', '1', ...will]).exit;
		if (version === 5) return void (await expect.poll(() => get(id)).toMatchObject({ message: 'the will' }));
		await sleep(300);
		expect(await get(id)).toMatchObject({ message: 'alive' });
	});

	test('mosquitto_sub -c gets what it missed', async () => {
		const id = newId('durable');
		const keep = version === 5 ? ['-x', '60'] : [];
		const words = ['-t', `Sign/${id}`, '-q', '1', '-c', '-i', id, ...keep];
		await rest('PUT', `/Sign/${id}`, { message: 'value' });
		await startMosquittoClient('sub', version, [...words, '-C', '1']).exit;
		await rest('PUT', `/Sign/${id}`, { message: 'missed' });
		const { lines } = startMosquittoClient('sub', version, words);
		await lines.until((line) => messageOf(line) === 'missed');
	});

	test('mosquitto_pub with a wrong password fails', async () => {
		const account = { ...(await addAccount('wrong')), password: 'wrong' };
		const words = ['-t', 'Sign/x', '-m', '{}', '-q', '1'];
		expect(await startMosquittoClient('pub', version, words, account).exit).not.toBe(0);
	});

	test('mosquitto_pub publishes at each QoS, once', async () => {
		const id = newId('each');
		for (const qos of ['0', '1', '2']) {
			await startMosquittoClient('pub', version, ['-t', `Sign/${id}`, '-m', `{"message":"${qos}"}`, '-q', qos]).exit;
			const row = await eventually(
				() => get(id),
				(row) => row?.message === qos
			);
			expect(row!.revision).toBe(Number(qos) + 1);
		}
	});
});
