/**
 * The desk: changes the sign that was chosen. What was put in is sent; what is shown as the sign's is what the server
 * says. Only for accounts that may write; the server refuses the others anyway.
 */
import { element, part, say } from './elements.js';
import { Control, FIELDS, NAMES } from './fields.js';
import { showMany } from './many.js';
import { showNew } from './new-sign.js';
import { Outbox } from './outbox.js';
import { byField, write } from './requests.js';
import { hasDesk } from './session.js';

export class Desk {
	#signs;
	#connection;
	#root = element('desk');
	#form = part(this.#root, '#chosen', HTMLFormElement);
	#controls = FIELDS.map((field) => new Control(field, (value) => this.#give(field.name, value)));
	#id = '';
	#outbox = new Outbox(async () => {});
	/** @type {Element | null} */
	#opener = null;

	/**
	 * @param {import('./signs.js').Signs} signs
	 * @param {import('./connection.js').Connection} connection
	 */
	constructor(signs, connection) {
		this.#signs = signs;
		this.#connection = connection;
		part(this.#form, '.fields', HTMLElement).append(...this.#controls.map(({ root }) => root));
		this.#form.addEventListener('submit', (event) => event.preventDefault());
		this.#root.addEventListener('keydown', (event) => this.#escape(event));
		element('desk-open').addEventListener('click', () => this.#open());
		element('desk-close').addEventListener('click', () => this.#close());
		this.#askBeforeRemoval();
		showNew(signs, connection, (id) => this.choose(id));
		showMany(signs, connection);
		signs.onChange((id) => id === this.#id && this.#show());
	}

	/** @param {import('./connection.js').State} state */
	update({ word, account }) {
		const isUsable = hasDesk(account) && word !== 'Signed out' && word !== 'Refused';
		document.body.classList.toggle('writes', isUsable);
		element('desk-open').hidden = !isUsable;
		if (!isUsable && !this.#root.hidden) this.#close();
	}

	/** @param {string} id of the sign that is to be changed */
	choose(id) {
		this.#id = id;
		this.#outbox = new Outbox((change) => this.#send(id, change));
		for (const control of this.#controls) control.settle();
		say(part(this.#form, '.refusal.whole', HTMLElement), '');
		this.#open();
		this.#show();
		this.#controls[0]?.focus();
		document.querySelector('article[data-chosen]')?.scrollIntoView({ block: 'nearest' });
	}

	#show() {
		const row = this.#signs.get(this.#id);
		say(part(this.#form, 'h3', HTMLElement), this.#id);
		this.#form.hidden = !row;
		for (const article of element('wall').children)
			article.toggleAttribute('data-chosen', !this.#root.hidden && article.getAttribute('data-id') === this.#id);
		if (!row) return;
		for (const control of this.#controls)
			control.show(/** @type {import('./fields.js').Value} */ (row[control.field.name]));
	}

	/**
	 * @param {string} field
	 * @param {import('./fields.js').Value} value
	 */
	#give(field, value) {
		this.#outbox.put({ [field]: value });
	}

	/**
	 * @param {string} id
	 * @param {import('./outbox.js').Change} change
	 */
	async #send(id, change) {
		const outbox = this.#outbox;
		const before = this.#signs.get(id)?.revision;
		const { isOk, answer } = await write(this.#connection, 'PATCH', `/Sign/${id}`, change);
		const refusal = isOk ? '' : answer;
		if (id !== this.#id || outbox !== this.#outbox) {
			if (refusal) say(element('done'), `${id} is not changed: ${refusal}`);
			return;
		}
		const said = refusal ? byField(refusal, NAMES) : {};
		say(part(this.#form, '.refusal.whole', HTMLElement), said[''] ?? '');
		for (const control of this.#controls.filter(({ field }) => field.name in change && !outbox.has(field.name))) {
			const { name } = control.field;
			if (said[name]) control.refuse(said[name]);
			// A refusal is of the whole change: what it does not blame is sent again.
			else if (refusal && !said['']) outbox.put({ [name]: change[name] });
			else if (refusal || this.#signs.get(id)?.revision !== before) control.settle();
			else control.release(); // the event that tells it is still to come
		}
	}

	#askBeforeRemoval() {
		const dialog = /** @type {HTMLDialogElement} */ (element('removal'));
		let id = '';
		element('remove').addEventListener('click', () => {
			id = this.#id;
			say(part(dialog, 'h2', HTMLElement), `Remove ${id}?`);
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
		if (!isOk) return say(part(this.#form, '.refusal.whole', HTMLElement), answer);
		say(element('done'), `${id} is removed`);
		part(element('new-sign'), 'input', HTMLInputElement).focus();
	}

	#open() {
		if (!this.#root.hidden) return;
		this.#opener = document.activeElement;
		this.#root.hidden = false;
		document.body.classList.add('desk-is-open');
		this.#show();
		element('desk-close').focus();
	}

	#close() {
		this.#root.hidden = true;
		document.body.classList.remove('desk-is-open');
		this.#show();
		if (this.#opener instanceof HTMLElement) this.#opener.focus();
	}

	/** Takes back what is typed, or else closes the desk. @param {KeyboardEvent} event */
	#escape({ key, target }) {
		if (key !== 'Escape') return;
		const held = this.#controls.find(({ root, isHeld }) => isHeld && root.contains(/** @type {Node} */ (target)));
		if (held) held.settle();
		else this.#close();
	}
}
