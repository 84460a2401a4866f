/** What a durable MQTT session receives when it was away for longer than the audit log is kept. */
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import type { Row } from '../support/clients.ts';
import { Feed } from '../support/feed.ts';
import { setUp } from '../support/machine.ts';

test(
	'a durable session on all signs misses what the audit log has lost, one on a single sign receives its value',
	{ timeout: 420_000 },
	async () => {
		const machine = await setUp({ settings: { LOGGING_AUDITRETENTION: '10s' } });
		onTestFinished(async () => {
			await machine.remove();
			machine.project.remove();
		});
		await machine.follow('Install', 0);
		await machine.follow('Install', 1);
		const put = (id: string, message: string) =>
			machine.type(`ask -f -X PUT --json '{"message":"${message}"}' "$SIGNS/Sign/${id}"`);

		const connect = async (clientId: string) => {
			const account = { username: 'admin', password: 'correct horse' };
			const options = { ...machine.mqtt.options, ...account, clientId, clean: false };
			const client = mqtt.connect(machine.mqtt.url, options);
			const messages = new Feed<string>(clientId);
			client.on('message', (topic, payload) => {
				const row = JSON.parse(payload.toString()) as Row | null;
				messages.push(`${topic} ${row?.message}`);
			});
			await new Promise((done, fail) => client.on('connect', done).on('error', fail));
			return { client, messages };
		};
		await put('hall', 'first');
		for (const [clientId, topic] of [
			['wall', 'Sign/+'],
			['device', 'Sign/hall'],
		] as const) {
			const { client, messages } = await connect(clientId);
			await client.subscribeAsync(topic, { qos: 1 });
			await messages.until((line) => line === 'Sign/hall first');
			await client.endAsync();
		}
		await put('hall', 'missed');
		const countAudit = `ask -f --json '{"operation":"read_audit_log","schema":"data","table":"Sign"}' "$CLI_TARGET" | jq length`;
		await expect.poll(async () => (await machine.type(countAudit)).trim(), { timeout: 120_000 }).toBe('0');
		const device = await connect('device');
		await device.messages.until((line) => line === 'Sign/hall missed');

		await put('gate', 'late');
		const wall = await connect('wall');
		await wall.messages.until((line) => line === 'Sign/gate late');
		await wall.messages.silence(1_000);
		expect(wall.messages.received).toEqual(['Sign/gate late']);
		await Promise.all([device.client.endAsync(), wall.client.endAsync()]);
	}
);
