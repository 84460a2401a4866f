/** A labelled control for one field, with the texts about its value. It sends nothing. */
import { cloneTemplate, query, setAttribute, setText } from '../dom.js';
import { countText, valueText } from '../fields.js';
import { isDuration } from '../notice.js';
import { EndInput } from './end-input.js';

/** @typedef {import('../fields.js').Field} Field */
/** @typedef {import('../fields.js').Value} Value */

let count = 0;

export class Control {
	root = cloneTemplate('field');
	#field;
	#input;
	/** What the input is the first part of. @type {EndInput | undefined} */ #end;

	/**
	 * @param {Field} field
	 * @param {(value: Value) => void} onInput called with each value that a person enters
	 * @param {string} [hint] for a text
	 */
	constructor(field, onInput, hint = '') {
		this.#field = field;
		if (field.kind === 'end') this.#end = new EndInput(() => onInput(this.value));
		this.#input = this.#end?.select ?? createInput(field);
		query(this.root, '.input', HTMLElement).append(...(this.#end?.elements ?? [this.#input]));
		this.#connectLabels(field.kind === 'text' ? hint : '');
		if (!this.#end) this.#input.addEventListener('input', () => onInput(this.value));
	}

	get field() {
		return this.#field;
	}

	/** The value in the control. @returns {Value} */
	get value() {
		const input = this.#input;
		if (this.#end) return this.#end.value;
		if (this.#field.kind === 'checkbox') return /** @type {HTMLInputElement} */ (input).checked;
		return this.#field.kind === 'range' ? Number(input.value) : input.value;
	}

	/** @param {Value} value */
	show(value) {
		if (this.value === value) return;
		if (this.#end) this.#end.value = /** @type {import('../notice.js').End} */ (value);
		else if (this.#field.kind === 'checkbox') /** @type {HTMLInputElement} */ (this.#input).checked = Boolean(value);
		else this.#input.value = String(value);
	}

	/** Shows beside the label the count of a text, the value of a slider or a colour, or a time with its zone. @param {Value} value */
	showBeside(value) {
		const { kind, limit } = this.#field;
		const { words, isOver } = kind === 'text' ? countText(value, limit) : { words: '', isOver: false };
		const beside = query(this.root, '.beside', HTMLElement);
		const isTime = kind === 'end' && value !== null && !isDuration(value);
		setText(beside, kind === 'range' || kind === 'color' || isTime ? valueText(this.#field, value) : words);
		setAttribute(beside, 'data-is-over', String(isOver));
	}

	/** @param {string} text what becomes of the value; empty when it is the sign's */
	showState(text) {
		setText(query(this.root, '.state', HTMLElement), text);
		this.root.toggleAttribute('data-is-draft', text !== '');
	}

	/** @param {string} text why the server refused the value; empty when it did not */
	showRefusal(text) {
		setText(query(this.root, '.refusal', HTMLElement), text);
		setAttribute(this.#input, 'aria-invalid', String(text !== ''));
	}

	/** Adds something below the control. @param {HTMLElement} element */
	append(element) {
		this.root.append(element);
	}

	focus() {
		this.#input.focus();
	}

	/** So that a person can type a new text at once. */
	select() {
		this.focus();
		// not `select()`, after which Chromium scrolls the page once more
		if (this.#field.kind === 'text')
			/** @type {HTMLInputElement} */ (this.#input).setSelectionRange(0, this.#input.value.length);
	}

	/** Gives the control its label, and for screen readers the texts that describe it. @param {string} hint */
	#connectLabels(hint) {
		const id = `field-${++count}`;
		const label = query(this.root, 'label', HTMLLabelElement);
		this.#input.id = label.htmlFor = id;
		for (const part of ['refusal', 'state', 'beside', 'hint'])
			query(this.root, `.${part}`, HTMLElement).id = `${id}-${part}`;
		setAttribute(this.#input, 'aria-describedby', `${id}-refusal ${id}-state ${id}-hint`);
		setAttribute(this.root, 'data-kind', this.#field.kind);
		setText(label, this.#field.label);
		setText(query(this.root, '.hint', HTMLElement), hint);
	}
}

/** @param {Field} field */
function createInput({ kind, options = [], attributes = {} }) {
	const input = document.createElement(kind === 'select' ? 'select' : 'input');
	if (input instanceof HTMLInputElement) input.type = kind;
	else for (const option of options) input.add(new Option(option));
	if (kind === 'text') Object.assign(input, { autocomplete: 'off', dir: 'auto' });
	for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
	return input;
}
