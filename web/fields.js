/**
 * The fields of a sign that people change, and the control of each. A new field of a sign is one line in FIELDS. The
 * rules are the server's: nothing is checked here, a refusal is shown beside its field.
 */
import { copyOf, mark, part, say } from './elements.js';

/** @typedef {{ name: keyof import('../sign.ts').Change, label: string, kind: Kind, unit?: string, attributes?: Record<string, string>, options?: string[] }} Field */
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
export const NAMES = FIELDS.map(({ name }) => name);

let count = 0;

/** A labelled control. It holds what a person has put in until that is settled; else it shows what the server says. */
export class Control {
	root = copyOf('field');
	/** Whether a person's value is in it that the server has not answered. */
	isHeld = false;
	#field;
	#input;
	/** @type {Value | undefined} */
	#said;

	/**
	 * @param {Field} field
	 * @param {(value: Value) => void} give called with each value that is to be sent
	 */
	constructor(field, give) {
		this.#field = field;
		this.#input = inputOf(field);
		part(this.root, '.input', HTMLElement).append(this.#input);
		this.#name();
		// A text is sent when it is complete, by Enter or by going on; all else at once.
		this.#input.addEventListener('input', () => {
			this.isHeld = true;
			if (field.kind !== 'text') give(this.value);
		});
		this.#input.addEventListener('change', () => field.kind === 'text' && give(this.value));
		this.#input.addEventListener('blur', () => this.value === this.#said && this.settle());
	}

	get field() {
		return this.#field;
	}

	/** @returns {Value} */
	get value() {
		const input = this.#input;
		if (this.#field.kind === 'checkbox') return /** @type {HTMLInputElement} */ (input).checked;
		return this.#field.kind === 'range' ? Number(input.value) : input.value;
	}

	/** What the server says. @param {Value} value */
	show(value) {
		this.#said = value;
		const { kind, unit = '' } = this.#field;
		if (kind === 'range' || kind === 'color') say(part(this.root, '.said', HTMLElement), `${value} ${unit}`.trim());
		if (this.isHeld || this.value === value) return;
		if (kind === 'checkbox') /** @type {HTMLInputElement} */ (this.#input).checked = Boolean(value);
		else this.#input.value = String(value);
	}

	/** A person's value is answered, or given up: the server's is shown again. */
	settle() {
		this.release();
		if (this.#said !== undefined) this.show(this.#said);
	}

	/** A person's value is taken: it stands until the server tells another. */
	release() {
		this.isHeld = false;
		this.refuse('');
	}

	/** @param {string} words why the value is refused; empty when it is not */
	refuse(words) {
		say(part(this.root, '.refusal', HTMLElement), words);
		mark(this.#input, 'aria-invalid', String(words !== ''));
	}

	focus() {
		this.#input.focus();
	}

	#name() {
		const id = `field-${++count}`;
		const label = part(this.root, 'label', HTMLLabelElement);
		const hint = part(this.root, '.hint', HTMLElement);
		this.#input.id = label.htmlFor = id;
		hint.id = `${id}-hint`;
		part(this.root, '.refusal', HTMLElement).id = `${id}-refusal`;
		mark(this.#input, 'aria-describedby', `${id}-refusal ${id}-hint`);
		mark(this.root, 'data-kind', this.#field.kind);
		say(label, this.#field.label);
		if (this.#field.kind === 'text') say(hint, 'Enter sends, Escape takes back');
	}
}

/** @param {Field} field */
function inputOf({ kind, options = [], attributes = {} }) {
	const input = document.createElement(kind === 'select' ? 'select' : 'input');
	if (input instanceof HTMLInputElement) input.type = kind;
	else for (const option of options) input.add(new Option(option));
	if (kind === 'text') Object.assign(input, { autocomplete: 'off', dir: 'auto' });
	for (const [name, value] of Object.entries(attributes)) input.setAttribute(name, value);
	return input;
}
