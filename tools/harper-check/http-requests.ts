/** HTTP: what Harper does with methods, headers and bodies. */
import { Agent } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { newId, notApplicable, must, outcome, short, waitFor, type Check } from './check.ts';
import { ask, askRaw, head, put, read, sendJson } from './clients/http.ts';
import type { Harper } from '../../launcher/harper.ts';
import { basic } from '../../launcher/operations-api.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

const statusLine = (answer: string) => answer.split('\r\n', 1)[0]!;
const JSON_TYPE = { 'Content-Type': 'application/json' };

const otherMethods: Check = {
	cure: 'other-methods',
	lane: 'shared',
	async run({ harper }) {
		const answers = await Promise.all(
			['TRACE', 'CONNECT', 'PROPFIND'].map((method) =>
				askRaw(harper, head(harper, method, '/Sign/any', { Accept: '*/*' }), 1_000)
			)
		);
		const [trace, connect, propfind] = answers.map((answer) => statusLine(answer).slice('HTTP/1.1 '.length));
		const isRefused = answers.every((answer) => / 405 /.test(statusLine(answer)) && /^allow:/im.test(answer));
		return outcome(!isRefused, `TRACE answers ${trace}, CONNECT ${connect || 'nothing'}, PROPFIND ${propfind}`);
	},
};

const requestHeaders: Check = {
	cure: 'request-headers',
	lane: 'shared',
	async run({ harper }) {
		const header = await ask(harper, 'GET', '/Sign/', { headers: { 'X-Replicate-To': ',' } });
		const path = await ask(harper, 'GET', '/Sign/%');
		const seen = `X-Replicate-To "," answers ${header.status}, the path /Sign/% ${path.status}`;
		return outcome(header.status >= 500 || path.status >= 500, seen);
	},
};

const contentTypes: Check = {
	cure: 'content-types',
	lane: 'shared',
	async run({ harper }) {
		const id = newId('typed');
		const body = '{"message":"x"}';
		const { status } = await ask(harper, 'PUT', `/Sign/${id}`, { headers: { 'Content-Type': 'text/json' }, body });
		const stored = await ask(harper, 'GET', `/Sign/${id}`);
		const seen = `PUT as text/json answers ${status}; the GET after it ${stored.status} ${stored.headers['content-type'] ?? ''}`;
		return outcome(status !== 415, `${seen} ${short(stored.text, 40)}`);
	},
};

const refusalForms: Check = {
	cure: 'refusal-forms',
	lane: 'shared',
	async run({ harper }) {
		const account = { username: ADMIN.username, password: 'wrong' };
		const { status, headers, text } = await ask(harper, 'GET', '/Sign/any', { account });
		const seen = `a wrong password answers ${status} ${headers['content-type'] ?? 'without a type'}: ${short(text, 60)}`;
		return outcome(!headers['content-type'] || text.startsWith('{'), seen);
	},
};

const unreadBodies: Check = {
	cure: 'unread-bodies',
	lane: 'shared',
	async run({ harper, log }) {
		const before = log().length;
		const body = '{bad';
		const headers = { ...JSON_TYPE, 'Content-Length': String(body.length) };
		const { status } = await ask(harper, 'GET', '/Sign/', { headers, body });
		const logged = await waitFor(
			() => /uncaughtException[^\n]*|unhandledRejection[^\n]*/.exec(log().slice(before))?.[0],
			700
		);
		return outcome(
			Boolean(logged),
			`GET with the body {bad answers ${status}; the log has ${logged ? short(logged) : 'no exception'}`
		);
	},
};

const jsonDecoder: Check = {
	cure: 'json-decoder',
	lane: 'shared',
	async run({ harper }) {
		const id = newId('digits');
		const digits = '"speed":1000000000000000e-15';
		const valid = await sendJson(harper, 'PUT', `/Sign/${id}`, `{${digits},"brightness":1}`);
		must(valid.status === 204, `number of 16 digits: ${valid.status} ${valid.text}`);
		const { status } = await sendJson(harper, 'PUT', `/Sign/${id}`, `{${digits},"brightness":01}`);
		return outcome(status < 400, `the invalid JSON {${digits},"brightness":01} answers ${status}`);
	},
};

