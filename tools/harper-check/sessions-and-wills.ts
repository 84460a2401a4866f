/** MQTT: durable sessions and last wills. */
import { must, newId, outcome, type Check, type Place } from './check.ts';
import { ask, put, read, sendJson } from './clients/http.ts';
import { connect, durable, messageOf } from './clients/mqtt.ts';
import { waitFor } from './check.ts';
import { sendOperation } from '../../launcher/operations-api.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** Creates another super_user, and waits until it can log in. */
async function addAccount({ harper }: Place) {
	const account = { username: newId('other'), password: newId('password') };
	const operation = { operation: 'add_user', ...account, role: 'super_user', active: true };
	must((await sendOperation(harper.operationsUrl!, operation, ADMIN)).ok, 'new account');
	const isKnown = async () =>
		(await ask(harper, 'GET', '/Sign/?limit(1)', { account })).status === 200 ? true : undefined;
	must(await waitFor(isKnown, 3_000), 'login of the new account');
	return account;
}

const sessionKey: Check = {
	cure: 'mqtt/session-key',
	lane: 'shared',
	async run(place) {
		const { harper } = place;
		const [id, clientId] = [newId('private'), newId('client')];
		const owner = await connect(harper, { clientId, part: durable(4) });
		await owner.subscribe(`Sign/${id}`);
		await owner.disconnect();
		await put(harper, id, { message: 'for the owner' });
		const other = await connect(harper, { clientId, account: await addAccount(place), part: durable(4) });
		const received = await other.wait('publish', undefined, 5_000);
		other.vanish();
		const seen = `another account with the client id of a durable session ${received ? 'gets' : 'does not get'} its messages`;
		return outcome(Boolean(received), seen);
	},
};

const sessions: Check = {
	cure: 'mqtt/sessions',
	lane: 'shared',
	async run({ harper }) {
		const { connack, ...client } = await connect(harper, { version: 4, part: durable(4) });
		client.socket.destroy();
		const clientId = newId('expired');
		const part = { clean: false, properties: { sessionExpiryInterval: 0 } };
		const first = await connect(harper, { version: 5, clientId, part });
		await first.subscribe(`Sign/${newId('topic')}`);
		await first.disconnect();
		const back = await connect(harper, { version: 5, clientId, part });
		back.vanish();
		const isWrong = connack.sessionPresent || back.connack.sessionPresent;
		const seen = `Session Present is ${Number(connack.sessionPresent)} for a new client id`;
		return outcome(isWrong, `${seen}, and ${Number(back.connack.sessionPresent)} after a session that expires at once`);
	},
};

const rawEvents: Check = {
	cure: 'raw-events',
	lane: 'shared',
	async run({ harper }) {
		const [id, other] = [newId('removed'), newId('zz-other')];
		for (const each of [id, other]) await put(harper, each, { message: 'before' });
		const away = await connect(harper, { part: durable(4) });
		await away.subscribe('Sign/+');
		await away.disconnect();
		const path = `/Sign/${id}`;
		await sendJson(harper, 'PATCH', path, { message: 'a' });
		await ask(harper, 'DELETE', path);
		await sendJson(harper, 'PATCH', path, { message: 'b' });
		await sendJson(harper, 'PATCH', path, { message: 'c' });
		await ask(harper, 'DELETE', path);
		await put(harper, id, { message: 'd' });
		const back = await connect(harper, { clientId: away.clientId, part: durable(4) });
		await back.ping();
		await put(harper, other, { message: 'after the return' });
		const received = await back.wait('publish', (packet) => messageOf(packet) === 'after the return', 2_000);
		back.vanish();
		const seen = 'after a patch to a row that was removed and made again, a resumed session on Sign/+';
		return outcome(!received, `${seen} gets ${received ? 'the next change' : 'nothing more'}`);
	},
};

const lastWills: Check = {
	cure: 'last-wills',
	lane: 'shared',
	async run({ harper }) {
		const clientId = newId('device');
		const ids = [newId('first'), newId('second')] as const;
		const willOf = (id: string) => ({
			will: { topic: `Sign/${id}`, payload: Buffer.from('{"message":"the will"}'), qos: 1 as const, retain: true },
		});
		const first = await connect(harper, { clientId, part: willOf(ids[0]) });
		const second = await connect(harper, { clientId, part: willOf(ids[1]) });
		first.vanish();
		await waitFor(() => read(harper, ids[0]), 1_000);
		const isEarly = Boolean(await read(harper, ids[1]));
		second.vanish();
		await waitFor(() => read(harper, ids[1]), 1_500);
		const [one, other] = [await read(harper, ids[0]), await read(harper, ids[1])];
		const word = (row: unknown) => (row ? 'is' : 'is not');
		const seen = `the first vanishes, then the second: the will of the first ${word(one)} published`;
		const early = isEarly ? ' (while it was connected)' : '';
		return outcome(
			!one || !other || isEarly,
			`two connections with one client id; ${seen}, that of the second ${word(other)}${early}`
		);
	},
};

export const SESSIONS_AND_WILLS = [sessionKey, sessions, rawEvents, lastWills];
