/** MQTT: how a connection begins and ends. */
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { WebSocket } from 'ws';
import { must, newId, outcome, waitFor, type Check } from './check.ts';
import { codeOf, connect, messageOf, open } from './clients/mqtt.ts';

/** Bad user name or password, by version. */
const REFUSED = { 4: 4, 5: 0x86 };
const hex = (code: number | undefined) => (code === undefined ? 'none' : `0x${code.toString(16)}`);

const connack: Check = {
	cure: 'mqtt/connack',
	lane: 'shared',
	async run({ harper }) {
		const seen: string[] = [];
		let isWrong = false;
		for (const version of [4, 5] as const) {
			const client = await open(harper, { version, account: { username: newId('nobody'), password: 'wrong' } });
			client.send(client.connectPacket());
			const answer = must(await client.wait('connack'), 'CONNACK');
			const isClosed = await client.untilClosed(700);
			client.vanish();
			isWrong ||= codeOf(answer) !== REFUSED[version] || !isClosed;
			seen.push(
				`MQTT ${version === 4 ? '3.1.1' : 5} gets ${hex(codeOf(answer))}${isClosed ? '' : ' and stays connected'}`
			);
		}
		return outcome(isWrong, `a wrong password: ${seen.join(', ')}`);
	},
};

const connects: Check = {
	cure: 'mqtt/connects',
	lane: 'shared',
	async run({ harper }) {
		const together = await open(harper);
		together.send(together.connectPacket(), { cmd: 'pingreq' });
		const pong = await together.wait('pingresp');
		const twice = await connect(harper);
		twice.send(twice.connectPacket());
		const isClosed = await twice.untilClosed(700);
		together.vanish();
		twice.vanish();
		const seen = `PINGREQ in one segment with CONNECT: ${pong ? 'PINGRESP' : 'the connection is closed'}`;
		return outcome(
			!pong || !isClosed,
			`${seen}; a second CONNECT ${isClosed ? 'closes the connection' : 'is accepted'}`
		);
	},
};

const disconnects: Check = {
	cure: 'mqtt/disconnects',
	lane: 'shared',
	async run({ harper }) {
		const topic = `Sign/${newId('with-will')}`;
		const observer = await connect(harper, { version: 5 });
		await observer.subscribe(topic);
		const will = { topic, payload: Buffer.from('{"message":"the will"}'), qos: 1 as const, retain: true };
		const client = await connect(harper, { version: 5, part: { will } });
		client.send({ cmd: 'disconnect', reasonCode: 4 });
		client.socket.end();
		const isPublished = Boolean(await observer.wait('publish', (packet) => messageOf(packet) === 'the will'));
		observer.vanish();
		return outcome(!isPublished, `after DISCONNECT with reason 0x04 the will is ${isPublished ? '' : 'not '}published`);
	},
};

/** TCP delays an acknowledgement by 40 ms. */
const DELAYED_MS = 25;

const noDelay: Check = {
	cure: 'mqtt/no-delay',
	lane: 'shared',
	async run({ harper }) {
		const topic = `Sign/${newId('delay')}`;
		const client = await connect(harper);
		await client.subscribe(topic);
		const waits: number[] = [];
		for (let n = 0; n < 15; n++) {
			const begin = performance.now();
			must(await client.publish(topic, `${n}`), 'PUBACK');
			must(await client.wait('publish', (packet) => messageOf(packet) === `${n}`), 'PUBLISH');
			waits.push(performance.now() - begin);
		}
		client.vanish();
		const isLate = waits.toSorted((a, b) => a - b)[7]! > DELAYED_MS;
		const seen = isLate ? 'only when TCP has acknowledged the PUBACK' : 'at once';
		return outcome(isLate, `a client gets the PUBLISH of its own write ${seen}`);
	},
};

const subprotocols: Check = {
	cure: 'mqtt/subprotocols',
	lane: 'shared',
	async run({ harper, onEnd }) {
		const socket = new WebSocket(`${harper.url.replace('http', 'ws')}/`, ['mqtt', 'mqttv3.1']);
		onEnd(() => socket.terminate());
		let code: number | undefined;
		let hasAnswer = false;
		socket.on('close', (closed) => (code = closed)).on('error', () => {});
		socket.on('message', () => (hasAnswer = true));
		await once(socket, 'open');
		const client = await open(harper, { version: 4 });
		socket.send(client.bytesOf(client.connectPacket()));
		client.vanish();
		await waitFor(() => hasAnswer || code || undefined, 1_500);
		const seen = hasAnswer ? 'gets a CONNACK' : code ? `is closed with ${code}` : 'gets no CONNACK';
		return outcome(!hasAnswer, `a WebSocket that offers mqtt, mqttv3.1 ${seen}`);
	},
};

const takeover: Check = {
	cure: 'mqtt/takeover',
	lane: 'shared',
	async run({ harper }) {
		const clientId = newId('twice');
		const first = await connect(harper, { clientId });
		const second = await connect(harper, { clientId });
		const isEnded = await first.untilClosed();
		const answers = !isEnded && (await first.ping());
		for (const client of [first, second]) client.vanish();
		const seen = isEnded ? 'is closed' : answers ? 'stays open and is answered' : 'stays open';
		return outcome(!isEnded, `after a second CONNECT with its client id, the first connection ${seen}`);
	},
};

const POURED_BYTES = 20_000_000;

const tooLarge: Check = {
	cure: 'mqtt/too-large',
	lane: 'shared',
	async run({ harper, onEnd }) {
		const { hostname, port } = new URL(harper.mqttUrl);
		const socket = connectTcp(Number(port), hostname)
			.on('error', () => {})
			.resume();
		onEnd(() => socket.destroy());
		// the fixed header of a CONNECT that announces 250,000,000 bytes
		socket.write(Buffer.from([0x10, 0x80, 0xe5, 0x9a, 0x77]));
		socket.write(Buffer.alloc(POURED_BYTES));
		const isRead = await waitFor(() => {
			if (socket.destroyed) return false;
			return socket.bytesWritten - socket.writableLength > POURED_BYTES || undefined;
		}, 2_000);
		const seen = isRead ? 'all of it is read, and the connection stays open' : 'the connection is closed';
		return outcome(Boolean(isRead), `20 MB of a CONNECT that announces 250 MB: ${seen}`);
	},
};

export const MQTT_CONNECTIONS = [connack, connects, disconnects, noDelay, subprotocols, takeover, tooLarge];
