/** A field for many signs. It is sent only if a person has edited it or ticked its box. */
import { cloneTemplate, query, setAttribute, setText } from '../dom.js';
import { isSentLater } from '../fields.js';
import { USUAL_END } from '../notice.js';
import { Control } from './control.js';

export class ManyField {
	control;
	#include = cloneTemplate('include');
	#box = query(this.#include, 'input', HTMLInputElement);
	#label;
	#onChange;

	/** @param {import('../fields.js').Field} field @param {() => void} onChange */
	constructor(field, onChange) {
		this.#onChange = onChange;
		this.#label = field.label;
		this.control = new Control({ ...field, label: `${field.label} for these signs` }, () => this.#setIncluded(true));
		this.control.append(this.#include);
		this.#box.addEventListener('change', () => this.#setIncluded(this.#box.checked));
		this.#update();
	}

	get root() {
		return this.control.root;
	}

	get isIncluded() {
		return this.#box.checked;
	}

	/** What was entered is discarded. */
	leaveOut() {
		if (this.control.field.kind === 'text') this.control.show('');
		if (this.control.field.kind === 'end') this.control.show(USUAL_END);
		this.#setIncluded(false);
	}

	/** The field has no box: it is offered, and sent, with another one. @param {boolean} isOffered */
	offerWith(isOffered) {
		this.#include.hidden = true;
		this.root.hidden = !isOffered;
		if (isOffered !== this.isIncluded) this.#setIncluded(isOffered);
	}

	/** Shows a sign's value in a control that nobody has touched; texts and ends of notices begin the same for all. @param {import('../signs.js').SignRow} row */
	showStart(row) {
		if (this.isIncluded || isSentLater(this.control.field)) return;
		this.control.show(/** @type {import('../fields.js').Value} */ (row[this.control.field.name]));
		this.#update();
	}

	/** @param {boolean} isIncluded */
	#setIncluded(isIncluded) {
		this.#box.checked = isIncluded;
		this.control.showRefusal('');
		this.#onChange();
		this.#update();
	}

	#update() {
		const words = this.isIncluded ? 'will be sent' : 'left as it is';
		setText(query(this.#include, 'span', HTMLElement), words);
		setAttribute(this.#box, 'aria-label', `${this.#label}: ${words}`);
		this.control.showBeside(this.control.value);
		const isEmptied = this.isIncluded && this.control.value === '';
		this.control.showState(isEmptied ? 'These signs will have none' : '');
	}
}
