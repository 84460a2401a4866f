/** The dialog before a change is sent to many signs: to how many, what becomes of each field, and how some will look. */
import { byId, query, setText } from '../dom.js';
import { FIELDS } from '../fields.js';
import { withEnd } from '../notice.js';
import { signCount } from '../wall/status-text.js';
import { compare } from '../wall/order.js';
import { oncePerFrame } from './once-per-frame.js';
import { Preview } from './preview.js';
import { changeText, differenceOf } from './sending.js';

/** @typedef {import('./sending.js').Target} Target */
/** @typedef {import('../signs.js').SignRow} SignRow */

/** How many signs are shown in dots. */
const PREVIEWS = 3;

export class Confirmation {
	#dialog = /** @type {HTMLDialogElement} */ (byId('sending'));
	#submit = query(this.#dialog, '[value=send]', HTMLButtonElement);
	#previews = Array.from({ length: PREVIEWS }, () => new Preview());
	#signs;
	/** What the target consists of now. @type {() => Target} */ #readTarget = () => ({ ids: [], name: '' });
	#action = '';
	/** The ids that were fixed when the dialog was opened. @type {string[]} */ #ids = [];
	/** @type {Record<string, unknown>} */ #change = {};

	/** @param {import('../signs.js').Signs} signs */
	constructor(signs) {
		this.#signs = signs;
		const update = oncePerFrame(() => this.#dialog.open && this.#update());
		signs.onChange(() => this.#dialog.open && update());
		query(this.#dialog, '.previews', HTMLElement).append(...this.#previews.map(({ root }) => root));
	}

	/**
	 * @param {() => Target} readTarget what the target consists of now
	 * @param {Record<string, unknown>} change
	 * @param {string} [action] what the button does to the signs
	 * @returns {Promise<string[] | undefined>} the ids to send to; undefined: do not send
	 */
	ask(readTarget, change, action = 'Send to') {
		const dialog = this.#dialog;
		const { ids, name } = readTarget();
		this.#readTarget = readTarget;
		this.#action = action;
		this.#ids = [...ids].sort(compare);
		this.#change = change;
		setText(query(dialog, 'h2', HTMLElement), `${action} ${name}`);
		dialog.returnValue = '';
		dialog.showModal();
		query(dialog, 'h2', HTMLElement).focus(); // not the button that sends: Enter may be held down
		this.#update();
		return new Promise((done) => {
			const onClose = () => {
				for (const preview of this.#previews) preview.hide();
				done(dialog.returnValue === 'send' ? this.#existing() : undefined);
			};
			dialog.addEventListener('close', onClose, { once: true });
		});
	}

	/** Closes the dialog, and sends nothing. */
	cancel() {
		if (this.#dialog.open) this.#dialog.close('');
	}

	#existing() {
		return this.#ids.filter((id) => this.#signs.get(id));
	}

	#update() {
		const rows = this.#existing().map((id) => /** @type {SignRow} */ (this.#signs.get(id)));
		const exists = (/** @type {string} */ id) => Boolean(this.#signs.get(id));
		setText(this.#submit, `${this.#action} ${signCount(rows.length)}`);
		this.#submit.disabled = !rows.length;
		setText(query(this.#dialog, '.difference', HTMLElement), differenceOf(this.#ids, this.#readTarget().ids, exists));
		const lines = FIELDS.filter(({ name }) => name in this.#change).map((field) =>
			changeText(field, rows, this.#change)
		);
		this.#showLines(lines.filter(Boolean));
		const change = withEnd(this.#change);
		for (const [n, preview] of this.#previews.entries()) {
			const row = rows[n];
			preview.root.hidden = !row;
			if (row) preview.show({ ...row, ...change }, row.id);
			else preview.hide();
		}
	}

	/** @param {string[]} lines */
	#showLines(lines) {
		const list = query(this.#dialog, 'ul', HTMLElement);
		while (list.children.length > lines.length) list.lastChild?.remove();
		while (list.children.length < lines.length) list.append(document.createElement('li'));
		for (const [n, line] of lines.entries()) setText(/** @type {Element} */ (list.children[n]), line);
	}
}
