/** When a notice ends, as a person chooses it: some minutes after it is sent, at a time of this computer's zone, or when a person ends it. */
import { setAttribute } from '../dom.js';
import { isDuration, MINUTES, USUAL_END } from '../notice.js';

/** @typedef {import('../notice.js').End} End */

const AT_A_TIME = 'time';
const WHEN_ENDED = 'ended';
/** In ms after now: the time that the field begins with. */
const FIRST_TIME = 60 * 60_000;

export class EndInput {
	/** The label belongs to it. */
	select = document.createElement('select');
	#time = document.createElement('input');
	/** The time that was shown last. Its seconds stay unless a person changes the field. */
	#shown = '';

	/** @param {() => void} onInput called when a person chooses another end */
	constructor(onInput) {
		const minutes = MINUTES.map((count) => new Option(`${count} minutes after it is sent`, `+${count}`));
		this.select.append(...minutes, new Option('At a time', AT_A_TIME), new Option('When a person ends it', WHEN_ENDED));
		this.#time.type = 'datetime-local';
		this.#time.step = 'any';
		setAttribute(this.#time, 'aria-label', 'Date and time');
		this.select.addEventListener('input', () => {
			if (this.select.value === AT_A_TIME && !(Date.parse(this.#shown) > Date.now())) this.#begin();
			this.#update();
			onInput();
		});
		this.#time.addEventListener('input', onInput);
		this.value = USUAL_END;
	}

	get elements() {
		return [this.select, this.#time];
	}

	/** Empty when the time is not complete: the server refuses it. @returns {End} */
	get value() {
		const { value } = this.select;
		if (value === WHEN_ENDED) return null;
		if (value !== AT_A_TIME) return value;
		if (this.#time.value === inZone(this.#shown)) return this.#shown;
		const time = new Date(this.#time.value);
		return Number.isNaN(time.getTime()) ? '' : time.toISOString();
	}

	/** @param {End} end */
	set value(end) {
		if (end === null) this.select.value = WHEN_ENDED;
		else if (isDuration(end)) this.select.value = end;
		else this.#showTime(end);
		this.#update();
	}

	/** @param {string} end */
	#showTime(end) {
		this.select.value = AT_A_TIME;
		this.#shown = end;
		this.#time.value = inZone(end);
	}

	#begin() {
		this.#showTime(new Date(Math.ceil((Date.now() + FIRST_TIME) / 60_000) * 60_000).toISOString());
	}

	#update() {
		this.#time.hidden = this.select.value !== AT_A_TIME;
	}
}

/** The value of a `datetime-local` field for a time. @param {string} time ISO 8601 */
function inZone(time) {
	const date = new Date(time);
	if (Number.isNaN(date.getTime())) return '';
	const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString();
	return local.slice(0, date.getSeconds() ? 19 : 16);
}
