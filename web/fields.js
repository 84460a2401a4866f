/**
 * The fields of a sign that people change, and the control of each. A new field of a sign is one line in FIELDS. The
 * server alone checks values: a control offers what the rules allow, and shows the server's refusal below itself.
 */
import { cloneTemplate, query, setAttribute, setText } from './dom.js';

/** @typedef {{ name: keyof import('../sign/fields.ts').Change, label: string, kind: Kind, unit?: string, attributes?: Record<string, string>, options?: string[] }} Field */
/** @typedef {'text' | 'color' | 'range' | 'checkbox' | 'select'} Kind */
/** @typedef {string | number | boolean} Value */

/** @type {Field[]} */
export const FIELDS = [
	{ name: 'message', label: 'Message', kind: 'text' },
	{ name: 'power', label: 'Power', kind: 'checkbox' },
	{ name: 'color', label: 'Colour', kind: 'color' },
	{ name: 'brightness', label: 'Brightness', kind: 'range', attributes: { min: '0', max: '15' } },
	{ name: 'effect', label: 'Effect', kind: 'select', options: ['static', 'scroll', 'blink'] },
	{ name: 'speed', label: 'Speed', kind: 'range', unit: 'dots/s', attributes: { min: '1', max: '100' } },
	{ name: 'location', label: 'Location', kind: 'text' },
];
export const FIELD_NAMES = FIELDS.map(({ name }) => name);

let count = 0;

/** A labelled control. It shows the server's value, except while a person's edit waits for the server's answer. */
export class Control {
	root = cloneTemplate('field');
	/** Whether a person has changed the value, and the server has not answered yet. */
	isEdited = false;
	#field;
	#input;
	/** @type {Value | undefined} */
	#serverValue;

	/**
	 * @param {Field} field
	 * @param {(value: Value) => void} onInput called with each value that is to be sent
	 */
	constructor(field, onInput) {
		this.#field = field;
		this.#input = createInput(field);
		query(this.root, '.input', HTMLElement).append(this.#input);
		this.#connectLabels();
		// A text is sent when it is complete (Enter, or the focus leaves); every other value at once.
		this.#input.addEventListener('input', () => {
			this.isEdited = true;
			if (field.kind !== 'text') onInput(this.value);
		});
		this.#input.addEventListener('change', () => field.kind === 'text' && onInput(this.value));
		this.#input.addEventListener('blur', () => this.value === this.#serverValue && this.reset());
	}

	get field() {
		return this.#field;
	}

	/** The value in the control. @returns {Value} */
	get value() {
		const input = this.#input;
		if (this.#field.kind === 'checkbox') return /** @type {HTMLInputElement} */ (input).checked;
		return this.#field.kind === 'range' ? Number(input.value) : input.value;
	}

	/** Shows the server's value; an edit stays in the control. @param {Value} value */
	show(value) {
		this.#serverValue = value;
		const { kind, unit = '' } = this.#field;
		if (kind === 'range' || kind === 'color')
			setText(query(this.root, '.said', HTMLElement), `${value} ${unit}`.trim());
		if (this.isEdited || this.value === value) return;
		if (kind === 'checkbox') /** @type {HTMLInputElement} */ (this.#input).checked = Boolean(value);
		else this.#input.value = String(value);
	}

	/** Discards an edit: the control shows the server's value again. */
	reset() {
		this.accept();
		if (this.#serverValue !== undefined) this.show(this.#serverValue);
	}

	/** Ends an edit that the server has accepted: the value stays until the server sends another one. */
	accept() {
		this.isEdited = false;
		this.showRefusal('');
	}

	/** @param {string} text why the server refused the value; empty when it did not */
	showRefusal(text) {
		setText(query(this.root, '.refusal', HTMLElement), text);
		setAttribute(this.#input, 'aria-invalid', String(text !== ''));
	}

	focus() {
		this.#input.focus();
	}

	/** Gives the control its label, and ties the hint and the refusal to it for screen readers. */
	#connectLabels() {
		const id = `field-${++count}`;
		const label = query(this.root, 'label', HTMLLabelElement);
		const hint = query(this.root, '.hint', HTMLElement);
		this.#input.id = label.htmlFor = id;
		hint.id = `${id}-hint`;
		query(this.root, '.refusal', HTMLElement).id = `${id}-refusal`;
		setAttribute(this.#input, 'aria-describedby', `${id}-refusal ${id}-hint`);
		setAttribute(this.root, 'data-kind', this.#field.kind);
		setText(label, this.#field.label);
		if (this.#field.kind === 'text') setText(hint, 'Enter sends, Escape takes back');
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
