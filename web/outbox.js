/**
 * Sends the changes of one sign: one after another, so that the last arrives last, and not more than ten in a second.
 * What comes meanwhile is gathered; the last value of each field is always sent. Touches nothing but what it is given.
 */

/** In ms, from the beginning of one request to the next. */
const PAUSE = 100;

/** @typedef {Record<string, unknown>} Change */

export class Outbox {
	#send;
	/** @type {Change} */
	#waiting = {};
	#isBusy = false;

	/** @param {(change: Change) => Promise<void>} send must not throw */
	constructor(send) {
		this.#send = send;
	}

	/** @param {Change} change */
	put(change) {
		Object.assign(this.#waiting, change);
		if (!this.#isBusy) void this.#work();
	}

	/** Whether a newer value of that field is to be sent. @param {string} field */
	has(field) {
		return field in this.#waiting;
	}

	async #work() {
		this.#isBusy = true;
		while (Object.keys(this.#waiting).length) {
			const change = this.#waiting;
			this.#waiting = {};
			await Promise.all([this.#send(change), new Promise((done) => setTimeout(done, PAUSE))]);
		}
		this.#isBusy = false;
	}
}
