/**
 * Sends the changes of one sign one after another, so that the newest arrives last, and at most ten per second. Changes
 * made while a request is under way are merged; the last value of each field is always sent. Pure but for its timer.
 */

/** In ms, from the start of one request to the start of the next. */
const INTERVAL = 100;

/** @typedef {Record<string, unknown>} Change */

export class WriteQueue {
	#send;
	/** @type {Change} */
	#waiting = {};
	#isSending = false;

	/** @param {(change: Change) => Promise<void>} send must not throw */
	constructor(send) {
		this.#send = send;
	}

	/** @param {Change} change */
	add(change) {
		Object.assign(this.#waiting, change);
		if (!this.#isSending) void this.#sendAll();
	}

	/** What waits is not sent. */
	clear() {
		this.#waiting = {};
	}

	async #sendAll() {
		this.#isSending = true;
		while (Object.keys(this.#waiting).length) {
			const change = this.#waiting;
			this.#waiting = {};
			await Promise.all([this.#send(change), new Promise((done) => setTimeout(done, INTERVAL))]);
		}
		this.#isSending = false;
	}
}
