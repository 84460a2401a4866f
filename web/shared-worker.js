/**
 * The worker that all pages of a browser share. It sends each page the rows and the state that belong to its path, mostly
 * from one stream: that of all signs, or that of the only sign that all pages show. The account of a device may not read
 * all signs: then each path has a stream of its own, and the server refuses all but one of them.
 */
import { Connection } from './connection.js';
import { Signs } from './signs.js';

/** @typedef {import('./connection.js').State} State */
/** @typedef {import('./signs.js').SignRow} SignRow */
/** @typedef {{ signs: Signs, connection: Connection, pages: Set<Page>, sendChanges: () => void }} Stream */
/** @typedef {{ port: MessagePort, path: string, lastSeen: number, stream?: Stream }} Page */

/**
 * What a page sends to the worker. It repeats `join`, to show that it is open.
 * @typedef {{ type: 'join', path: string } | { type: 'leave' | 'connectNow' }} ToWorker
 */
/**
 * What the worker sends to a page: the answer to each `join`, all rows of the page's path, some that changed, the state of the
 * stream, and an error of the worker's script.
 * @typedef {{ type: 'joined' }
 *   | { type: 'all', rows: SignRow[] }
 *   | { type: 'rows', rows: [id: string, row: SignRow | undefined][] }
 *   | { type: 'state', state: State }
 *   | { type: 'error', text: string }} FromWorker
 */

const ALL = '/Sign/';
/** The server may refuse any other id: it then has a stream of its own, for the server's reason. */
const SIGN = /^\/Sign\/[\w-]+$/;
/**
 * In ms: a page that is silent for this long is closed; it leaves without a message when its process ends. A browser runs
 * the timers of a hidden page once a minute. A page that was stopped for longer joins again.
 */
const PAGE_TIMEOUT = 180_000;

/** @type {Map<string, Stream>} by path */
const streams = new Map();
/** @type {Map<MessagePort, Page>} */
const pages = new Map();
let isDevice = false;

addEventListener('connect', (event) => {
	const [port] = /** @type {MessageEvent} */ (event).ports;
	if (port) port.onmessage = ({ data }) => receive(port, data);
});
addEventListener('error', ({ message }) => reportToPages(message));
addEventListener('unhandledrejection', ({ reason }) => reportToPages(String(reason)));
self.setInterval(removeClosedPages, PAGE_TIMEOUT / 6);

/**
 * @param {MessagePort} port
 * @param {ToWorker} message
 */
function receive(port, message) {
	if (message.type === 'join') join(port, message.path);
	else if (message.type === 'leave') leave(port);
	else for (const { connection } of streams.values()) connection.connectNow();
}

/** A page is new, was taken for closed, or shows that it is open. @param {MessagePort} port @param {string} path */
function join(port, path) {
	const page = pages.get(port) ?? { port, path, lastSeen: 0 };
	page.lastSeen = Date.now();
	send(port, { type: 'joined' });
	if (pages.has(port)) return;
	pages.set(port, page);
	chooseStreams();
}

/** @param {MessagePort} port */
function leave(port) {
	const page = pages.get(port);
	pages.delete(port);
	page?.stream?.pages.delete(page);
	chooseStreams();
}

/** Gives each page the stream for it, and closes the streams that no page needs. */
function chooseStreams() {
	const paths = new Set([...pages.values()].map(({ path }) => path));
	const needed = new Set();
	for (const page of pages.values()) {
		const path = isDevice || paths.size === 1 || !SIGN.test(page.path) ? page.path : ALL;
		const stream = streams.get(path) ?? openStream(path);
		// A page leaves a stream that is live when it loses nothing by it.
		if (!isLive(page.stream) || isLive(stream)) enter(page, stream);
		needed.add(stream).add(page.stream);
	}
	for (const [path, stream] of streams) {
		if (needed.has(stream)) continue;
		stream.connection.close();
		streams.delete(path);
	}
}

/** @param {Stream} [stream] */
const isLive = (stream) => stream?.connection.state.status === 'Live';

/** @param {string} path */
function openStream(path) {
	const signs = new Signs();
	/** @type {Set<Page>} */
	const readers = new Set();
	const sendChanges = collectChanges(signs, readers);
	const connection = new Connection(path, signs, (state) => {
		sendChanges();
		for (const { port } of readers) send(port, { type: 'state', state });
		const { role } = state.account;
		if (role) isDevice = role === 'sign_device';
		queueMicrotask(chooseStreams);
	});
	const stream = { signs, connection, pages: readers, sendChanges };
	streams.set(path, stream);
	void connection.connect();
	return stream;
}

/**
 * Collects what changes until the worker is idle, so that ten thousand rows are a few messages.
 * @param {Signs} signs
 * @param {Set<Page>} readers
 * @returns {() => void} sends at once what is collected
 */
function collectChanges(signs, readers) {
	/** @type {Map<string, import('./signs.js').SignRow | undefined>} */
	const changes = new Map();
	let timer = 0;
	const sendAll = () => {
		clearTimeout(timer);
		for (const page of readers) {
			const rows = [...changes].filter(([id]) => isFor(page, id));
			if (rows.length) send(page.port, { type: 'rows', rows });
		}
		changes.clear();
	};
	signs.onChange((id, row) => {
		if (!changes.size) timer = self.setTimeout(sendAll);
		changes.set(id, row);
	});
	return sendAll;
}

/** Sends a page all rows of its path and the state, and from now on each change. @param {Page} page @param {Stream} stream */
function enter(page, stream) {
	if (page.stream === stream) return;
	page.stream?.pages.delete(page);
	page.stream = stream;
	stream.sendChanges();
	stream.pages.add(page);
	send(page.port, { type: 'all', rows: stream.signs.all().filter(({ id }) => isFor(page, id)) });
	send(page.port, { type: 'state', state: stream.connection.state });
}

/** @param {Page} page @param {string} id */
const isFor = ({ path }, id) => path === ALL || path === `${ALL}${id}`;

function removeClosedPages() {
	const oldest = Date.now() - PAGE_TIMEOUT;
	for (const { port, lastSeen } of pages.values()) if (lastSeen < oldest) leave(port);
}

/** @param {string} text */
function reportToPages(text) {
	for (const port of pages.keys()) send(port, { type: 'error', text });
}

/** @param {MessagePort} port @param {FromWorker} message */
function send(port, message) {
	port.postMessage(message);
}
