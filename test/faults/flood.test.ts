/**
 * A device publishes 2,000 messages a second without waiting, valid ones and refused ones, at QoS 0 and 1.
 * Its last value is stored at once, others notice little, and the server keeps neither memory nor a line of log for each.
 */
import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { withstands } from '../support/abuse.ts';
import { addAccount, connectMqtt, get, newId, openWebSocket, rest, useServer } from '../support/clients.ts';
import { keepLog } from '../support/log.ts';
import { startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';

const PER_SECOND = 2_000;
const SECONDS = 6;
const MAX_LOG_BYTES = 100_000;

let harper: TemporaryHarper;
beforeAll(async () => {
	harper = await startTemporaryHarper();
	useServer(harper);
});
afterAll(() => harper.remove());

/** A device that publishes to its own sign as fast as it can: it writes the bytes directly, past its client's queue. */
async function flooder(qos: 0 | 1) {
	const id = newId('flood');
	const account = await addAccount('flood', 'sign_device', id);
	const client = await connectMqtt('MQTT 3.1.1', account);
	let n = 0;
	const packet = (payload: string) => {
		const topic = `Sign/${id}`;
		const messageId = qos ? [((n % 60_000) + 1) >> 8, ((n % 60_000) + 1) & 0xff] : [];
		const length = 2 + topic.length + messageId.length + payload.length;
		const head = [0x30 | (qos << 1), (length & 0x7f) | 0x80, length >> 7, 0, topic.length];
		return Buffer.concat([Buffer.from(head), Buffer.from(topic), Buffer.from(messageId), Buffer.from(payload)]);
	};
	const flood = async (payload: (n: number) => object) => {
		const begin = performance.now();
		for (const first = n; n - first < PER_SECOND * SECONDS; await sleep(5)) {
			const due = Math.min(PER_SECOND * SECONDS, ((performance.now() - begin) * PER_SECOND) / 1000);
			const bytes = [];
			while (n - first < due) bytes.push(packet(JSON.stringify(payload(++n)).padEnd(100)));
			client.stream.write(Buffer.concat(bytes));
		}
	};
	return { id, account, flood, sent: () => n };
}

/**
 * Expects that the server soon has read the flood, that nobody notices it, and that not each message has a log line.
 * @param isOver whether the last message was processed
 */
async function endure(flood: () => Promise<void>, isOver: () => Promise<boolean>): Promise<void> {
	const log = statSync(harper.logFile).size;
	await withstands(harper, async () => {
		await flood();
		const end = performance.now();
		await expect.poll(isOver, { timeout: 60_000 }).toBe(true);
		expect(performance.now() - end, 'ms until the last is stored or refused').toBeLessThan(2_000);
	});
	expect(statSync(harper.logFile).size - log, 'bytes of log').toBeLessThan(MAX_LOG_BYTES);
}

for (const qos of [0, 1] as const) {
	test(`a flood of writes at QoS ${qos}`, { timeout: 180_000 }, async () => {
		onTestFailed(() => keepLog(harper));
		const { id, flood, sent } = await flooder(qos);
		const isStored = async () => (await get(id))?.message === `${sent()}`;
		await endure(() => flood((n) => ({ message: `${n}` })), isStored);
		expect((await get(id))!.revision, 'each counts').toBe(sent());
	});

	test(`a flood of refused writes at QoS ${qos}`, { timeout: 180_000 }, async () => {
		onTestFailed(() => keepLog(harper));
		const { account, flood, sent } = await flooder(qos);
		const isRefused = async () => {
			const { text } = await rest('GET', `/Rejection/${account.username}`, undefined, account);
			return text.includes(`got ${1000 + sent()}"`);
		};
		await endure(() => flood((n) => ({ speed: 1000 + n })), isRefused);
	});
}

test(
	'a flood over WebSockets, and the writes of another account to the same sign: none of them is refused',
	{ timeout: 60_000 },
	async () => {
		const id = newId('shared');
		const [flooder, writer] = [
			await addAccount('flooder', 'sign_operator'),
			await addAccount('writer', 'sign_operator'),
		];
		const write = async () => (await rest('PATCH', `/Sign/${id}`, { message: 'x' }, writer)).status;
		const answers: number[] = [];
		let floods = 0; // that the server has ended: their errors were too many
		for (let round = 0; round < 3; round++) {
			const sockets = await Promise.all(Array.from({ length: 4 }, () => openWebSocket(`/Sign/${id}`, flooder)));
			for (const { send } of sockets) for (let n = 0; n < 8_000; n++) send({ speed: 1 + (n % 100) });
			for (let n = 0; n < 10; n++) answers.push(...(await Promise.all(Array.from({ length: 10 }, write))));
			floods += sockets.filter(({ socket }) => socket.readyState === socket.CLOSED).length;
			for (const { socket } of sockets) socket.terminate();
		}
		expect(floods).toBeGreaterThan(0);
		expect(answers.filter((status) => status !== 204)).toEqual([]);
	}
);
