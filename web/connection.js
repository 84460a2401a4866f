/**
 * The page's one subscription to the signs: an EventSource and its state. It writes what it receives into `Signs`, and
 * reports each change of the state; it shows nothing.
 *
 * A silent connection counts as alive only while the server's `heartbeat` events arrive, at least one every 30 s. The
 * server does not repeat deletions that happened while the page was disconnected, so after each connect the page compares
 * its signs with the table.
 */
import { request } from './requests.js';
import { fetchAccount, fetchAccountInParallel } from './session.js';

/** @typedef {import('./session.js').Account} Account */
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
/** In ms, random, so that the screens of one building do not all reconnect at the same moment. */
const reconnectDelay = () => 1_500 + Math.random() * 1_000;
/** In ms, while the server answers that nobody is logged in, or that the account may not read. */
const RECHECK_DELAY = 5_000;
/** A server that has just started does not know its accounts yet: this many "nobody is logged in" answers are retried. */
const MAX_RETRIES_WITHOUT_ACCOUNT = 3;

const NO_ACCOUNT = { user: null, role: null };

export class Connection {
	#path;
	#signs;
	#onChange;
	/** @type {State} */ #state = { status: 'Connecting', account: NO_ACCOUNT };
	/** @type {EventSource | undefined} */ #source;
	/** Number of the current attempt to connect. Answers to earlier attempts are ignored. */ #attempt = 0;
	#timer = 0;
	#retriesWithoutAccount = 0;
	/** Ids in the table; undefined until fetched. @type {Set<string> | undefined} */ #stored;
	/** Ids received on this connection. @type {Set<string>} */ #received = new Set();
	/** When the last event arrived. @type {Date | undefined} */ #lastEventAt;

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

	/** The account that the server named last. */
	get account() {
		return this.#state.account;
	}

	get isLive() {
		return this.#state.status === 'Live';
	}

	/** Connects, or reconnects. The signs stay as they are until newer rows arrive. */
	async connect() {
		const attempt = this.#startAttempt();
		try {
			const account = await (this.#state.status === 'Lost' ? fetchAccountInParallel() : fetchAccount());
			if (attempt !== this.#attempt) return;
			if (!account.user) return this.#handleNoAccount();
			this.#retriesWithoutAccount = 0;
			const { status } = this.#state;
			this.#setState({ ...this.#state, status: status === 'Signed out' ? 'Connecting' : status, account });
			const refusal = await this.#fetchRefusal();
			if (attempt !== this.#attempt) return;
			if (refusal) return this.#setRefused(refusal);
			this.#subscribe(attempt);
		} catch {
			if (attempt === this.#attempt) this.#setLost();
		}
	}

	/** Call after a logout, or after a request that the server answered with 401. */
	signedOut() {
		this.#startAttempt();
		this.#signs.clear();
		this.#lastEventAt = undefined;
		this.#setState({ status: 'Signed out', account: NO_ACCOUNT });
		this.#connectIn(RECHECK_DELAY);
	}

	#startAttempt() {
		this.#source?.close();
		this.#source = undefined;
		clearTimeout(this.#timer);
		return ++this.#attempt;
	}

	#handleNoAccount() {
		if (this.#lastEventAt && this.#retriesWithoutAccount++ < MAX_RETRIES_WITHOUT_ACCOUNT) this.#setLost();
		else this.signedOut();
	}

	/**
	 * Why the server refuses to let this account read, or undefined. An EventSource does not reveal the status and body of
	 * an error response, so the page sends a GET first.
	 */
	async #fetchRefusal() {
		const { status, answer } = await request('GET', this.#query());
		if (status === 401 || status >= 500) throw new Error(answer);
		return status === 400 || status === 403 ? String(answer) : undefined;
	}

	/** @param {string} reason */
	#setRefused(reason) {
		this.#startAttempt();
		this.#signs.clear();
		this.#setState({ status: 'Refused', account: this.account, reason });
		this.#connectIn(RECHECK_DELAY);
	}

	/** @param {number} attempt */
	#subscribe(attempt) {
		const source = (this.#source = new EventSource(this.#path));
		this.#received.clear();
		this.#stored = undefined;
		source.onopen = () => this.#removeDeleted(attempt);
		source.onmessage = ({ data }) => this.#receive(JSON.parse(data));
		source.addEventListener('heartbeat', () => this.#restartSilenceTimer());
		source.onerror = () => attempt === this.#attempt && this.#setLost();
		this.#timer = window.setTimeout(() => this.#setLost(), SILENCE_TIMEOUT);
	}

	#restartSilenceTimer() {
		this.#lastEventAt = new Date();
		clearTimeout(this.#timer);
		this.#timer = window.setTimeout(() => this.#setLost(), SILENCE_TIMEOUT);
	}

	/** @param {{ id: string, type: string, value?: import('./signs.js').SignRow | null }} event */
	#receive({ id, type, value }) {
		this.#restartSilenceTimer();
		this.#received.add(id);
		this.#signs.set(id, type === 'delete' ? undefined : (value ?? undefined));
		this.#setLiveWhenComplete();
	}

	/** Removes the signs that are not in the table and were not received on this connection. @param {number} attempt */
	async #removeDeleted(attempt) {
		try {
			const stored = await this.#fetchStoredIds();
			if (attempt !== this.#attempt) return;
			this.#signs.removeWhere((id) => !stored.has(id) && !this.#received.has(id));
			this.#stored = stored;
			this.#setLiveWhenComplete();
		} catch {
			if (attempt === this.#attempt) this.#setLost();
		}
	}

	/** The page is live once it has received every sign of the table. */
	#setLiveWhenComplete() {
		if (!this.#stored || this.isLive || [...this.#stored].some((id) => !this.#received.has(id))) return;
		this.#setState({ status: 'Live', account: this.account });
	}

	#query() {
		return this.#path.endsWith('/') ? `${this.#path}?select(id)` : this.#path;
	}

	/** @returns {Promise<Set<string>>} */
	async #fetchStoredIds() {
		const { status, isOk, answer } = await request('GET', this.#query());
		if (status === 404) return new Set();
		if (!isOk) throw new Error(answer);
		return new Set(Array.isArray(answer) ? answer : [answer.id]);
	}

	#setLost() {
		this.#startAttempt();
		const since = this.#lastEventAt;
		this.#setState({ status: 'Lost', account: this.account, ...(since && { since }) });
		this.#connectIn(reconnectDelay());
	}

	/** @param {number} delay ms */
	#connectIn(delay) {
		this.#timer = window.setTimeout(() => this.connect(), delay);
	}

	/** @param {State} state */
	#setState(state) {
		if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
		this.#state = state;
		this.#onChange(state);
	}
}
