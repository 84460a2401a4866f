/**
 * Reports the end of each notice to all that show its sign: nothing is written then, so no event comes. One timer serves all
 * signs, and runs only while a notice with an end is shown.
 */
import { noticeEnd } from './shown-text.js';

/** @typedef {import('./signs.js').SignRow} SignRow */

/** In ms: how often the page compares the clock at least. Somebody may set it, and a computer that sleeps stops its timers. */
const INTERVAL = 1_000;

export class NoticeEnds {
	#signs;
	/** When the notice of each sign ends, in ms since 1970. @type {Map<string, number>} */ #ends = new Map();
	/** When the first of them ends. */
	#next = Infinity;
	#timer = 0;
	/** What the clock showed last. */
	#last = Date.now();

	/** @param {import('./signs.js').Signs} signs */
	constructor(signs) {
		this.#signs = signs;
		this.#readAll(performance.timeOrigin, Date.now());
		signs.onChange((id, row) => this.#set(id, row));
		// a browser runs the timers of a page that nobody looks at once a minute
		addEventListener('visibilitychange', () => this.#check());
	}

	/** @param {string} id @param {SignRow | undefined} row */
	#set(id, row) {
		const end = row && noticeEnd(row, Date.now());
		if (!end) return this.#ends.delete(id);
		this.#ends.set(id, end);
		if (end < this.#next) this.#wait(end);
	}

	/** @param {number} end the first */
	#wait(end) {
		this.#next = end;
		clearTimeout(this.#timer);
		if (end < Infinity) this.#timer = window.setTimeout(() => this.#check(), Math.min(INTERVAL, end - Date.now()));
	}

	#check() {
		const now = Date.now();
		if (now < this.#last) this.#readAll(now, this.#last);
		this.#last = now;
		for (const [id, end] of now < this.#next ? [] : this.#ends) if (end <= now) this.#signs.report(id);
		this.#wait(Math.min(Infinity, ...this.#ends.values()));
	}

	/** Reads the ends of all notices, and reports those between two times: when the page was opened, or the clock was set back. @param {number} from @param {number} to */
	#readAll(from, to) {
		for (const row of this.#signs.all()) {
			const end = row.notice && row.noticeUntil ? Date.parse(row.noticeUntil) : 0;
			if (end > from && end <= to) this.#signs.report(row.id);
			this.#set(row.id, row);
		}
	}
}
