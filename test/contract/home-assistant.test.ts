/** docs/home-assistant.md: its bridge in a real mosquitto, and its lines for one sign, rendered as Home Assistant does. */
import { execFileSync } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hasMosquitto, startMosquitto } from '../support/conformance/brokers.ts';
import { Client } from '../support/conformance/client.ts';
import { addAccount, get, mqttUrl, newId, rest, type Row } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { blocks } from '../support/guide.ts';
import { hasJinja } from '../support/real/programs.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const GUIDE = 'docs/home-assistant.md';
const block = (language: string) => blocks(GUIDE, language)[0]!.text;

interface Render {
	kind: 'text' | 'light' | 'select' | 'binary_sensor';
	template: string;
	variables: object;
}

/** What the templates of the guide make of these. */
function render(yaml: string, asked: Render[]) {
	const script = join(import.meta.dirname, '../support/real/home_assistant.py');
	const input = JSON.stringify({ yaml, render: asked });
	const { entities, rendered } = JSON.parse(String(execFileSync('/usr/bin/python3', [script], { input }))) as {
		entities: Record<Render['kind'], { state_topic: string; command_topic: string }>;
		rendered: string[];
	};
	return { entities, rendered };
}

/** What each entity shows of a row. */
const states = (yaml: string, row: Row | null) =>
	render(
		yaml,
		(
			[
				['text', 'value_template'],
				['light', 'state_template'],
				['light', 'brightness_template'],
				['light', 'red_template'],
				['light', 'green_template'],
				['light', 'blue_template'],
				['select', 'value_template'],
				['binary_sensor', 'value_template'],
			] as const
		).map(([kind, template]) => ({ kind, template, variables: { value_json: row } }))
	).rendered;

test.skipIf(!hasMosquitto || !hasJinja)(
	'each entity of Home Assistant shows the sign, and each of its commands changes it, through the bridge',
	async () => {
		const id = newId('lobby');
		const yaml = block('yaml').replaceAll('lobby', id);
		const { username, password } = await addAccount('home', 'sign_operator');
		const lines = block('conf')
			.replaceAll('127.0.0.1:1883', `127.0.0.1:${new URL(mqttUrl).port}`)
			.replaceAll('remote_username home', `remote_username ${username}`)
			.replaceAll('remote_password secret', `remote_password ${password}`);
		await rest('PUT', `/Sign/${id}`, { message: 'before', color: '#102030', brightness: 15 });
		const broker = await startMosquitto(lines.split('\n'));
		onTestFinished(() => broker.remove());
		const home = new Client(connect(broker.ports.TCP, '127.0.0.1'), 4, ADMIN);
		onTestFinished(() => home.vanish());
		await home.connect();

		const commands: Render[] = [
			{ kind: 'text', template: 'command_template', variables: { value: 'He said "hello"' } },
			{ kind: 'light', template: 'command_off_template', variables: {} },
			{
				kind: 'light',
				template: 'command_on_template',
				variables: { brightness: 51, red: 255, green: 0, blue: 16 },
			},
			{ kind: 'select', template: 'command_template', variables: { value: 'scroll' } },
		];
		const { entities, rendered } = render(yaml, commands);
		await home.subscribe(entities.text.state_topic);
		const isShown = (matches: (row: Row) => boolean) =>
			home.until('publish', ({ payload }) => {
				const row = JSON.parse(String(payload)) as Row | null;
				return row !== null && matches(row);
			});
		await isShown((row) => row.message === 'before');
		expect(states(yaml, await get(id))).toEqual(['before', 'on', '255', '16', '32', '48', 'static', 'OFF']);

		const expected: ((row: Row) => boolean)[] = [
			({ message }) => message === 'He said "hello"',
			({ power }) => !power,
			({ power, brightness, color }) => power && brightness === 3 && color === '#ff0010',
			({ effect }) => effect === 'scroll',
		];
		for (const [n, payload] of rendered.entries()) {
			const topic = entities[commands[n]!.kind].command_topic;
			await eventually(
				async () => {
					await home.publish(topic, '', { payload, retain: false });
					return get(id);
				},
				(row) => row !== null && expected[n]!(row)
			);
			await isShown(expected[n]!);
		}
		expect(states(yaml, await get(id))).toEqual(['He said "hello"', 'on', '51', '255', '0', '16', 'scroll', 'OFF']);
		await rest('PATCH', `/Sign/${id}`, { online: true });
		await isShown(({ online }) => online);
		expect(states(yaml, await get(id)).at(-1)).toBe('ON');

		// Home Assistant that starts later gets the row at once, as the broker keeps it
		const later = new Client(connect(broker.ports.TCP, '127.0.0.1'), 4, ADMIN);
		onTestFinished(() => later.vanish());
		await later.connect();
		await later.subscribe(entities.text.state_topic);
		const kept = await later.until('publish', () => true);
		expect(kept.retain).toBe(true);
		expect(JSON.parse(String(kept.payload))).toMatchObject({ online: true, effect: 'scroll' });
	}
);
