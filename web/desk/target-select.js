/** The select for the target of a change for many signs, with the count of the signs. */
import { byId, query, setText } from '../dom.js';
import { LocationCounts } from '../wall/location-counts.js';
import { signCount } from '../wall/status-text.js';
import { oncePerFrame } from './once-per-frame.js';
import { ALL, CHOSEN, SHOWN, targetOf } from './sending.js';

/** @typedef {import('./desk.js').Context} Context */

export class TargetSelect {
	#select;
	#context;
	#count;
	#locations;
	/** The locations that the select offers. @type {string[]} */
	#offered = [];
	/** Whether other signs were chosen since the last update. */
	#isChoiceNew = true;

	/**
	 * @param {HTMLSelectElement} select
	 * @param {Context} context
	 * @param {() => void} onChange called when a person selects another target
	 */
	constructor(select, context, onChange) {
		this.#select = select;
		this.#context = context;
		this.#locations = new LocationCounts(context.signs);
		this.#count = query(/** @type {HTMLElement} */ (select.closest('form')), '.count', HTMLElement);
		const update = oncePerFrame(() => this.update());
		context.signs.onChange(() => byId('desk').hidden || update());
		context.selection.onChange(() => (this.#isChoiceNew = true));
		select.addEventListener('change', () => {
			this.#showCount();
			onChange();
		});
	}

	/** The signs that it names now. */
	read() {
		const { signs, selection, wall } = this.#context;
		return targetOf(this.#select.value, signs, { chosen: () => selection.ids, shown: () => wall.shownIds() });
	}

	update() {
		const { size } = this.#context.selection;
		this.#offer(size > 1 && this.#isChoiceNew ? CHOSEN : this.#select.value);
		this.#isChoiceNew = false;
		this.#showCount();
	}

	/** Offers the targets. The selected one stays, even without signs: no other may replace it. @param {string} wanted */
	#offer(wanted) {
		const names = this.#locations.names.filter(Boolean);
		const isChosenOffered = this.#context.selection.size > 1 || wanted === CHOSEN;
		const lost = wanted.startsWith('=') && !names.includes(wanted.slice(1)) ? [wanted.slice(1)] : [];
		const offered = [isChosenOffered ? 'Chosen signs' : '', ...names, ...lost];
		if (offered.join('\n') !== this.#offered.join('\n')) {
			const chosen = isChosenOffered ? [new Option('Chosen signs', CHOSEN)] : [];
			const locations = [...names, ...lost].map((name) => new Option(name, `=${name}`));
			const shown = new Option('Signs that the wall shows', SHOWN);
			this.#select.replaceChildren(new Option('All signs', ALL), ...chosen, shown, ...locations);
			this.#offered = offered;
		}
		if (this.#select.value !== wanted) this.#select.value = wanted;
	}

	#showCount() {
		const { value } = this.#select;
		const { signs, selection, wall } = this.#context;
		if (value === ALL) return setText(this.#count, signCount(signs.size));
		if (value === CHOSEN) return setText(this.#count, signCount(selection.size));
		if (value === SHOWN) return setText(this.#count, signCount(wall.shownIds().length));
		setText(this.#count, signCount(this.#locations.count(value.slice(1))));
	}
}
