/** An event that happens many times a second gets one line in the log, and one with the count, whatever names clients use. */
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { addComponent } from '../../launcher/component.ts';
import { addAccount, connectMqtt, newId, openWebSocket, useServer } from '../support/clients.ts';
import { removeFolder, startTemporaryHarper, type TemporaryHarper } from '../../launcher/temporary-harper.ts';
import { keepLog } from '../support/log.ts';

/** A second component that makes each write to the sign `broken` fail. */
const BROKEN = `const { patch } = tables.Sign;
tables.Sign.patch = function (id, ...rest) {
	if (id === 'broken') throw new Error('the store is broken');
	return patch.call(this, id, ...rest);
};
export class Broken { static isCollection = () => false; }
`;

/** A proxy that is trusted. Only Linux has its address. */
const PROXY = '127.0.20.1';

const folder = mkdtempSync(join(tmpdir(), 'led-sign-'));
let harper: TemporaryHarper;
beforeAll(async () => {
	addComponent(folder, 'broken', BROKEN);
	harper = await startTemporaryHarper({ folder, threads: 1, env: { TRUSTED_PROXIES: PROXY } });
	useServer(harper);
});
afterAll(async () => {
	await harper?.remove();
	await removeFolder(folder);
});

const log = () => readFile(harper.logFile, 'utf8');
/** How many lines have the text, without the line with the count, which repeats the latest. */
const count = async (text: string) =>
	(await log()).split('\n').filter((line) => line.includes(text) && !line.includes('more in 10 s')).length;

test('writes over a WebSocket that the server fails to store', async () => {
	onTestFailed(() => keepLog(harper));
	const { feed, send } = await openWebSocket('/Sign/broken');
	for (let n = 0; n < 300; n++) send({ message: `${n}` });
	await expect.poll(() => feed.received.filter(({ status }) => status === 500).length).toBe(300);
	expect([await count('A WebSocket write failed'), await count('A write failed')]).toEqual([1, 1]);
});

test('last wills that are refused, of one account by many client ids', async () => {
	onTestFailed(() => keepLog(harper));
	const [account, other] = [await addAccount('wills'), await addAccount('other')];
	const will = { topic: 'Sign/x', payload: Buffer.from('{"speed":0}'), qos: 1, retain: false } as const;
	const clients = await Promise.all(
		Array.from({ length: 150 }, () => connectMqtt('MQTT 3.1.1', { ...account, clientId: newId(), will }))
	);
	for (const { stream } of clients) stream.destroy();
	await expect.poll(() => count('The last will of')).toBeGreaterThan(0);
	const publisher = await connectMqtt('MQTT 3.1.1', other);
	await publisher.publishAsync('Sign/x', '{"speed":0}', { qos: 1 });
	await expect.poll(() => count(`A publish by ${other.username} to Sign/x is refused`)).toBe(1);
	expect(await count('The last will of')).toBe(1);
});

test.runIf(process.platform === 'linux')('connections of a proxy whose PROXY protocol is broken', async () => {
	onTestFailed(() => keepLog(harper));
	const { port } = new URL(harper.mqttUrl);
	const sockets = Array.from({ length: 100 }, () => connect({ port: Number(port), localAddress: PROXY }));
	for (const [n, socket] of sockets.entries()) socket.on('error', () => {}).write(`PROXY TCP4 nonsense ${n}\r\n`);
	await Promise.all(sockets.map((socket) => once(socket, 'close')));
	expect(await count('invalid header of the PROXY protocol')).toBe(1);
});
