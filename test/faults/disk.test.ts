/**
 * The disk is full, up to the last byte, or the kernel makes it read-only because its device fails.
 * Writes are refused with a reason, reads go on, no acknowledged write is lost, and writes are accepted again once there is space.
 */
import { onTestFinished, describe, expect, test } from 'vitest';
import {
	addAccount,
	connectMqtt,
	get,
	newId,
	openEventSource,
	openWebSocket,
	rest,
	subscribeMqtt,
	useServer,
} from '../support/clients.ts';
import { eventually, Feed } from '../support/feed.ts';
import { mayMount, mountDisk, type DiskKind } from '../support/small-disk.ts';
import { startHarper } from '../../launcher/harper.ts';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { keepLog } from '../support/log.ts';

/** The space that the application leaves free. */
const RESERVED_MB = 64;
const NO_SPACE = 'the server has no space left to store this: try again later';

async function harperOnDisk(kind: DiskKind) {
	const disk = mountDisk(kind, 160);
	onTestFinished(() => disk.remove());
	const harper = await startTemporaryHarper({ folder: `${disk.folder}/harper` });
	onTestFinished(async ({ task }) => {
		if (task.result?.state === 'fail') await keepLog(harper);
		await harper.kill();
	});
	useServer(harper);
	return { disk, harper };
}

/** Publishes rising numbers at QoS 1, and sends those again that were not acknowledged. */
async function startPublisher(id: string, version: 'MQTT 3.1.1' | 'MQTT 5') {
	const client = await connectMqtt(version, { reconnectPeriod: 100 });
	const ended = new Feed<string>('the end of the connection');
	client.on('close', () => ended.push('end'));
	let n = 0;
	let acknowledged = 0;
	const timer = setInterval(() => {
		const message = ++n;
		const done = () => (acknowledged = Math.max(acknowledged, message));
		client.publishAsync(`Sign/${id}`, JSON.stringify({ message: `${message}` }), { qos: 1 }).then(done, () => {});
	}, 10);
	onTestFinished(() => clearInterval(timer));
	return { client, ended, sent: () => n, acknowledged: () => acknowledged, stop: () => clearInterval(timer) };
}

const storedBy = async (id: string) => Number((await get(id))!.message);

describe.for(['tmpfs', 'ext4'] as const)('on %s', (kind) => {
	test.skipIf(!mayMount(kind))(
		'a full disk (skipped where this machine may not mount)',
		{ timeout: 120_000 },
		async () => {
			const { disk, harper } = await harperOnDisk(kind);
			const [hall, old, five, dead] = [newId('hall'), newId('old'), newId('five'), newId('dead')];
			const writers = [await startPublisher(old, 'MQTT 3.1.1'), await startPublisher(five, 'MQTT 5')];
			const events = (await openEventSource(`/Sign/`)).feed;
			const topic = (await subscribeMqtt('MQTT 3.1.1', 'Sign/+')).feed;
			const socket = await openWebSocket(`/Sign/${hall}`);

			const dying = await connectMqtt('MQTT 3.1.1', {
				will: { topic: `Sign/${dead}`, payload: Buffer.from('{"message":"its last will"}'), qos: 1, retain: false },
			});

			disk.fill(RESERVED_MB + 0.5);
			let n = 0;
			const put = () => rest('PUT', `/Sign/${hall}`, { message: `${++n}`.padEnd(200, 'x') });
			const putMany = () => Promise.all(Array.from({ length: 20 }, put));
			const [refused] = await eventually(putMany, ([last]) => last!.status !== 204, 60_000);
			expect([refused!.status, refused!.text]).toEqual([507, `"Refusal: ${NO_SPACE}"`]);
			expect(disk.free(), 'in MB').toBeGreaterThan(RESERVED_MB - 8);
			socket.send({ message: 'x' });
			await socket.feed.until(({ status, message }) => status === 507 && message === NO_SPACE);
			expect((await rest('DELETE', `/Sign/${hall}`)).status).toBe(507);
			expect((await rest('PATCH', '/Sign/?speed=20', { speed: 3 })).status).toBe(507);

			for (const { ended } of writers) await ended.until(() => true);
			disk.fill(0);
			dying.stream.destroy();
			for (const { ended } of writers) {
				const before = ended.received.length;
				await ended.until(() => ended.received.length > before + 3);
			}
			expect((await get(hall))!.id, 'it is read').toBe(hall);
			expect(harper.process.exitCode ?? harper.process.signalCode, 'the server lives').toBeNull();
			for (const [i, id] of [old, five].entries())
				expect(await storedBy(id)).toBeGreaterThanOrEqual(writers[i]!.acknowledged());

			disk.empty();
			const begin = Date.now();
			await expect.poll(put).toMatchObject({ status: 204 });
			expect(Date.now() - begin, 'ms until a write is accepted').toBeLessThan(5_000);
			for (const feed of [events.map(({ id, value }) => ({ id, row: value })), topic])
				await feed.until(({ id, row }) => id === hall && row?.message.startsWith(`${n}x`) === true);
			await topic.until(({ id, row }) => id === dead && row?.message === 'its last will');
			await writers[0]!.client.publishAsync(`Sign/${hall}`, '{"speed":0}', { qos: 1 });
			await expect
				.poll(() => rest('GET', `/Rejection/${ADMIN.username}`))
				.toMatchObject({ text: expect.stringContaining('speed must be') });
			for (const [i, id] of [old, five].entries()) {
				writers[i]!.stop();
				await expect.poll(() => writers[i]!.acknowledged()).toBe(writers[i]!.sent());
				expect(await storedBy(id), 'what was refused was sent again').toBe(writers[i]!.sent());
			}
		}
	);
});

test.skipIf(!mayMount('ext4'))('a disk that turns read-only acknowledges nothing', { timeout: 60_000 }, async () => {
	const { disk, harper } = await harperOnDisk('ext4');
	const id = newId('old');
	const writer = await startPublisher(id, 'MQTT 3.1.1');
	await addAccount('any');
	await expect.poll(() => writer.acknowledged()).toBeGreaterThan(100);
	disk.turnReadOnly();
	await writer.ended.until(() => true);
	const acknowledged = writer.acknowledged();
	const answer = await rest('PUT', `/Sign/${newId()}`, {}).catch(() => undefined);
	if (answer)
		expect([answer.status, answer.text]).toEqual([
			expect.toBeOneOf([500, 503, 507]),
			expect.stringMatching(/^"Refusal: the server/),
		]);
	await writer.ended.until(() => writer.ended.received.length > 3);
	expect(writer.acknowledged()).toBe(acknowledged);
	// lmdb-js may have aborted the server: a new one on the same data shows what is stored
	writer.stop();
	await harper.kill();
	disk.rescue();
	const again = await startHarper(harper.options);
	onTestFinished(() => again.kill());
	expect(await storedBy(id)).toBeGreaterThanOrEqual(acknowledged);
});
