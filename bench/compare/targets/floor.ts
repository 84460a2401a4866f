/** What no server can be faster than here: a handler that does nothing, and a broker that stores nothing. */
import { join } from 'node:path';
import { freePorts } from '../../../launcher/ports.ts';
import { removeFolder } from '../../../launcher/temporary-folder.ts';
import { startChild } from './child.ts';
import { mosquittoProgram } from './installed.ts';
import { accepts, startMosquitto } from './mosquitto.ts';
import { putBody } from './signs.ts';
import { ownFolder } from './stitched.ts';
import type { Target } from './target.ts';

export async function startFloor(): Promise<Target> {
	mosquittoProgram();
	const [httpPort, mqttPort] = await freePorts(2);
	const { folder, user } = ownFolder();
	const handler = await startChild({
		name: 'empty handler',
		command: process.execPath,
		words: [join(import.meta.dirname, 'empty-handler.ts')],
		env: { PORT: String(httpPort) },
		isReady: () => accepts(httpPort!),
	});
	const mosquitto = await startMosquitto({ folder, port: mqttPort!, user });
	return {
		name: 'floor',
		url: `http://127.0.0.1:${httpPort}`,
		mqttUrl: `mqtt://127.0.0.1:${mqttPort}`,
		threads: 1,
		hasSigns: false,
		countsRevisions: false,
		hasWebSocket: false,
		parts: [
			{ name: 'empty handler', ...handler },
			{ name: 'mosquitto', ...mosquitto },
		],
		body: putBody,
		deviceMessage: (id, message) => ({ topic: `Sign/${id}`, payload: JSON.stringify({ message }), retain: true }),
		async stop() {
			await handler.stop();
			await mosquitto.stop();
			await removeFolder(folder);
		},
	};
}
