/** Sends the changes of single signs, those of one sign one after another, and passes the server's answers to the drafts. */
import { FIELDS, FIELD_NAMES, isSentLater } from '../fields.js';
import { refusalsByField, write } from '../requests.js';
import { WriteQueue } from './write-queue.js';

/** @typedef {import('./write-queue.js').Change} Change */
/** @typedef {{ id: string, change: Change, isOk: boolean, isRefused: boolean, words: string, whole: string }} Answer `whole`: the part of the words that names no field */

const SENT_LATER = FIELDS.filter(isSentLater).map(({ name }) => /** @type {string} */ (name));
const isDraft = (/** @type {string} */ name) => SENT_LATER.includes(name);

export class SignChanges {
	#signs;
	#drafts;
	#takeBack;
	#onAnswer;
	/** @type {Map<string, WriteQueue>} */
	#queues = new Map();

	/**
	 * @param {import('../signs.js').Signs} signs
	 * @param {import('./drafts.js').Drafts} drafts
	 * @param {import('./take-back.js').TakeBack} takeBack
	 * @param {(answer: Answer) => void} onAnswer
	 */
	constructor(signs, drafts, takeBack, onAnswer) {
		this.#signs = signs;
		this.#drafts = drafts;
		this.#takeBack = takeBack;
		this.#onAnswer = onAnswer;
	}

	/** @param {string} id @param {Change} change */
	add(id, change) {
		this.#drafts.send(id, change, this.#signs.get(id)?.revision);
		let queue = this.#queues.get(id);
		if (!queue) this.#queues.set(id, (queue = new WriteQueue((waiting) => this.#send(id, waiting))));
		queue.add(change);
	}

	/** Another person has come: nothing that waits is sent, and no answer is for this person. */
	forget() {
		for (const queue of this.#queues.values()) queue.clear();
		this.#queues = new Map();
	}

	/** @param {string} id @param {Change} change */
	async #send(id, change) {
		const queues = this.#queues;
		const isSeries = !Object.keys(change).some(isDraft);
		const sent = this.#takeBack.begin([id], change, isSeries);
		const { isOk, isRefused, answer } = await write('PATCH', `/Sign/${id}`, change);
		if (queues !== this.#queues) return;
		this.#takeBack.end(sent, isOk);
		const refusals = isOk ? {} : refusalsByField(answer, FIELD_NAMES);
		if (isOk) this.#drafts.accept(id, change, this.#signs.get(id));
		else this.#drafts.fail(id, change, refusals, this.#signs.get(id));
		this.#onAnswer({ id, change, isOk, isRefused, words: isOk ? '' : String(answer), whole: refusals[''] ?? '' });
		if (isRefused && !refusals['']) this.#sendOthersAgain(id, change, refusals);
	}

	/**
	 * The server refuses a change as a whole. Of the fields that the refusal does not name, a text stays a draft, and so does the end of a notice; the others
	 * are sent again, as a person expects them to be sent at once.
	 * @param {string} id
	 * @param {Change} change
	 * @param {Record<string, string>} refusals
	 */
	#sendOthersAgain(id, change, refusals) {
		const isCurrent = (/** @type {string} */ name) => this.#drafts.get(id, name)?.value === change[name];
		const again = Object.keys(change).filter((name) => !refusals[name] && !isDraft(name) && isCurrent(name));
		if (again.length) this.add(id, Object.fromEntries(again.map((name) => [name, change[name]])));
	}
}
