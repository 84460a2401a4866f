/** The stack that one runtime replaces: a broker, a database, and a service between them. */
import { chmodSync, chownSync } from 'node:fs';
import { join } from 'node:path';
import { freePorts } from '../../../launcher/ports.ts';
import { removeFolder, temporaryFolder } from '../../../launcher/temporary-folder.ts';
import { startChild, type Child } from './child.ts';
import { mosquittoProgram, postgresPrograms, unprivilegedUser } from './installed.ts';
import { startMosquitto } from './mosquitto.ts';
import { DATABASE_USER, startPostgres } from './postgres.ts';
import { deviceTopic } from './service/shard.ts';
import { putBody } from './signs.ts';
import type { Target } from './target.ts';

const SERVICE = join(import.meta.dirname, 'service/main.ts');

/** @param syncs whether a commit of PostgreSQL waits for the disk */
export async function startStitched(syncs: boolean): Promise<Target> {
	mosquittoProgram();
	postgresPrograms();
	const [httpPort, mqttPort] = await freePorts(2);
	const { folder, user } = ownFolder();
	const url = `http://127.0.0.1:${httpPort}`;
	const mqttUrl = `mqtt://127.0.0.1:${mqttPort}`;
	const started: Child[] = [];
	const stop = async () => {
		for (const child of started.toReversed()) await child.stop();
		await removeFolder(folder);
	};
	const part = (name: string, child: Child) => {
		started.push(child);
		return { name, ...child };
	};
	try {
		const parts = [
			part('PostgreSQL', await startPostgres({ folder, user, syncs })),
			part('mosquitto', await startMosquitto({ folder, port: mqttPort!, user })),
			part('service', await startService(httpPort!, url, mqttUrl, folder)),
		];
		return { ...KIND, url, mqttUrl, parts, body: putBody, deviceMessage, stop };
	} catch (cause) {
		await stop();
		throw cause;
	}
}

const KIND = { name: 'stitched', threads: 1, hasSigns: true, countsRevisions: true, hasWebSocket: true } as const;

const deviceMessage = (id: string, message: string) => ({
	topic: deviceTopic(id),
	payload: JSON.stringify({ message }),
	retain: false,
});

const startService = (port: number, url: string, mqttUrl: string, folder: string) =>
	startChild({
		name: 'service',
		command: process.execPath,
		words: [SERVICE],
		env: {
			PORT: String(port),
			MQTT_URL: mqttUrl,
			DATABASE_FOLDER: folder,
			DATABASE_USER,
			NODE_ENV: 'production',
		},
		isReady: async () => (await fetch(`${url}/Sign/`)).ok,
	});

/** A temporary folder for the user that the servers run as. */
export function ownFolder() {
	const folder = temporaryFolder();
	const user = unprivilegedUser();
	if (user) {
		chownSync(folder, user.uid, user.gid);
		chmodSync(folder, 0o755);
	}
	return { folder, user };
}