const BODY_BYTES = 9_000_000;
const BODIES = 20;
/** So many connections reach each of two threads. */
const PROBES = 10;
/** How long Harper gets to read what is sent, in ms. */
const READ_MS = 1_500;

/** The bytes that all threads hold in buffers. */
async function heldBytes(harper: Harper): Promise<number> {
	const answers = await Promise.all(
		Array.from({ length: PROBES }, () => ask(harper, 'GET', '/Buffers/', { wait: 10_000 }))
	);
	const probes = answers.map(({ text }) => JSON.parse(text) as { threadId: number; bytes: number });
	const byThread = new Map(probes.map(({ threadId, bytes }) => [threadId, bytes]));
	return [...byThread.values()].reduce((sum, bytes) => sum + bytes, 0);
}

const httpBody: Check = {
	cure: 'http-body',
	lane: 'shared',
	async run({ harper, onEnd }) {
		const sent = BODIES * BODY_BYTES;
		const before = await heldBytes(harper);
		const headers = { ...JSON_TYPE, 'Connection': 'keep-alive', 'Authorization': null, 'Content-Length': '9500000' };
		const { hostname, port } = new URL(harper.url);
		for (let n = 0; n < BODIES; n++) {
			const socket = connect(Number(port), hostname)
				.on('error', () => {})
				.resume();
			onEnd(() => socket.destroy());
			socket.write(head(harper, 'PUT', '/Sign/large', headers));
			socket.write(Buffer.alloc(BODY_BYTES, 'x'));
		}
		await sleep(READ_MS);
		const growth = (await heldBytes(harper)) - before;
		const seen = `${sent / 1e6} MB of incomplete bodies without a login: Harper holds ${Math.round(growth / 1e6)} MB more`;
		return outcome(growth > sent / 4, seen);
	},
};

const http2: Check = {
	cure: 'http2',
	lane: 'shared',
	async run({ harper }) {
		const { tls, host } = harper.options;
		if (!tls?.http2) return notApplicable('openssl, which makes the certificate, is not installed');
		const session = connectHttp2(`https://${host}:${tls.httpsPort}`, { rejectUnauthorized: false });
		session.on('error', () => {});
		try {
			const id = newId('http2');
			const stream = session.request({
				':method': 'PUT',
				':path': `/Sign/${id}`,
				'authorization': basic(ADMIN),
				'content-type': 'application/json',
			});
			let status: number | undefined;
			stream.on('response', (headers) => (status = headers[':status'])).on('error', () => {});
			stream.resume().end('{"message":"by HTTP/2"}');
			must(await waitFor(() => status, 2_000), 'answer over HTTP/2');
			const row = await read(harper, id);
			const stored = row ? JSON.stringify(row.message) : 'nothing';
			return outcome(
				row?.message !== 'by HTTP/2',
				`PUT without Content-Length answers ${status}, and stores ${stored}`
			);
		} finally {
			session.destroy();
		}
	},
};

const headRequests: Check = {
	cure: 'head-requests',
	lane: 'shared',
	async run({ harper, onEnd }) {
		await put(harper, newId('head'), { message: 'x' });
		// one connection, and so one thread: each thread counts its own searches
		const agent = new Agent({ keepAlive: true, maxSockets: 1 });
		onEnd(() => agent.destroy());
		const searches = async () => {
			const { text } = await ask(harper, 'GET', '/Searches/', { agent });
			return JSON.parse(text) as { threadId: number; begun: number; ended: number };
		};
		const count = async () => {
			const before = await searches();
			must((await ask(harper, 'HEAD', '/Sign/', { agent })).status === 200, 'answer to HEAD');
			const after = await searches();
			const begun = after.begun - before.begun;
			// Harper may have closed the connection: another thread has other counts
			return after.threadId === before.threadId && begun > 0 ? { begun, ended: after.ended - before.ended } : undefined;
		};
		const { begun, ended } = must(await waitFor(count, 3_000), 'search by HEAD');
		const isOpen = ended < begun;
		return outcome(isOpen, `after HEAD /Sign/ its search of the table is ${isOpen ? 'not ended' : 'ended'}`);
	},
};

export const HTTP_REQUESTS = [
	httpBody,
	otherMethods,
	requestHeaders,
	contentTypes,
	refusalForms,
	unreadBodies,
	jsonDecoder,
	http2,
	headRequests,
];
