/**
 * The desk: the panel in which a person changes one sign. It sends only the fields that the person edits, and shows the
 * values that the server sends. The page offers it to accounts that may write; the server refuses all others.
 */
import { setUpBulkEdit } from './bulk-edit.js';
import { byId, query, setText } from './dom.js';
import { Control, FIELDS, FIELD_NAMES } from './fields.js';
import { setUpNewSign } from './new-sign.js';
import { refusalsByField, write } from './requests.js';
import { canUseDesk } from './session.js';
import { WriteQueue } from './write-queue.js';

export class Desk {
	#signs;
	#connection;
	#root = byId('desk');
	#form = query(this.#root, '#chosen', HTMLFormElement);
	#controls = FIELDS.map((field) => new Control(field, (value) => this.#queue.add({ [field.name]: value })));
	#id = '';
	#queue = new WriteQueue(async () => {});
	/** @type {Element | null} */
	#focusedBefore = null;

	/**
	 * @param {import('./signs.js').Signs} signs
	 * @param {import('./connection.js').Connection} connection
	 */
	constructor(signs, connection) {
		this.#signs = signs;
		this.#connection = connection;
		query(this.#form, '.fields', HTMLElement).append(...this.#controls.map(({ root }) => root));
		this.#form.addEventListener('submit', (event) => event.preventDefault());
		this.#root.addEventListener('keydown', (event) => this.#handleEscape(event));
		byId('desk-open').addEventListener('click', () => this.#openPanel());
		byId('desk-close').addEventListener('click', () => this.#closePanel());
		this.#setUpRemoval();
		setUpNewSign(signs, connection, (id) => this.open(id));
		setUpBulkEdit(signs, connection);
		signs.onChange((id) => id === this.#id && this.#update());
	}

	/** @param {import('./connection.js').State} state */
	update({ status, account }) {
		const isUsable = canUseDesk(account) && status !== 'Signed out' && status !== 'Refused';
		document.body.classList.toggle('writes', isUsable);
		byId('desk-open').hidden = !isUsable;
		if (!isUsable && !this.#root.hidden) this.#closePanel();
	}

	/** Opens the desk for one sign. @param {string} id */
	open(id) {
		this.#id = id;
		this.#queue = new WriteQueue((change) => this.#send(id, change));
		for (const control of this.#controls) control.reset();
		setText(query(this.#form, '.refusal.whole', HTMLElement), '');
		this.#openPanel();
		this.#update();
		this.#controls[0]?.focus();
		document.querySelector('article[data-chosen]')?.scrollIntoView({ block: 'nearest' });
	}

	#update() {
		const row = this.#signs.get(this.#id);
		setText(query(this.#form, 'h3', HTMLElement), this.#id);
		this.#form.hidden = !row;
		for (const article of byId('wall').children)
			article.toggleAttribute('data-chosen', !this.#root.hidden && article.getAttribute('data-id') === this.#id);
		if (!row) return;
		for (const control of this.#controls)
			control.show(/** @type {import('./fields.js').Value} */ (row[control.field.name]));
	}

	/**
	 * @param {string} id
	 * @param {import('./write-queue.js').Change} change
	 */
	async #send(id, change) {
		const queue = this.#queue;
		const before = this.#signs.get(id)?.revision;
		const { isOk, answer } = await write(this.#connection, 'PATCH', `/Sign/${id}`, change);
		const refusal = isOk ? '' : answer;
		if (id !== this.#id || queue !== this.#queue) {
			if (refusal) setText(byId('done'), `${id} is not changed: ${refusal}`);
			return;
		}
		const refusals = refusal ? refusalsByField(refusal, FIELD_NAMES) : {};
		setText(query(this.#form, '.refusal.whole', HTMLElement), refusals[''] ?? '');
		for (const control of this.#controls.filter(({ field }) => field.name in change && !queue.has(field.name))) {
			const { name } = control.field;
			if (refusals[name]) control.showRefusal(refusals[name]);
			// The server refuses a change as a whole: the fields that the refusal does not name are sent again.
			else if (refusal && !refusals['']) queue.add({ [name]: change[name] });
			else if (refusal || this.#signs.get(id)?.revision !== before) control.reset();
			else control.accept(); // the event with the new value has not arrived yet
		}
	}

	#setUpRemoval() {
		const dialog = /** @type {HTMLDialogElement} */ (byId('removal'));
		let id = '';
		byId('remove').addEventListener('click', () => {
			id = this.#id;
			setText(query(dialog, 'h2', HTMLElement), `Remove ${id}?`);
			dialog.returnValue = '';
			dialog.showModal();
		});
		dialog.addEventListener('close', () => {
			if (dialog.returnValue === 'remove') void this.#remove(id);
		});
	}

	/** @param {string} id */
	async #remove(id) {
		const { isOk, answer } = await write(this.#connection, 'DELETE', `/Sign/${id}`);
		if (!isOk) return setText(query(this.#form, '.refusal.whole', HTMLElement), answer);
		setText(byId('done'), `${id} is removed`);
		query(byId('new-sign'), 'input', HTMLInputElement).focus();
	}

	#openPanel() {
		if (!this.#root.hidden) return;
		this.#focusedBefore = document.activeElement;
		this.#root.hidden = false;
		document.body.classList.add('desk-is-open');
		this.#update();
		byId('desk-close').focus();
	}

	#closePanel() {
		this.#root.hidden = true;
		document.body.classList.remove('desk-is-open');
		this.#update();
		if (this.#focusedBefore instanceof HTMLElement) this.#focusedBefore.focus();
	}

	/** Escape discards the edit in the focused control, or else closes the desk. @param {KeyboardEvent} event */
	#handleEscape({ key, target }) {
		if (key !== 'Escape') return;
		const edited = this.#controls.find(({ root, isEdited }) => isEdited && root.contains(/** @type {Node} */ (target)));
		if (edited) edited.reset();
		else this.#closePanel();
	}
}
