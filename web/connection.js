/**
 * A subscription to the signs: an EventSource and its state. It writes what it receives into `Signs`, and reports each
 * change of the state; it shows nothing. It runs in the worker that all pages of a browser share (shared-worker.js), or in
 * a page that has no such worker.
 *
 * A silent connection counts as alive only while the server's `heartbeat` events arrive, at least one every 30 s. The
 * server does not repeat deletions that happened during a disconnect, so after each connect the signs are compared with
 * the table.
 */
import { withChangedAt } from './changed-at.js';
import { reconnectDelay } from './reconnect-delay.js';
import { request } from './requests.js';
import { onSession } from './session-channel.js';
import { fetchAccount, fetchAccountInParallel } from './session.js';

/** @typedef {import('./session.js').Account} Account */
/** @typedef {import('./signs.js').SignRow} SignRow */
/** @typedef {import('./changed-at.js').StoredSign} StoredSign */
/** @typedef {'Connecting' | 'Live' | 'Lost' | 'Signed out' | 'Refused'} Status */
/**
 * @typedef {object} State
 * @property {Status} status
 * @property {Account} account
 * @property {Date} [since] with `Lost`: when the last event arrived; undefined when none arrived yet
 * @property {string} [reason] with `Refused`: the server's error message
 */

/** In ms: a connection without any event for this long is lost. A loss must be noticed within 60 s. */
const SILENCE_TIMEOUT = 45_000;
/** In ms. All pages of a browser notice at once that the network is back: they make one attempt. */
const MIN_INTERVAL = 500;
/** A server that has just started does not know its accounts yet: this many "nobody is logged in" answers are retried. */
const MAX_RETRIES_WITHOUT_ACCOUNT = 3;

const NO_ACCOUNT = { user: null, role: null };

export class Connection {
	#path;
	#signs;
	#onChange;
	/** @type {State} */
	#state = { status: 'Connecting', account: NO_ACCOUNT };
	/** @type {EventSource | undefined} */ #source;
	/** Of the current attempt to connect: its requests are cancelled, and their answers ignored, when the next one starts. */
	#attempt = new AbortController();
	/** When the last attempt started, by `performance.now()`. */
	#startedAt = -Infinity;
	/** Whether the last attempt has failed, and the next one is to come. */
	#isWaiting = false;
	/** Attempts since the connection was live. */
	#failures = 0;
	/** Whether the connection was lost without an error. */
	#wasSilent = false;
	#timer = 0;
	#retriesWithoutAccount = 0;
	/** Signs in the table that were not received yet; undefined until fetched. @type {Map<string, StoredSign> | undefined} */ #missing;
	/** Ids received on this connection. @type {Set<string>} */ #received = new Set();
	/** When the last event arrived. @type {Date | undefined} */ #lastEventAt;
	#stopListening;

