/** This application, and the bare table: both are one Harper. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { startHarper } from '../../../launcher/harper.ts';
import { startTemporaryHarper } from '../../../launcher/temporary-harper.ts';
import { temporaryFolder, removeFolder } from '../../../launcher/temporary-folder.ts';
import { putBody, signOf } from './signs.ts';
import type { Target, TargetName } from './target.ts';

const SCHEMA = resolve(import.meta.dirname, '../../../schema.graphql');

export async function startApplication(name: TargetName, threads: number): Promise<Target> {
	const { stop, ...harper } = await start(threads);
	return {
		...harper,
		name,
		countsRevisions: true,
		body: putBody,
		// without retain it is a merge
		deviceMessage: (id, message) => ({ topic: `Sign/${id}`, payload: JSON.stringify({ message }), retain: false }),
		stop,
	};
}

/** The table of schema.graphql as Harper exports it by itself, with nothing else of this project. */
export async function startBareTable(name: TargetName, threads: number): Promise<Target> {
	const component = temporaryFolder();
	mkdirSync(component, { recursive: true });
	writeFileSync(join(component, 'schema.graphql'), exportedSchema());
	writeFileSync(join(component, 'config.yaml'), BARE_CONFIG);
	const { stop, ...harper } = await start(threads, component);
	// the client sets what the application would: a table alone has no rules
	const body = (id: string, message: string, n: number) =>
		JSON.stringify({ id, ...signOf(message), revision: n, shownRevision: 0, online: false });
	return {
		...harper,
		name,
		countsRevisions: false,
		body,
		// without retain Harper forwards a message, and does not store it
		deviceMessage: (id, message, n) => ({ topic: `Sign/${id}`, payload: body(id, message, n), retain: true }),
		stop: () => stop().then(() => removeFolder(component)),
	};
}

export const BARE_CONFIG = "rest: true\ngraphqlSchema:\n  files: 'schema.graphql'\n";

/** The type Sign of this project's schema, with `@export`. */
export function exportedSchema(): string {
	const [sign] = readFileSync(SCHEMA, 'utf8').match(/^type Sign @table[^}]*\}/m) ?? [];
	if (!sign) throw new Error('schema.graphql has no type Sign');
	return sign.replace('@table', '@table @export');
}

async function start(threads: number, application?: string) {
	const first = await startTemporaryHarper({ authorizeLocal: true, threads, application });
	let harper: Pick<typeof first, 'process' | 'kill' | 'stop'> = first;
	const killAndStart = async () => {
		await harper.kill();
		harper = await startHarper(first.options);
	};
	return {
		url: first.url,
		mqttUrl: first.mqttUrl,
		threads,
		hasSigns: true,
		hasWebSocket: true,
		parts: [{ name: 'Harper', pid: () => harper.process.pid!, killAndStart }],
		async stop() {
			await harper.stop();
			await first.remove();
		},
	};
}
