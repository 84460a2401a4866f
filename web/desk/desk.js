/**
 * The desk: the panel in which a person changes the chosen signs. The page loads it for accounts that may write; the
 * server refuses all others.
 */
import { byId, query, setText } from '../dom.js';
import { canUseDesk } from '../session.js';
import { DeskPanel } from './desk-panel.js';
import { Drafts } from './drafts.js';
import { handOver } from './hand-over.js';
import { ManyForm } from './many-form.js';
import { setUpNewSign } from './new-sign.js';
import { Removal } from './removal.js';
import { SignChanges } from './sign-changes.js';
import { SignForm } from './sign-form.js';
import { TakeBack } from './take-back.js';
import { followVisibleArea, revealMatrix } from './visible-area.js';

/** @typedef {import('../wall.js').Wall} Wall */
/** @typedef {{ signs: import('../signs.js').Signs, selection: import('../selection.js').Selection, wall: Wall, drafts: Drafts, takeBack: TakeBack }} Context */

export class Desk {
	#context;
	#form;
	#many;
	#changes;
	#removal;
	#panel;
	/** The account whose drafts the desk has. @type {string | null} */ #user = null;

	/**
	 * @param {import('../signs.js').Signs} signs
	 * @param {import('../selection.js').Selection} selection
	 * @param {Wall} wall
	 */
	constructor(signs, selection, wall) {
		const drafts = new Drafts();
		const takeBack = new TakeBack(signs, (ids, fields) => {
			for (const id of ids) drafts.expect(id, fields);
		});
		this.#context = { signs, selection, wall, drafts, takeBack };
		const changes = (this.#changes = new SignChanges(signs, drafts, takeBack, (answer) => this.#showAnswer(answer)));
		this.#form = new SignForm(signs, drafts, changes, (id) => wall.setDraft(id, drafts.has(id)));
		this.#many = new ManyForm(this.#context);
		this.#panel = new DeskPanel(
			() => this.#showChosen(),
			(element) => this.#form.discardAt(element) || this.#many.discardAt(element)
		);
		this.#removal = new Removal(this.#context);
		setUpNewSign(signs, (id) => this.#openNew(id));
		signs.onChange((id, row) => this.#signChanged(id, row));
		selection.onChange(() => this.#showChosen());
		this.#listen();
		followVisibleArea(() => this.#keepInView());
	}

	/** @param {import('../connection.js').State} state */
	update({ status, account }) {
		const isUsable = canUseDesk(account) && status !== 'Signed out' && status !== 'Refused';
		if (account.user && this.#user && account.user !== this.#user)
			handOver(this.#context, [this.#changes, this.#form, this.#many, this.#removal]);
		this.#user = account.user ?? this.#user;
		document.body.classList.toggle('writes', isUsable);
		byId('desk-open').hidden = !isUsable;
		this.#form.isLive = status === 'Live';
		if (isUsable) return;
		this.#many.cancel();
		this.#removal.cancel();
		this.#panel.close();
	}

	/** Opens the desk for the chosen signs. */
	open() {
		this.#panel.open();
		if (this.#context.selection.size !== 1) return query(this.#many.root, 'select', HTMLSelectElement).focus();
		revealMatrix(this.#context.wall, this.#form.id);
		this.#form.focus();
	}

	/** A phone's keyboard has come or gone. */
	#keepInView() {
		if (!this.#panel.isOpen) return;
		if (this.#form.id) revealMatrix(this.#context.wall, this.#form.id);
		const focused = document.activeElement;
		if (this.#panel.root.contains(focused)) focused?.scrollIntoView({ block: 'nearest' });
	}

	#listen() {
		this.#panel.root.addEventListener('focusin', ({ target }) => this.#showSend(/** @type {Node} */ (target)));
		byId('desk-open').addEventListener('click', () =>
			this.#context.selection.size ? this.open() : this.#panel.open()
		);
		addEventListener('beforeunload', (event) => {
			if (this.#context.drafts.ids.length || this.#many.isDraft) event.preventDefault();
		});
	}

	/** @param {string} id of a sign that was made here */
	#openNew(id) {
		this.#context.selection.set([id]);
		this.#context.wall.reveal(id, true);
		this.open();
	}

	#showChosen() {
		const [id] = this.#context.selection.ids;
		const isOne = this.#context.selection.size === 1;
		if (id !== undefined) this.#removal.forget();
		this.#form.show(isOne && id !== undefined && this.#panel.isOpen ? id : '');
		if (this.#panel.isOpen) this.#many.update();
		this.#showSend(isOne ? this.#form.root : this.#many.root);
	}

	/** Of the two forms, the one that a person has touched last shows its button. @param {Node} target */
	#showSend(target) {
		const isMany = Boolean(this.#form.root.hidden) || this.#many.root.contains(target);
		if (!isMany && !this.#form.root.contains(target)) return;
		this.#many.root.toggleAttribute('data-is-used', isMany);
		this.#form.root.toggleAttribute('data-is-used', !isMany);
	}

	/**
	 * @param {string} id
	 * @param {import('../signs.js').SignRow | undefined} row
	 */
	#signChanged(id, row) {
		const { drafts, wall } = this.#context;
		const wasDraft = drafts.has(id);
		drafts.update(id, row);
		const isDraft = drafts.has(id);
		if (wasDraft || isDraft) wall.setDraft(id, isDraft && Boolean(row));
		if (row) this.#removal.signIsBack(id);
		else this.#removal.signIsGone(id);
		if (id === this.#form.id) this.#form.update();
	}

	/** @param {import('./sign-changes.js').Answer} answer */
	#showAnswer({ id, isOk, isRefused, words, whole }) {
		const { drafts, wall } = this.#context;
		if (isOk || isRefused) wall.setRefused(id, isRefused);
		wall.setDraft(id, drafts.has(id));
		if (id === this.#form.id) this.#form.showRefusal(whole);
		if (isOk) setText(byId('done'), `${id} is changed`);
		else setText(byId('done'), id === this.#form.id ? '' : `${id} is not changed: ${words}`);
		this.#form.update();
	}
}
