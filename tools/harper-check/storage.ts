/** What is stored: order, timestamps, versions of a schema, and the clock. */
import { globSync, writeFileSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { must, newId, notApplicable, outcome, type Check } from './check.ts';
import { put, read, sendJson } from './clients/http.ts';
import { connect, messageOf } from './clients/mqtt.ts';
import { SCHEMA, writeBare } from './harpers.ts';
import { startHarper, type Harper } from '../../launcher/harper.ts';
import { removeFolder, temporaryFolder } from '../../launcher/temporary-folder.ts';

/** Merges into a row with a timestamp, as another node does whose clock has that time. */
async function merge(harper: Harper, id: string, at: number, fields: object): Promise<void> {
	const { status, text } = await sendJson(harper, 'POST', '/Stamped/', { id, at, fields });
	must(status === 200, `write with a timestamp: ${status} ${text}`);
}

const timestamps: Check = {
	cure: 'timestamps',
	lane: 'shared',
	async run({ harper }) {
		const id = newId('clock');
		await put(harper, id, { message: 'first' });
		await merge(harper, id, Date.now() + 60_000, { message: 'by a clock a minute ahead' });
		const { status } = await sendJson(harper, 'PUT', `/Sign/${id}`, { message: 'later' });
		const row = await read(harper, id);
		const seen = `a PUT after a write whose clock is ahead answers ${status}, and the row is "${row?.message}"`;
		return outcome(status < 300 && row?.message !== 'later', seen);
	},
};

const lateWrites: Check = {
	cure: 'late-writes',
	lane: 'shared',
	async run({ harper }) {
		const id = newId('late');
		// in the past: Harper looks back as far as entries that arrived before a write was made
		const start = Date.now() - 10_000;
		await merge(harper, id, start, { message: 'start', speed: 1 });
		await merge(harper, id, start + 3_000, { message: 'of second 3' });
		await merge(harper, id, start + 1_000, { speed: 5 });
		await merge(harper, id, start + 2_000, { message: 'of second 2' });
		const row = must(await read(harper, id), 'row');
		return outcome(
			row.message !== 'of second 3',
			`writes of the seconds 3, 1 and 2 arrive in this order: the row is "${row.message}"`
		);
	},
};

const WRITES = 200;
const WRITERS = 8;

const signLocks: Check = {
	cure: 'sign-locks',
	lane: 'shared',
	async run({ harper, isBare }) {
		if (!isBare) return notApplicable('the reproduction is a class of its own, which no cure changes');
		const id = newId('counter');
		await put(harper, id, { speed: 0 });
		const agent = new Agent({ keepAlive: true, maxSockets: WRITERS });
		const increment = () => sendJson(harper, 'POST', '/Increment/', { id }, { agent });
		const answers = await Promise.all(Array.from({ length: WRITES }, increment));
		agent.destroy();
		must(
			answers.every(({ status }) => status === 200),
			'increment'
		);
		const { speed } = must(await read(harper, id), 'row');
		return outcome(
			speed !== WRITES,
			`${WRITES} transactions on two threads each read a row and add 1: it has ${speed}`
		);
	},
};

/** Before signLocks: after many conflicts Harper commits for a while in another way, which does not have the defect. */
const sharedTransactions: Check = {
	cure: 'shared-transactions',
	lane: 'shared',
	async run({ harper, isBare }) {
		if (!isBare) return notApplicable('the reproduction is a class of its own, which no cure changes');
		const [known, created] = [newId('known'), newId('created')];
		await put(harper, known, { speed: 1 });
		const { status, text } = await sendJson(harper, 'POST', '/Mixed/', { known, created });
		must(status === 200, `transaction: ${status} ${text}`);
		const row = await read(harper, created);
		const seen = `a transaction that changes a row and makes another is committed, and the other row is ${row ? '' : 'not '}there`;
		return outcome(!row, seen);
	},
};

const ownNodeId: Check = {
	cure: 'own-node-id',
	lane: 'shared',
	async run({ harper }) {
		const writes = 20;
		const { status, text } = await sendJson(harper, 'POST', '/NodeIdReads/', { id: newId('ids'), writes });
		must(status === 200, `writes: ${status} ${text}`);
		const { reads } = JSON.parse(text) as { reads: number };
		return outcome(reads > 1, `during ${writes} writes the record with the ids of all nodes is read ${reads} times`);
	},
};

const missingFields: Check = {
	cure: 'missing-fields',
	lane: 'own',
	async run({ start, isBare, onEnd }) {
		if (!isBare) return notApplicable('the reproduction needs two versions of a schema of its own');
		const harper = await start();
		await put(harper, 'old', { message: 'x' });
		await harper.stop();
		const folder = temporaryFolder();
		onEnd(() => removeFolder(folder));
		const schema = SCHEMA.replace('\tspeed: Int\n', '\tspeed: Int\n\ttempo: Int! @indexed\n');
		const application = writeBare(folder, schema);
		const again = await startHarper({ ...harper.options, application });
		onEnd(() => again.stop());
		const row = must(await read(again, 'old'), 'row of the earlier version');
		const seen = `a row that was stored before the schema has tempo: Int! is read ${'tempo' in row ? 'with' : 'without'} it`;
		return outcome(!('tempo' in row), seen);
	},
};

const clock: Check = {
	cure: 'clock',
	lane: 'own',
	async run({ start, onEnd }) {
		const [library] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
		if (!library) return notApplicable('to set the clock of one process needs libfaketime (apt install faketime)');
		const folder = temporaryFolder();
		onEnd(() => removeFolder(folder));
		const file = join(folder, 'offset');
		writeFileSync(file, '+0\n');
		const env = {
			LD_PRELOAD: library,
			FAKETIME_TIMESTAMP_FILE: file,
			FAKETIME_NO_CACHE: '1',
			DONT_FAKE_MONOTONIC: '1',
		};
		const harper = await start({ env });
		await put(harper, 'clock', { message: 'before' });
		const client = await connect(harper);
		await client.subscribe('Sign/clock');
		must(await client.wait('publish'), 'PUBLISH of the stored row');
		writeFileSync(file, '-3600\n');
		await put(harper, 'clock', { message: 'after' });
		const event = await client.wait('publish', (packet) => messageOf(packet) === 'after', 3_000);
		client.vanish();
		return outcome(
			!event,
			`the clock is set back by an hour: the next PUT is acknowledged, and ${event ? '' : 'not '}published`
		);
	},
};

export const STORAGE = [sharedTransactions, timestamps, lateWrites, signLocks, ownNodeId, missingFields, clock];
