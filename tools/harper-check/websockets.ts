/** WebSockets and Server-Sent Events. */
import { WebSocket } from 'ws';
import { must, newId, notApplicable, outcome, short, waitFor, type Check, type Place } from './check.ts';
import { ask, put } from './clients/http.ts';
import { basic } from '../../launcher/operations-api.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** Opens a WebSocket, and collects what it receives. */
function open({ harper, onEnd }: Place, path: string, headers: Record<string, string> = {}) {
	const socket = new WebSocket(harper.url.replace('http', 'ws') + path, { headers });
	const state = { socket, messages: [] as string[], pings: 0, isOpen: false, code: undefined as number | undefined };
	socket.on('open', () => (state.isOpen = true)).on('error', () => {});
	socket.on('message', (data) => state.messages.push(String(data))).on('ping', () => state.pings++);
	socket.on('close', (code) => (state.code = code));
	onEnd(() => socket.terminate());
	return state;
}

const LOGIN = { Authorization: basic(ADMIN) };

const foreignSockets: Check = {
	cure: 'foreign-sockets',
	lane: 'shared',
	async run(place) {
		const id = newId('origin');
		await put(place.harper, id, { message: 'secret' });
		const state = open(place, `/Sign/${id}`, { ...LOGIN, Origin: 'https://evil.example' });
		await waitFor(() => state.messages[0] ?? state.code, 1_500);
		const seen = state.messages.length ? 'receives the row' : `is closed with ${state.code}`;
		return outcome(state.messages.length > 0, `a WebSocket with Origin: https://evil.example ${seen}`);
	},
};

const MESSAGE_BYTES = 20_000_000;

const websocketMessages: Check = {
	cure: 'websocket-messages',
	lane: 'shared',
	async run(place) {
		const state = open(place, `/Sign/${newId('large')}`, LOGIN);
		must(await waitFor(() => state.isOpen || undefined, 5_000), 'WebSocket');
		let isRead = false;
		state.socket.on('pong', () => (isRead = true));
		state.socket.send(JSON.stringify('x'.repeat(MESSAGE_BYTES)));
		state.socket.ping(); // is answered when the message has been read
		await waitFor(() => isRead || state.code, 5_000);
		const what = isRead ? 'is read whole' : `closes the socket with ${state.code}`;
		return outcome(isRead, `a message of ${MESSAGE_BYTES / 1e6} MB ${what}`);
	},
};

const websocketPayloads: Check = {
	cure: 'websocket-payloads',
	lane: 'shared',
	async run(place) {
		const before = place.log().length;
		const state = open(place, `/Sign/${newId('broken')}`, { ...LOGIN, 'Content-Type': 'application/json' });
		await waitFor(() => state.isOpen || undefined, 1_500);
		state.socket.send('{bad');
		const exception = () => /uncaughtException[^\n]*/.exec(place.log().slice(before))?.[0];
		await waitFor(() => exception() ?? state.messages.find((text) => text.includes('error')) ?? state.code, 1_500);
		const answer = state.messages.find((text) => text.includes('"error"'));
		const logged = exception();
		const seen = logged ? `the log has ${short(logged)}` : answer ? short(answer) : `closed with ${state.code}`;
		return outcome(Boolean(logged), `the message {bad: ${seen}`);
	},
};

/** A proxy ends a connection after a minute without a byte; this is long enough to see a server that pings. */
const IDLE_MS = 40_000;

const websocketPings: Check = {
	cure: 'websocket-pings',
	lane: 'waits',
	async run(place) {
		const state = open(place, `/Sign/${newId('idle')}`, LOGIN);
		const pinged = await waitFor(() => (state.pings ? true : undefined), IDLE_MS);
		return outcome(!pinged, `a WebSocket is idle for ${IDLE_MS / 1000} s: ${pinged ? 'it is pinged' : 'no ping'}`);
	},
};

/** More than Harper has threads: two of them are on one thread. */
const SUBSCRIBERS = 3;
const EVENT = /^data: (\d+)\n/m;

const sharedEventTexts: Check = {
	cure: 'shared-event-texts',
	lane: 'shared',
	async run({ harper, isBare }) {
		if (!isBare) return notApplicable('the reproduction is a class of its own, whose events the cure does not know');
		const sent = { headers: { Accept: 'text/event-stream' }, until: EVENT };
		const subscribe = () => ask(harper, 'GET', '/Counted/', sent);
		const answers = await Promise.all(Array.from({ length: SUBSCRIBERS }, subscribe));
		const counts = answers.map(({ text }) => Number(must(EVENT.exec(text), `event: got ${text}`)[1]));
		const seen = `a thread writes one event object for its subscribers as JSON ${Math.max(...counts)} times`;
		return outcome(Math.max(...counts) > 1, seen);
	},
};

export const WEBSOCKETS = [foreignSockets, websocketMessages, websocketPayloads, websocketPings, sharedEventTexts];
