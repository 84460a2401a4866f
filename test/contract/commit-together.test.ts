/**
 * Writes of one account to several signs that come at once are stored in one commit. Each writer still has its own rights and its
 * own answer, and each sign its own revisions.
 */
import { expect, test } from 'vitest';
import { basic } from '../../launcher/operations-api.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';
import { addAccount, connectMqtt, get, newId, operation, rest, type Account, url } from '../support/clients.ts';

const SIGNS = 30;
const headers = { Authorization: basic(ADMIN) };

/** A role that may change the messages of signs, and nothing else of them; `others` are fields that it may only read. */
async function addMessageAccount(others: string[] = []): Promise<Account> {
	const role = newId('messages').replaceAll('-', '_');
	const attribute_permissions = ['message', ...others].map((attribute_name) => {
		const mayChange = attribute_name === 'message';
		return { attribute_name, read: true, insert: mayChange, update: mayChange };
	});
	const rights = { read: true, insert: true, update: true, delete: false, attribute_permissions };
	await operation({
		operation: 'add_role',
		role,
		permission: { super_user: false, data: { tables: { Sign: rights } } },
	});
	return addAccount('messages', role);
}

/** Publishes to each sign in one turn, at QoS 1. @returns for each the reason why it was refused; undefined where it was stored */
async function publishAtOnce(account: Account | undefined, changes: [id: string, change: object][]) {
	const client = await connectMqtt('MQTT 5', account && { username: account.username, password: account.password });
	const published = changes.map(([id, change]) =>
		client.publishAsync(`Sign/${id}`, JSON.stringify(change), { qos: 1 }).then(
			() => undefined,
			(error: Error) => error.message
		)
	);
	return Promise.all(published);
}

const idsOf = (name: string) => {
	const start = newId(name);
	return Array.from({ length: SIGNS }, (_, n) => `${start}-${n}`);
};

test('signs that one account changes at once are stored together', async () => {
	const ids = idsOf('together');
	await Promise.all(ids.map((id) => rest('PUT', `/Sign/${id}`, {})));
	await publishAtOnce(
		undefined,
		ids.map((id, n) => [id, { message: `${n}` }])
	);
	const rows = await Promise.all(ids.map((id) => get(id)));
	expect(rows.map((row) => row!.message)).toEqual(ids.map((_, n) => `${n}`));
	expect(rows.map((row) => row!.revision)).toEqual(ids.map(() => 2));
	// the timestamp of a commit, which is finer than updatedAt
	const tags = await Promise.all(
		ids.map(async (id) => (await fetch(`${url}/Sign/${id}`, { headers })).headers.get('etag'))
	);
	expect(new Set(tags).size, 'commits').toBeLessThan(SIGNS / 2);
});

test('a write that the role refuses is not stored, and those that come with it are', async () => {
	const ids = idsOf('refused');
	const isRefused = (n: number) => n % 3 === 1;
	const answers = await publishAtOnce(
		await addMessageAccount(),
		ids.map((id, n) => [id, isRefused(n) ? { power: false } : { message: `${n}` }])
	);
	expect(answers.map((answer) => answer !== undefined)).toEqual(ids.map((_, n) => isRefused(n)));
	for (const [n, id] of ids.entries()) {
		const row = await get(id);
		if (isRefused(n)) expect(row).toBeNull();
		else expect(row).toMatchObject({ message: `${n}`, power: true, revision: 1 });
	}
});

// Cause: Harper adds the fields that a role may not change to the write, with the values that they have.
test('a write of a role that may change one field has no other field', async () => {
	const ids = idsOf('only');
	await Promise.all(ids.slice(1).map((id) => rest('PUT', `/Sign/${id}`, { location: 'here' })));
	const account = await addMessageAccount(['location', 'revision']);
	const answers = await publishAtOnce(
		account,
		ids.map((id) => [id, { message: 'new' }])
	);
	expect(answers).toEqual(ids.map(() => undefined));
	const rows = await Promise.all(ids.map((id) => get(id)));
	expect(rows.map((row) => row!.revision)).toEqual(ids.map((_, n) => (n ? 2 : 1)));
	expect(rows.map((row) => row!.location)).toEqual(ids.map((_, n) => (n ? 'here' : '')));
	const [latest] = (await rest('GET', `/History/${ids[1]}`)).json();
	expect(latest.by).toBe(account.username);
	expect(latest.change).toEqual({ message: 'new' });
});

test('a report is no revision, also when it comes together with changes of other signs', async () => {
	const ids = idsOf('reports');
	await publishAtOnce(
		undefined,
		ids.map((id) => [id, { message: 'first' }])
	);
	const before = new Map((await Promise.all(ids.map((id) => get(id)))).map((row) => [row!.id, row!]));
	await publishAtOnce(
		undefined,
		ids.map((id, n) => [id, n % 2 ? { shownRevision: 1 } : { message: 'second' }])
	);
	for (const [n, id] of ids.entries()) {
		const row = (await get(id))!;
		expect(row).toMatchObject(n % 2 ? { revision: 1, shownRevision: 1 } : { revision: 2, shownRevision: 0 });
		expect(Date.parse(row.updatedAt)).toBeGreaterThan(Date.parse(before.get(id)!.updatedAt));
	}
});

test('a sign that a report makes has its first revision, also beside changes of other signs', async () => {
	const ids = idsOf('born');
	await Promise.all(ids.filter((_, n) => n % 2).map((id) => rest('PUT', `/Sign/${id}`, {})));
	await publishAtOnce(
		undefined,
		ids.map((id) => [id, { shownRevision: 0 }])
	);
	for (const id of ids) expect(await get(id)).toMatchObject({ message: '', revision: 1 });
});
