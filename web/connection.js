/**
 * The page's one connection to the signs: an EventSource, and the true state of it. Fills `Signs`; shows nothing.
 *
 * A beat of the server's (event `heartbeat`, at least every 30 s) is the only proof that a silent connection is alive.
 * Removals during a gap are not told, so after each connection the page is compared with the table.
 */
import { ask } from './requests.js';
import { whoami, whoamiNow } from './session.js';

/** @typedef {import('./session.js').Account} Account */
/** @typedef {'Connecting' | 'Live' | 'Lost' | 'Signed out' | 'Refused'} Word */
/**
 * @typedef {object} State
 * @property {Word} word
 * @property {Account} account
 * @property {Date} [since] Lost: until when what is shown was the server's word; undefined when nothing was heard yet
 * @property {string} [reason] Refused: the server's words
 */

/** In ms: the longest silence of a connection that is alive. A loss is to be noticed within 60 s. */
const SILENCE = 45_000;
/** In ms, between two attempts; a little apart, so that the screens of a house do not all come at once. */
const RETRY = () => 1_500 + Math.random() * 1_000;
/** The same, while the server answers and says that nobody is logged in, or that this account may not. */
const ASK_AGAIN = 5_000;
/** A server that just started does not know its accounts yet: so many times its word is doubted. */
const DOUBTS = 3;

const NOBODY = { user: null, role: null };

export class Connection {
	#path;
	#signs;
	#tell;
	/** @type {State} */ #state = { word: 'Connecting', account: NOBODY };
	/** @type {EventSource | undefined} */ #source;
	/** Counts attempts: what belongs to an older one is not heard. */ #attempt = 0;
	#timer = 0;
	#doubts = 0;
	/** Ids of the table, once asked. @type {Set<string> | undefined} */ #stored;
	/** Ids told on this connection. @type {Set<string>} */ #heard = new Set();
	/** @type {Date | undefined} */ #last;

	/**
	 * @param {string} path `/Sign/`, or `/Sign/<id>`
	 * @param {import('./signs.js').Signs} signs
	 * @param {(state: State) => void} tell told of each change of the state
	 */
	constructor(path, signs, tell) {
		this.#path = path;
		this.#signs = signs;
		this.#tell = tell;
	}

	/** The account that it is made for, as the server said last. */
	get account() {
		return this.#state.account;
	}

	get isLive() {
		return this.#state.word === 'Live';
	}

	/** Connects, again if it is connected. What is known stays until it is known better. */
	async connect() {
		const attempt = this.#begin();
		try {
			const account = await (this.#state.word === 'Lost' ? whoamiNow() : whoami());
			if (attempt !== this.#attempt) return;
			if (!account.user) return this.#unknown();
			this.#doubts = 0;
			const { word } = this.#state;
			this.#say({ ...this.#state, word: word === 'Signed out' ? 'Connecting' : word, account });
			const refusal = await this.#refusal();
			if (attempt !== this.#attempt) return;
			if (refusal) return this.#refused(refusal);
			this.#listen(attempt);
		} catch {
			if (attempt === this.#attempt) this.#lose();
		}
	}

	/** After a sign-out, or a request that the server answered with 401: no doubt about it. */
	signedOut() {
		this.#begin();
		this.#signs.keep(() => false);
		this.#last = undefined;
		this.#say({ word: 'Signed out', account: NOBODY });
		this.#later(ASK_AGAIN);
	}

	#begin() {
		this.#source?.close();
		this.#source = undefined;
		clearTimeout(this.#timer);
		return ++this.#attempt;
	}

	#unknown() {
		if (this.#last && this.#doubts++ < DOUBTS) this.#lose();
		else this.signedOut();
	}

	/** Asked before, because an EventSource does not tell what it was answered. */
	async #refusal() {
		const { status, answer } = await ask('GET', this.#query());
		if (status === 401 || status >= 500) throw new Error(answer);
		return status === 400 || status === 403 ? String(answer) : undefined;
	}

	/** @param {string} reason */
	#refused(reason) {
		this.#begin();
		this.#signs.keep(() => false);
		this.#say({ word: 'Refused', account: this.account, reason });
		this.#later(ASK_AGAIN);
	}

	/** @param {number} attempt */
	#listen(attempt) {
		const source = (this.#source = new EventSource(this.#path));
		this.#heard.clear();
		this.#stored = undefined;
		source.onopen = () => this.#compare(attempt);
		source.onmessage = ({ data }) => this.#hear(JSON.parse(data));
		source.addEventListener('heartbeat', () => this.#alive());
		source.onerror = () => attempt === this.#attempt && this.#lose();
		this.#timer = window.setTimeout(() => this.#lose(), SILENCE);
	}

	/** Something was heard: the next silence begins now. */
	#alive() {
		this.#last = new Date();
		clearTimeout(this.#timer);
		this.#timer = window.setTimeout(() => this.#lose(), SILENCE);
	}

	/** @param {{ id: string, type: string, value?: import('./signs.js').SignRow | null }} event */
	#hear({ id, type, value }) {
		this.#alive();
		this.#heard.add(id);
		this.#signs.set(id, type === 'delete' ? undefined : (value ?? undefined));
		this.#complete();
	}

	/** Removes what the table does not have any more, and this connection did not tell of. @param {number} attempt */
	async #compare(attempt) {
		try {
			const stored = await this.#storedIds();
			if (attempt !== this.#attempt) return;
			this.#signs.keep((id) => stored.has(id) || this.#heard.has(id));
			this.#stored = stored;
			this.#complete();
		} catch {
			if (attempt === this.#attempt) this.#lose();
		}
	}

	/** Live, once every sign of the table was heard of. */
	#complete() {
		if (!this.#stored || this.isLive || [...this.#stored].some((id) => !this.#heard.has(id))) return;
		this.#say({ word: 'Live', account: this.account });
	}

	#query() {
		return this.#path.endsWith('/') ? `${this.#path}?select(id)` : this.#path;
	}

	/** @returns {Promise<Set<string>>} */
	async #storedIds() {
		const { status, isOk, answer } = await ask('GET', this.#query());
		if (status === 404) return new Set();
		if (!isOk) throw new Error(answer);
		return new Set(Array.isArray(answer) ? answer : [answer.id]);
	}

	#lose() {
		this.#begin();
		this.#say({ word: 'Lost', account: this.account, ...(this.#last && { since: this.#last }) });
		this.#later(RETRY());
	}

	/** @param {number} wait ms */
	#later(wait) {
		this.#timer = window.setTimeout(() => this.connect(), wait);
	}

	/** @param {State} state */
	#say(state) {
		if (JSON.stringify(state) === JSON.stringify(this.#state)) return;
		this.#state = state;
		this.#tell(state);
	}
}
