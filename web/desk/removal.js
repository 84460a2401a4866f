/** Removes a sign after a question, and reports one that was removed elsewhere. The focus stays in the desk. */
import { byId, query, setText } from '../dom.js';
import { FIELDS, valueText } from '../fields.js';
import { write } from '../requests.js';

/** @typedef {import('./desk.js').Context} Context */

export class Removal {
	#context;
	#dialog = /** @type {HTMLDialogElement} */ (byId('removal'));
	/** The sign that the question is about. */
	#asked = '';
	/** The sign that is removed here. */
	#removing = '';
	/** The chosen sign that was removed elsewhere. */
	#gone = '';

	/** @param {Context} context */
	constructor(context) {
		this.#context = context;
		byId('remove').addEventListener('click', () => {
			this.#asked = context.selection.ids[0] ?? '';
			setText(query(this.#dialog, 'h2', HTMLElement), `Remove ${this.#asked}?`);
			this.#dialog.returnValue = '';
			this.#dialog.showModal();
		});
		this.#dialog.addEventListener('close', () => {
			if (this.#asked && this.#dialog.returnValue === 'remove') void this.#remove(this.#asked);
		});
	}

	/** @param {string} id */
	async #remove(id) {
		this.#removing = id;
		const { isOk, answer } = await write('DELETE', `/Sign/${id}`);
		if (this.#removing === id) this.#removing = '';
		const { selection, drafts } = this.#context;
		if (!isOk && selection.size === 1 && selection.has(id))
			return setText(query(byId('chosen'), '.refusal.whole', HTMLElement), answer);
		if (!isOk) return setText(byId('done'), `${id} is not removed: ${answer}`);
		drafts.discard(id);
		selection.remove(id);
		setText(byId('done'), `${id} is removed`);
		// else the person has gone on to another sign
		if (!selection.size) query(byId('new-sign'), 'input', HTMLInputElement).focus();
	}

	/** Call it when a sign was removed. @param {string} id */
	signIsGone(id) {
		const { selection, drafts } = this.#context;
		if (!selection.has(id)) return;
		if (id === this.#asked) this.cancel();
		const isFocused = byId('chosen').contains(document.activeElement);
		const isOnly = selection.size === 1;
		selection.remove(id);
		if (isFocused && isOnly && !byId('desk').hidden) byId('desk-title').focus();
		if (id === this.#removing) return;
		const unsent = /** @type {Record<string, unknown>} */ (drafts.unsent(id));
		const words = FIELDS.filter(({ name }) => name in unsent).map(
			(field) => `${field.label} ${valueText(field, unsent[field.name])}`
		);
		const draft = words.length ? ` Its draft is kept, in case it comes back: ${words.join(', ')}` : '';
		this.#gone = isOnly ? id : '';
		setText(byId('gone'), `${id} was removed elsewhere.${draft}`);
	}

	/** Call it when there is a row of a sign. It is chosen again, unless the person has gone on. @param {string} id */
	signIsBack(id) {
		if (id !== this.#gone) return;
		if (!byId('desk').hidden && !this.#context.selection.size) this.#context.selection.set([id]);
		this.forget();
	}

	/** Closes the question, and removes nothing. */
	cancel() {
		if (this.#dialog.open) this.#dialog.close('');
	}

	/** Other signs were chosen, or another person has come. */
	forget() {
		this.#gone = '';
		setText(byId('gone'), '');
	}
}
