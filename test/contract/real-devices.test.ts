/** Devices that we did not write, with the lines of docs/devices.md: the life of each, and Node-RED as a dashboard's source. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { addAccount, get, newId, rest, type Row } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { DEVICES, flowOf, type Version } from '../support/real/devices.ts';
import { readSigns, startNodeRed } from '../support/real/node-red.ts';
import { hasNodeRed } from '../support/real/programs.ts';

const VERSIONS: Version[] = [4, 5];
/** Node-RED starts in seconds. */
const LONG = { timeout: 60_000 };

const stored = (id: string, matches: (row: Row) => boolean) =>
	eventually(
		() => get(id),
		(row) => row !== null && matches(row)
	);
const isShown = ({ shownRevision, revision }: Row) => shownRevision === revision;

for (const { name, isThere, start } of DEVICES)
	describe.skipIf(!isThere).for(VERSIONS)(`${name}, MQTT version %i`, (version) => {
		test('lives as a device: birth, state, report, answer, refusal, will, return', LONG, async () => {
			const account = await addAccount('device', 'sign_device');
			const id = account.username;
			const { lines, publish, vanish } = await start(account, version);
			await stored(id, ({ online }) => online);

			await rest('PATCH', `/Sign/${id}`, { message: 'Gate 7' });
			await lines.until((line) => line.includes('Gate 7'));
			await stored(id, (row) => row.message === 'Gate 7' && isShown(row));

			await rest('PATCH', `/Sign/${id}`, { online: false });
			await stored(id, ({ online }) => online);

			await publish('{"brightness":99}');
			await lines.until((line) => line.includes('brightness must be a whole number from 0 to 15, got 99'));
			await publish('{"brightness":3}');
			await stored(id, (row) => row.brightness === 3 && isShown(row));

			await vanish();
			await stored(id, ({ online }) => !online);

			await rest('PATCH', `/Sign/${id}`, { message: 'Gate 8' });
			const back = await start(account, version);
			await back.lines.until((line) => line.includes('Gate 8'));
			await stored(id, (row) => row.online && isShown(row));
			// no publish replaced it, as one with retain does
			expect(await get(id)).toMatchObject({ message: 'Gate 8', brightness: 3 });
		});
	});

describe.skipIf(!hasNodeRed).for(VERSIONS)('Node-RED, MQTT version %i', (version) => {
	test('as the source of a dashboard has the state of each of many signs', LONG, async () => {
		const account = await addAccount('wall', 'sign_viewer');
		const ids = Array.from({ length: 30 }, () => newId('wall'));
		const writeAll = (fields: object) => Promise.all(ids.map((id) => rest('PATCH', `/Sign/${id}`, fields)));
		await Promise.all(ids.map((id) => rest('PUT', `/Sign/${id}`, { message: 'before' })));
		const { signs } = await startNodeRed([...flowOf(version, account, 1), ...readSigns('wall-tab')], account);
		const all = async () => {
			const known = await signs();
			return ids.flatMap((id) => (known[id] ? [known[id].message] : []));
		};
		await eventually(all, (messages) => messages.length === 30 && messages.every((one) => one === 'before'));
		await writeAll({ message: 'after' });
		await eventually(all, (messages) => messages.every((one) => one === 'after'));
		await rest('DELETE', `/Sign/${ids[0]}`);
		await eventually(all, (messages) => messages.length === 29);
	});
});

test("the table of Node-RED's fields has what stands in its flow", async () => {
	const broker = flowOf(4, { username: 'door', password: 'secret' }, 0).find(({ type }) => type === 'mqtt-broker')!;
	const rows = [
		...readFileSync('docs/devices.md', 'utf8').matchAll(
			/^\| (?:Connection|Messages) \| .+ \| `(.+?)`.* \| `(\w+)` \|$/gm
		),
	].map(([, value, field]) => [field, value === '1883' ? String(broker.port) : value]);
	expect(rows.length).toBeGreaterThan(15);
	expect(rows).toEqual(rows.map(([field]) => [field, String(broker[field!])]));
});
