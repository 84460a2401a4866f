/** Merges of one sign that wait together are stored in one commit (combine.ts). Each counts alone, and is refused alone. */
import { expect, test } from 'vitest';
import { addAccount, connectMqtt, get, newId, openWebSocket } from '../support/clients.ts';
test('writers of several roles who write at once: each write counts, and each refusal is its own', async () => {
	const id = newId('hot');
	const device = await addAccount('device', 'sign_device', id);
	const [operator, viewer] = [await addAccount('operator', 'sign_operator'), await addAccount('viewer', 'sign_viewer')];
	const clients = await Promise.all([device, operator, viewer].map((account) => connectMqtt('MQTT 5', account)));
	const publish = (fields: (n: number) => object) =>
		Promise.allSettled(
			Array.from({ length: 600 }, (_, n) =>
				clients[n % 3]!.publishAsync(`Sign/${id}`, JSON.stringify(fields(n)), { qos: 1 })
			)
		);
	const results = await publish((n) => (n % 5 ? { message: `${n}` } : { speed: 1000 }));
	const refused = results.map(({ status }, n) => [n, status]).filter(([, status]) => status === 'rejected');
	expect(refused.map(([n]) => n)).toEqual(results.flatMap((_, n) => (n % 3 === 2 || n % 5 === 0 ? [n] : [])));
	expect((await get(id))!.revision).toBe(600 - refused.length);
});

test('what a device reports counts no revision, whatever is stored with it', async () => {
	const id = newId('reports');
	const device = await connectMqtt('MQTT 3.1.1', await addAccount('device', 'sign_device', id));
	const publish = (fields: object) => device.publishAsync(`Sign/${id}`, JSON.stringify(fields), { qos: 1 });
	await Promise.all(
		Array.from({ length: 100 }, (_, n) => publish(n % 2 ? { online: true, shownRevision: n } : { speed: 1 + n }))
	);
	expect(await get(id)).toMatchObject({ revision: 50, online: true, shownRevision: 99, speed: 99 });
});

test('replacements and removals of one connection keep their place among its merges', async () => {
	const client = await connectMqtt('MQTT 3.1.1');
	const publish = (id: string, payload: string, retain = false) =>
		client.publishAsync(`Sign/${id}`, payload, { qos: 1, retain });
	const [replaced, removed] = [newId('replaced'), newId('removed')];
	await Promise.all([
		publish(replaced, '{"message":"a","speed":7}'),
		publish(replaced, '{"color":"#000000"}', true),
		publish(replaced, '{"brightness":3}'),
		publish(removed, '{"message":"a","speed":7}'),
		publish(removed, '', true),
		publish(removed, '{"brightness":3}'),
	]);
	const row = { message: '', speed: 20, brightness: 3 };
	expect(await get(replaced)).toMatchObject({ ...row, color: '#000000', revision: 3 });
	expect(await get(removed)).toMatchObject({ ...row, revision: 1 });
});

test('many writes of one WebSocket are all stored, and each refused one gets an error', async () => {
	const id = newId('many');
	const { feed, send } = await openWebSocket(`/Sign/${id}`);
	for (let n = 1; n <= 2_000; n++) send(n % 2 ? { message: `${n}` } : { speed: 0 });
	await expect.poll(() => get(id)).toMatchObject({ revision: 1_000 });
	await expect.poll(() => feed.received.filter(({ status }) => status === 400).length).toBe(1_000);
	expect((await get(id))!.message).toBe('1999');
});
