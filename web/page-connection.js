/**
 * The page's connection to the signs. All pages of a browser share one worker, which holds the streams: over HTTP/1.1 a
 * browser opens six connections to a server, and one stream for each page would leave none for the seventh page and its
 * requests. Where there is no such worker, the page has a stream of its own while it is visible.
 */
import { reconnectDelay } from './reconnect-delay.js';

/** @typedef {import('./connection.js').Connection} Connection */
/** @typedef {import('./connection.js').State} State */
/** @typedef {import('./signs.js').SignRow} SignRow */
/** @typedef {import('./shared-worker.js').ToWorker} ToWorker */
/** @typedef {import('./shared-worker.js').FromWorker} FromWorker */

const WORKER = new URL('shared-worker.js', import.meta.url);
/** In ms: how often the page repeats `join`. */
const JOIN_INTERVAL = 15_000;
/** In ms: a worker that does not answer for this long was ended or stopped by the browser. */
const SILENCE_TIMEOUT = 45_000;
/** In ms: how long the worker may take to start. */
const START_TIMEOUT = 20_000;

export class PageConnection {
	#path;
	#signs;
	#onChange;
	/** @type {State} */ #state = { status: 'Connecting', account: { user: null, role: null } };
	/** @type {MessagePort | undefined} */ #port;
	/** The stream of a page without a worker. @type {Connection | undefined} */ #own;
	#timer = 0;
	/** Failed starts of the worker since it has answered. */
	#failures = 0;
	/** Whether the worker has failed, and its script was there: it is tried once more, as the server may just have come back. */
	#isTriedAgain = false;
	/** Ids that the worker has sent since the page joined. @type {Set<string>} */ #received = new Set();
	#lastMessageAt = new Date();

	/**
	 * @param {string} path `/Sign/`, or `/Sign/<id>`
	 * @param {import('./signs.js').Signs} signs
	 * @param {(state: State) => void} onChange called with each new state
	 */
	constructor(path, signs, onChange) {
		this.#path = path;
		this.#signs = signs;
		this.#onChange = onChange;
	}

	/** Connects, for as long as the page is open. */
	connect() {
		addEventListener('pagehide', () => this.#send({ type: 'leave' }));
		addEventListener('pageshow', ({ persisted }) => persisted && this.#join());
		addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && this.#own?.pause());
		self.setInterval(() => this.#send({ type: 'join', path: this.#path }), JOIN_INTERVAL);
		this.#join();
	}

	/** The network is back, or a person looks at the page: connects without waiting for the next attempt. */
	connectNow() {
		this.#connectOwn();
		if (Date.now() - this.#lastMessageAt.getTime() > SILENCE_TIMEOUT) this.#join();
		else this.#send({ type: 'connectNow' });
	}

	/** Joins the worker, which the browser starts if it does not run. */
	#join() {
		if (this.#own) return;
		this.#port?.close();
		try {
			// The name has the time of the deployment: a page of a later version starts a worker of its own version.
			const worker = new SharedWorker(WORKER, { type: 'module', name: `signs ${document.lastModified}` });
			const { port } = worker;
			this.#port = port;
			worker.onerror = () => port === this.#port && void this.#workerFailed(port);
			port.onmessage = ({ data }) => this.#receive(data);
			this.#send({ type: 'join', path: this.#path });
			this.#restartTimer(() => this.#workerFailed(port), START_TIMEOUT);
		} catch {
			void this.#workerFailed(); // no SharedWorker, or it is forbidden here
		}
	}

	/** @param {ToWorker} message */
	#send(message) {
		this.#port?.postMessage(message);
	}

	/** @param {FromWorker} message */
	#receive(message) {
		this.#failures = 0;
		this.#isTriedAgain = false;
		this.#lastMessageAt = new Date();
		this.#restartTimer(() => this.#workerSilent(), SILENCE_TIMEOUT);
		if (message.type === 'error') reportError(new Error(`The shared worker failed: ${message.text}`));
		if (message.type === 'all') this.#received.clear();
		if (message.type === 'all') for (const row of message.rows) this.#receiveRow(row.id, row);
		if (message.type === 'rows') for (const [id, row] of message.rows) this.#receiveRow(id, row);
		if (message.type === 'state') this.#receiveState(message.state);
	}

	/**
	 * @param {string} id
	 * @param {SignRow | undefined} row
	 */
	#receiveRow(id, row) {
		this.#received.add(id);
		this.#signs.set(id, row);
	}

	/** A worker that has just started knows nothing yet: the page keeps its rows and its account. @param {State} state */
	#receiveState(state) {
		const { status, since } = state;
		if (status === 'Live') this.#signs.removeWhere((id) => !this.#received.has(id));
		if (status === 'Signed out' || status === 'Refused') this.#signs.clear();
		const isNew = status === 'Connecting' || (status === 'Lost' && !since);
		if (!isNew || this.#state.status !== 'Lost') this.#setState(state);
	}

	#workerSilent() {
		this.#setLost();
		this.#join();
	}

	/**
	 * The worker does not start: because the server does not answer, or because this browser cannot run it.
	 * @param {MessagePort} [port] undefined: there are no workers here
	 */
	async #workerFailed(port) {
		this.#port = undefined;
		port?.close();
		clearTimeout(this.#timer);
		try {
			const { ok } = await fetch(WORKER, { cache: 'no-store', signal: AbortSignal.timeout(START_TIMEOUT) });
			if (this.#port) return; // joined meanwhile
			if (!ok) throw new Error('the server does not have the worker now');
			if (!port || this.#isTriedAgain) return await this.#openOwn();
			this.#isTriedAgain = true;
			this.#join();
		} catch {
			this.#isTriedAgain = false;
			this.#setLost();
			this.#restartTimer(() => this.#join(), reconnectDelay(this.#failures++));
		}
	}

	async #openOwn() {
		const { Connection } = await import('./connection.js');
		this.#own ??= new Connection(this.#path, this.#signs, (state) => this.#setState(state));
		this.#connectOwn();
	}

	#connectOwn() {
		if (document.visibilityState === 'visible') this.#own?.connectNow();
	}

	#setLost() {
		const { account, status } = this.#state;
		if (status === 'Live') this.#setState({ status: 'Lost', account, since: this.#lastMessageAt });
		else if (status === 'Connecting') this.#setState({ status: 'Lost', account });
	}

	/**
	 * @param {() => void} action
	 * @param {number} delay ms
	 */
	#restartTimer(action, delay) {
		clearTimeout(this.#timer);
		this.#timer = self.setTimeout(action, delay);
	}

	/** @param {State} state */
	#setState(state) {
		this.#state = state;
		this.#onChange(state);
	}
}