	/**
	 * @param {string} path `/Sign/`, or `/Sign/<id>`
	 * @param {import('./signs.js').Signs} signs
	 * @param {(state: State) => void} onChange called with each new state
	 */
	constructor(path, signs, onChange) {
		this.#path = path;
		this.#signs = signs;
		this.#onChange = onChange;
		this.#stopListening = onSession((change) => {
			this.#failures = 0;
			if (change === 'ended') this.#setSignedOut();
			else void this.connect();
		});
	}

	get state() {
		return this.#state;
	}

	/** Connects, or reconnects. The signs stay as they are until newer rows arrive. */
	async connect() {
		const { signal } = this.#startAttempt();
		this.#startedAt = performance.now();
		try {
			const account = await (this.#wasSilent ? fetchAccountInParallel(signal) : fetchAccount(signal));
			if (signal.aborted) return;
			this.#wasSilent = false;
			if (!account.user) return this.#handleNoAccount();
			this.#retriesWithoutAccount = 0;
			const { status } = this.#state;
			const isFailed = status === 'Lost' || status === 'Refused';
			this.#setState({ ...this.#state, status: isFailed ? status : 'Connecting', account });
			this.#subscribe(signal);
		} catch {
			this.#wasSilent = false;
			if (!signal.aborted) this.#setLost();
		}
	}

	/** The network is back, or a person looks at the page: connects without waiting for the next attempt. */
	connectNow() {
		const isSilent = !this.#lastEventAt || Date.now() - this.#lastEventAt.getTime() > SILENCE_TIMEOUT;
		if (this.#source?.readyState === EventSource.OPEN && !isSilent) return;
		this.#failures = 0;
		const delay = this.#startedAt + MIN_INTERVAL - performance.now();
		if (delay <= 0) void this.connect();
		else if (this.#isWaiting) this.#restartTimer(() => this.connect(), delay);
	}

	/** Disconnects until the next `connectNow`. */
	pause() {
		this.#startAttempt();
		this.#startedAt = -Infinity;
		this.#setState(this.#lostState());
	}

	/** Disconnects for good. */
	close() {
		this.#stopListening();
		this.#startAttempt();
	}

	#startAttempt() {
		this.#isWaiting = false;
		this.#source?.close();
		this.#source = undefined;
		clearTimeout(this.#timer);
		this.#attempt.abort();
		return (this.#attempt = new AbortController());
	}

	#handleNoAccount() {
		if (this.#lastEventAt && this.#retriesWithoutAccount++ < MAX_RETRIES_WITHOUT_ACCOUNT) this.#setLost();
		else this.#setSignedOut();
	}

	#setSignedOut() {
		this.#startAttempt();
		this.#signs.clear();
		this.#lastEventAt = undefined;
		this.#setState({ status: 'Signed out', account: NO_ACCOUNT });
		this.#retry();
	}

	/** @param {string} reason */
	#setRefused(reason) {
		this.#startAttempt();
		this.#signs.clear();
		this.#setState({ status: 'Refused', account: this.#state.account, reason });
		this.#retry();
	}

	/** @param {AbortSignal} signal */
	#subscribe(signal) {
		const source = (this.#source = new EventSource(this.#path));
		let isOpen = false;
		this.#received.clear();
		this.#missing = undefined;
		source.onopen = () => {
			isOpen = true;
			void this.#removeDeleted(signal);
		};
		source.onmessage = ({ data }) => this.#receive(JSON.parse(data));
		source.addEventListener('heartbeat', () => this.#restartSilenceTimer());
		source.onerror = () => (isOpen ? this.#setLost() : void this.#explainFailure(signal));
		this.#restartTimer(() => this.#setSilent(), SILENCE_TIMEOUT);
	}

	/** An EventSource does not reveal why the server refuses it: a GET does. @param {AbortSignal} signal */
	async #explainFailure(signal) {
		this.#source?.close();
		try {
			const { status, answer } = await request('GET', this.#query(), undefined, signal);
			if (signal.aborted) return;
			if (status === 400 || status === 403) this.#setRefused(String(answer));
			else this.#setLost();
		} catch {
			if (!signal.aborted) this.#setLost();
		}
	}

	#restartSilenceTimer() {
		this.#lastEventAt = new Date();
		this.#restartTimer(() => this.#setSilent(), SILENCE_TIMEOUT);
	}

	/** @param {{ id: string, type: string, value?: SignRow | null }} event */
	#receive({ id, type, value }) {
		this.#restartSilenceTimer();
		const known = {
			before: this.#signs.get(id),
			stored: this.#missing?.get(id),
			isLive: Boolean(this.#missing) || this.#received.has(id),
		};
		this.#received.add(id);
		this.#missing?.delete(id);
		this.#signs.set(id, type === 'delete' || !value ? undefined : withChangedAt(value, known));
		this.#setLiveWhenComplete();
	}

	/** Removes the signs that are not in the table and were not received on this connection. @param {AbortSignal} signal */
	async #removeDeleted(signal) {
		try {
			const stored = await this.#fetchStored(signal);
			if (signal.aborted) return;
			this.#signs.removeWhere((id) => !stored.has(id) && !this.#received.has(id));
			for (const id of this.#received) this.#updateTime(id, stored.get(id));
			for (const id of this.#received) stored.delete(id);
			this.#missing = stored;
			this.#setLiveWhenComplete();
		} catch {
			if (!signal.aborted) this.#setLost();
		}
	}

	/** A row that was received before the table was fetched gets its time. @param {string} id @param {StoredSign} [stored] */
	#updateTime(id, stored) {
		const row = this.#signs.get(id);
		if (row) this.#signs.set(id, withChangedAt(row, { ...(row.changedAt && { before: row }), stored, isLive: true }));
	}

	/** The signs are live once every sign of the table was received. */
	#setLiveWhenComplete() {
		if (this.#missing?.size !== 0 || this.#state.status === 'Live') return;
		this.#failures = 0;
		this.#setState({ status: 'Live', account: this.#state.account });
	}

	#query() {
		return `${this.#path}?select(id,revision,changedAt)`;
	}

	/** @param {AbortSignal} signal @returns {Promise<Map<string, StoredSign>>} */
	async #fetchStored(signal) {
		const { status, isOk, answer } = await request('GET', this.#query(), undefined, signal);
		if (status === 404) return new Map();
		if (!isOk) throw new Error(answer);
		return new Map([answer].flat().map((/** @type {StoredSign} */ stored) => [stored.id, stored]));
	}

	#setSilent() {
		this.#wasSilent = true;
		this.#setLost();
	}

	#setLost() {
		this.#startAttempt();
		this.#setState(this.#lostState());
		this.#retry();
	}

	/** @returns {State} */
	#lostState() {
		const since = this.#lastEventAt;
		return { status: 'Lost', account: this.#state.account, ...(since && { since }) };
	}

	#retry() {
		this.#isWaiting = true;
		this.#restartTimer(() => this.connect(), reconnectDelay(this.#failures++));
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
		if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
		this.#state = state;
		this.#onChange(state);
	}
}
