/** The button that takes the last sending back, from each sign that nobody has changed since. */
import { byId, setText } from '../dom.js';
import { request, write } from '../requests.js';
import { signCount } from '../wall/status-text.js';
import { inBatches, list, pathOf } from './sending.js';
import { has, SentChange } from './sent-change.js';

/** @typedef {import('./sent-change.js').Fields} Fields */

/** In ms from one change of a slider to the next: those of one movement are taken back together. */
const SERIES = 1_000;
/** Requests at once. */
const PARALLEL = 4;

export class TakeBack {
	#signs;
	#onSend;
	#button = byId('take-back');
	/** What can be taken back. @type {SentChange | undefined} */ #last;
	#lastBegan = -Infinity;
	/** What is still to be taken back, while it is. @type {import('./sent-change.js').Group[]} */ #parts = [];
	/** Sent, and not answered yet. @type {Set<SentChange>} */ #open = new Set();
	/** How many sendings are not answered yet, with those that continue `#last`. */
	#unanswered = 0;

	/**
	 * @param {import('../signs.js').Signs} signs
	 * @param {(ids: string[], fields: Fields) => void} onSend called before values are sent back
	 */
	constructor(signs, onSend) {
		this.#signs = signs;
		this.#onSend = onSend;
		signs.onChange((id, row) => {
			if (!row) return;
			for (const sent of this.#open) sent.note(id, row);
			this.#last?.note(id, row);
		});
		this.#button.addEventListener('click', () => void this.#run());
	}

	/**
	 * Call it before a change is sent.
	 * @param {string[]} ids
	 * @param {Fields} change
	 * @param {boolean} [isSeries] whether it may be a part of one movement
	 */
	begin(ids, change, isSeries = false) {
		this.#setUnanswered(this.#unanswered + 1);
		const isNext = isSeries && performance.now() - this.#lastBegan < SERIES;
		this.#lastBegan = performance.now();
		if (isNext && this.#last?.isContinuedBy(ids[0] ?? '', change)) {
			this.#last.continue(change);
			return this.#last;
		}
		const sent = new SentChange(
			ids.flatMap((id) => this.#signs.get(id) ?? []),
			change
		);
		this.#open.add(sent);
		return sent;
	}

	/**
	 * Call it after the answer.
	 * @param {SentChange} sent
	 * @param {boolean} isOk
	 */
	end(sent, isOk) {
		this.#setUnanswered(this.#unanswered - 1);
		if (!this.#open.delete(sent) && sent !== this.#last) return;
		if (isOk) this.#offer(sent);
		else if (sent === this.#last) sent.cancelLast();
	}

	/** Another person has come, who takes nothing of it back. */
	forget() {
		this.#open.clear();
		this.#setUnanswered(0);
		this.#lastBegan = -Infinity;
		this.#offer(undefined);
		this.#parts.splice(0);
		this.#parts = [];
	}

	/** @param {SentChange | undefined} sent */
	#offer(sent) {
		this.#last = sent;
		this.#button.hidden = !sent?.ids.length;
	}

	/** While one is not answered, a click would take back the one before it. @param {number} count */
	#setUnanswered(count) {
		this.#unanswered = count;
		/** @type {HTMLButtonElement} */ (this.#button).disabled = count > 0;
	}

	async #run() {
		const sent = this.#last;
		if (!sent) return;
		byId('desk-title').focus();
		this.#offer(undefined);
		const total = sent.ids.length;
		/** @type {import('./sent-change.js').Group[]} */
		const parts = (this.#parts = []);
		setText(byId('done'), 'Taking back…');
		await inParallel(sent.unseen, (id) => this.#correct(sent, id));
		if (parts !== this.#parts) return; // another person has come
		const { groups, changed, removed } = sent.plan((id) => this.#signs.get(id));
		for (const { ids, ...rest } of groups) parts.push(...inBatches(ids, 1).map((batch) => ({ ids: batch, ...rest })));
		const failed = /** @type {string[]} */ ([]);
		let refusal = '';
		await inParallel(parts, async (part) => {
			const { words, left } = await this.#restore(part);
			if (words) failed.push(...part.ids);
			refusal ||= words;
			changed.push(...left);
		});
		if (parts !== this.#parts) return;
		const restored = total - changed.length - removed.length - failed.length;
		setText(byId('done'), resultText({ total, restored, changed, removed, failed, refusal }));
		sent.keepOnly(failed);
		if (failed.length && !this.#last) this.#offer(sent);
	}

	/**
	 * The page knows what a sign had from the events, which are what the sending met. Only where they came at once with
	 * somebody else's, the page has not seen each row: then the history knows them.
	 * @param {SentChange} sent
	 * @param {string} id
	 */
	async #correct(sent, id) {
		const { isOk, answer } = await request('GET', `/History/${id}`).catch(() => ({ isOk: false, answer: [] }));
		if (isOk) sent.correct(id, answer);
	}

	/** @param {import('./sent-change.js').Group} group @returns {Promise<{ words: string, left: string[] }>} */
	async #restore({ ids, restore, revision }) {
		this.#onSend(ids, restore);
		const { isOk, answer } = await write('PATCH', pathOf(ids, revision), restore);
		if (!isOk) return { words: String(answer), left: [] };
		if (answer.updated === ids.length) return { words: '', left: [] };
		const { answer: rows } = await request('GET', pathOf(ids)).catch(() => ({ answer: [] }));
		const isRestored = (/** @type {string} */ id) =>
			Array.isArray(rows) && rows.some((row) => row.id === id && has(row, restore));
		return { words: '', left: ids.filter((id) => !isRestored(id)) };
	}
}

/**
 * @template T
 * @param {T[]} items is emptied
 * @param {(item: T) => Promise<void>} action
 */
async function inParallel(items, action) {
	const work = async () => {
		for (let item = items.shift(); item; item = items.shift()) await action(item);
	};
	await Promise.all(Array.from({ length: PARALLEL }, work));
}

/** @param {{ total: number, restored: number, changed: string[], removed: string[], failed: string[], refusal: string }} result */
function resultText({ total, restored, changed, removed, failed, refusal }) {
	const were = (/** @type {string[]} */ ids) => `${ids.length} of ${total} ${ids.length === 1 ? 'was' : 'were'}`;
	return [
		`Taken back: ${signCount(restored)}`,
		changed.length
			? `${were(changed)} changed since and ${changed.length === 1 ? 'stays' : 'stay'}: ${list(changed)}`
			: '',
		removed.length ? `${were(removed)} removed: ${list(removed)}` : '',
		failed.length ? `${failed.length} of ${total} not: ${refusal}` : '',
	]
		.filter(Boolean)
		.join('. ');
}
