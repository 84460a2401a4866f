/**
 * The Harpers of the reproductions: with a table that is exported by its schema alone, or with the application of
 * `--application`. Each has a second component, by which a reproduction writes with a timestamp, or counts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addComponent } from '../../launcher/component.ts';
import type { Harper, Options } from '../../launcher/harper.ts';
import { startTemporaryHarper } from '../../launcher/temporary-harper.ts';
import { removeFolder, temporaryFolder } from '../../launcher/temporary-folder.ts';

/** The bare table. */
export const SCHEMA = `type Sign @table @export {
	id: ID @primaryKey
	message: String
	brightness: Int
	speed: Int
	location: String @indexed
	updatedAt: Date @updatedTime
}
`;

const CONFIG = 'rest: true\njsResource:\n  files: resources.js\ngraphqlSchema:\n  files: schema.graphql\n';

/** `POST /Session/` checks a login, as a page with a form would, and has no other method. */
const RESOURCES = `import { server } from 'harperdb';
export class Session extends Resource {
	static loadAsInstance = false;
	allowCreate() { return true; }
	async post(target, data) {
		const { username, password } = await data;
		const user = await server.authenticateUser(username, password, this.getContext());
		return { user: user?.username ?? null };
	}
}
`;

/** Harper's default for the largest body; the launcher sets a smaller one. */
const DEFAULT_BODY_BYTES = 10_000_000;

export interface Started {
	harper: Harper;
	log(): string;
	remove(): Promise<void>;
}

/** @param application its folder; by default the bare table */
export async function startCheckedHarper(application?: string, changes: Partial<Options> = {}): Promise<Started> {
	const folder = changes.folder ?? temporaryFolder();
	addComponent(folder, 'check', COMPONENT);
	const harper = await startTemporaryHarper({
		folder,
		application: application ?? writeBare(join(folder, 'bare')),
		logsWrongLogins: true,
		...changes,
		env: { HTTP_MAXREQUESTBODYSIZE: String(DEFAULT_BODY_BYTES), ...changes.env },
	});
	return {
		harper,
		log: () => readLog(harper),
		async remove() {
			await harper.remove();
			await removeFolder(folder);
		},
	};
}

/** What Harper has logged. There is no file until it logs something. */
export function readLog({ logFile }: Harper): string {
	try {
		return readFileSync(logFile, 'utf8');
	} catch {
		return '';
	}
}

/** Writes an application that is a table and nothing else. @returns its folder */
export function writeBare(folder: string, schema = SCHEMA): string {
	mkdirSync(folder, { recursive: true });
	writeFileSync(join(folder, 'config.yaml'), CONFIG);
	writeFileSync(join(folder, 'schema.graphql'), schema);
	writeFileSync(join(folder, 'resources.js'), RESOURCES);
	writeFileSync(join(folder, 'package.json'), '{"name":"bare","type":"module"}');
	return folder;
}

/**
 * - `POST /Stamped/` merges into a row with a timestamp.
 * - `GET /Searches/`: how many searches of a thread have begun and ended.
 * - `Failing` fails at every write, as a class does whose store does not answer.
 * - `GET /Buffers/`: the bytes that a thread holds in buffers after a garbage collection.
 * - `POST /Increment/` reads a row and writes it in one transaction.
 * - `POST /Mixed/` changes a row that exists and makes another in one transaction, while another one changes the first.
 * - `POST /NodeIdReads/` merges into a row a number of times, and counts how often Harper reads the record with the ids of nodes.
 * - `Counted` has one event object for all subscribers; its text is how often a thread has written it.
 */
const COMPONENT = `import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { threadId } from 'node:worker_threads';
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
const { Sign } = tables;
export class Stamped extends Resource {
	static async post(target, data) {
		const { id, at, fields } = await data;
		await Sign.patch(id, fields, { timestamp: at });
		return {};
	}
}
const searches = { begun: 0, ended: 0 };
const { search } = Sign.prototype;
Sign.prototype.search = function (...args) {
	const rows = search.apply(this, args);
	const { onDone } = rows;
	if (!onDone) return rows;
	searches.begun++;
	rows.onDone = () => (searches.ended++, onDone());
	return rows;
};
export class Searches { static get() { return { threadId, ...searches }; } static isCollection = () => false; }
export class Failing extends Resource {
	static async put() { throw unavailable(); }
	static async publish() { throw unavailable(); }
}
const unavailable = () => Object.assign(new Error('the store does not answer'), { statusCode: 503 });
export class Buffers {
	static isCollection = () => false;
	static get() {
		collect();
		return { threadId, bytes: process.memoryUsage().arrayBuffers };
	}
}
export class Increment extends Resource {
	static async post(target, data, context) {
		const { id } = await data;
		const row = await Sign.get(id, context);
		await Sign.put(id, { ...row, id, speed: (row?.speed ?? 0) + 1 }, context);
		return {};
	}
}
export class Mixed extends Resource {
	static async post(target, data) {
		const { known, created } = await data;
		const context = {};
		await transaction(context, async () => {
			await Sign.patch(known, { speed: 2 }, context);
			await Sign.patch(created, { speed: 2 }, context);
			await Sign.patch(known, { speed: 3 }, {});
		});
		return {};
	}
}
let idReads = 0;
const { get: getEntry } = Sign.auditStore;
Sign.auditStore.get = function (key, ...rest) {
	if (typeof key === 'symbol') idReads++; // an entry has a number
	return getEntry.call(this, key, ...rest);
};
export class NodeIdReads extends Resource {
	static async post(target, data) {
		const { id, writes } = await data;
		const before = idReads;
		for (let n = 0; n < writes; n++) await Sign.patch(id, { speed: 1 });
		return { reads: idReads - before };
	}
}
let written = 0;
const counted = { data: { toJSON: () => ++written } };
export class Counted extends Resource {
	static isCollection = () => false;
	static get() { return {}; }
	static async *connect() {
		yield counted;
		await new Promise(() => {}); // until the subscriber leaves
	}
}
`;
