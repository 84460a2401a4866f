/** The wills that Harper has stored, and publishes when it starts: none of a connection that has ended. */
import mqtt from 'mqtt';
import { expect, onTestFinished, test } from 'vitest';
import { addComponent } from '../../launcher/component.ts';
import { basic } from '../../launcher/operations-api.ts';
import { temporaryFolder } from '../../launcher/temporary-folder.ts';
import { ADMIN, startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { newId, offlineWill } from '../support/clients.ts';
import { eventually } from '../support/feed.ts';
import { awaitStartWills } from '../support/start-wills.ts';

/** `GET /Wills/` answers the keys of the stored wills; `POST /Wills/` stores one, as if Harper had not deleted it. */
const WILLS = `const wills = databases.system.hdb_session_will;
export class Wills extends Resource {
	static async get() { return (await Array.fromAsync(wills.search({}))).map(({ id }) => id); }
	static async post(_target, data) { await wills.put(await data, {}); }
}
`;

// Cause: Harper 5 deletes a will with the rights of its client. That of a device stayed, and was published at the next start.
test(
	'a stored will that Harper leaves is deleted soon after its connection has ended',
	{ timeout: 90_000 },
	async () => {
		const folder = temporaryFolder();
		addComponent(folder, 'wills', WILLS);
		const harper = await startTemporaryHarper({ folder });
		onTestFinished(harper.remove);
		const { url, mqttUrl } = harper;
		await awaitStartWills(harper); // Harper has published, and deleted, all stored wills
		const headers = { 'Authorization': basic(ADMIN), 'Content-Type': 'application/json' };
		const keys = async (): Promise<string[]> => (await fetch(`${url}/Wills/`, { headers })).json();
		const store = (will: object) => fetch(`${url}/Wills/`, { method: 'POST', headers, body: JSON.stringify(will) });
		const connect = (id: string) => mqtt.connectAsync(mqttUrl, { ...ADMIN, clientId: id, will: offlineWill(id) });

		const [ending, staying] = [newId('ending'), newId('staying')];
		const [client, other] = [await connect(ending), await connect(staying)];
		onTestFinished(() => other.endAsync(true));
		const isOf = (id: string) => (key: string) => key.includes(id);
		// Harper answers a CONNECT before it has stored the will
		const stored = await eventually(keys, (keys) => keys.some(isOf(ending)) && keys.some(isOf(staying)));
		const key = stored.find(isOf(ending))!;
		await client.endAsync();
		await eventually(keys, (keys) => !keys.includes(key));
		await store({ id: key, ...offlineWill(ending), payload: undefined });
		expect(await keys()).toContain(key);
		await eventually(keys, (keys) => !keys.includes(key), 10_000);
		expect(
			(await keys()).some((key) => key.includes(staying)),
			'that of a connected client stays'
		).toBe(true);
	}
);
