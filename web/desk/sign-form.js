/** The form of the one chosen sign: its fields, the drafts of them, and how the sign would look. */
import { byId, cloneTemplate, query, setText } from '../dom.js';
import { FIELDS, isSentLater } from '../fields.js';
import { NO_NOTICE } from '../notice.js';
import { isNoticeShown } from '../shown-text.js';
import { chooseEnd, draftAgain, fixEnd, isHeld } from './notice-draft.js';
import { Past } from './past.js';
import { SignField } from './sign-field.js';
import { SignPreview } from './sign-preview.js';

/** @typedef {import('../fields.js').Field} Field */
/** @typedef {import('../fields.js').Value} Value */

export class SignForm {
	root = /** @type {HTMLFormElement} */ (byId('chosen'));
	#signs;
	#drafts;
	#changes;
	#onDraft;
	#preview = new SignPreview();
	#fields = FIELDS.map((field) => this.#createField(field));
	#note = query(this.root, '.note', HTMLElement);
	#refusal = query(this.root, '.refusal.whole', HTMLElement);
	/** The chosen sign, or ''. */
	#id = '';
	#isLive = false;
	#past = new Past((fields) => this.#showAgain(fields));
	#endNotice = cloneTemplate('end-notice');

	/**
	 * @param {import('../signs.js').Signs} signs
	 * @param {import('./drafts.js').Drafts} drafts
	 * @param {import('./sign-changes.js').SignChanges} changes
	 * @param {(id: string) => void} onDraft called when a sign's drafts have changed
	 */
	constructor(signs, drafts, changes, onDraft) {
		this.#signs = signs;
		this.#drafts = drafts;
		this.#changes = changes;
		this.#onDraft = onDraft;
		query(this.root, '.fields', HTMLElement).append(...this.#fields.map(({ control }) => control.root));
		query(this.root, 'h3', HTMLElement).after(this.#preview.root);
		this.#field('notice').control.append(this.#endNotice);
		this.#endNotice.addEventListener('click', () => this.#sendNoNotice());
		this.root.addEventListener('submit', (event) => {
			event.preventDefault();
			this.#send();
		});
	}

	get id() {
		return this.#id;
	}

	/** @param {boolean} isLive whether the values that are sent at once can be sent */
	set isLive(isLive) {
		this.#isLive = isLive;
	}

	/** @param {string} id of the sign; empty for none */
	show(id) {
		if (id !== this.#id) this.#begin();
		this.#id = id;
		this.update();
	}

	/** Nothing is said of the sign yet. */
	#begin() {
		this.showRefusal('');
		setText(this.#note, '');
		this.#preview.setEdited('');
	}

	/** @param {string} text a refusal that names no field */
	showRefusal(text) {
		setText(this.#refusal, text);
	}

	/** Another person has come. */
	forget() {
		this.#past.forget();
	}

	focus() {
		this.#fields[0]?.control.select();
	}

	update() {
		const row = this.#signs.get(this.#id);
		this.root.hidden = !row;
		if (!row) return this.#preview.hide();
		setText(query(this.root, 'h3', HTMLElement), this.#id);
		for (const field of this.#fields) field.update(this.#id, row, this.#drafts);
		const unsent = this.#drafts.unsent(this.#id);
		this.#field('noticeUntil').isOffered = (unsent.notice ?? row.notice) !== '';
		this.#endNotice.hidden = !isNoticeShown(row);
		this.#past.show(row);
		this.#preview.show(row, unsent);
	}

	/** @param {Field['name']} name */
	#field(name) {
		return /** @type {SignField} */ (this.#fields.find(({ field }) => field.name === name));
	}

	/** Discards the draft of the field that has an element. @param {Node} element @returns {boolean} whether there was one */
	discardAt(element) {
		const found = this.#fields.find(({ control }) => control.root.contains(element));
		if (!found || !(found.field.name in this.#drafts.unsent(this.#id))) return false;
		this.#discard(found);
		return true;
	}

	/** @param {Field} field */
	#createField(field) {
		const created = new SignField(field, {
			edit: (value) => this.#edit(field, value),
			keep: () => this.#keep(created),
			discard: () => this.#discard(created),
		});
		return created;
	}

	/** A text is a draft until it is sent; every other value is sent at once, if it can be. @param {Field} field @param {Value} value */
	#edit(field, value) {
		const { name } = field;
		setText(this.#note, '');
		if (isSentLater(field)) this.#preview.setEdited(name);
		const row = this.#signs.get(this.#id);
		this.#drafts.edit(this.#id, name, value, row?.[name]);
		if (row && name === 'notice') chooseEnd(this.#drafts, row);
		if (!isSentLater(field) && this.#isLive) this.#changes.add(this.#id, { [name]: value });
		this.#onDraft(this.#id);
		this.update();
	}

	/** A text that stood there before becomes a draft, which Send shows again. @param {Record<string, Value>} fields */
	#showAgain(fields) {
		const row = this.#signs.get(this.#id);
		if (!row) return;
		draftAgain(this.#drafts, row, fields);
		this.#preview.setEdited('message' in fields ? 'message' : 'notice');
		this.#onDraft(this.#id);
		this.update();
		setText(this.#note, 'Not sent yet: Send shows it again');
		query(this.root, '[type=submit]', HTMLElement).focus();
	}

	#sendNoNotice() {
		setText(this.#note, '');
		this.#field('notice').control.focus(); // the button goes
		this.#changes.add(this.#id, NO_NOTICE);
	}

	/** @param {SignField} field */
	#keep({ field, control }) {
		const row = this.#signs.get(this.#id);
		if (row) this.#drafts.keep(this.#id, field.name, row);
		setText(this.#note, '');
		control.focus();
		this.update();
	}

	/** @param {SignField} field */
	#discard({ field, control }) {
		this.#drafts.discard(this.#id, field.name);
		const row = this.#signs.get(this.#id);
		if (row && field.name === 'notice') chooseEnd(this.#drafts, row);
		setText(this.#note, '');
		control.focus();
		this.#onDraft(this.#id);
		this.update();
	}

	#send() {
		const row = this.#signs.get(this.#id);
		if (!row) return;
		fixEnd(this.#drafts, row);
		const unsent = Object.entries(this.#drafts.unsent(this.#id));
		const ready = unsent.filter(([name]) => !isHeld(this.#drafts, row, name));
		const overtaken = FIELDS.filter(({ name }) => this.#drafts.isOvertaken(this.#id, name, row));
		if (ready.length) this.#changes.add(this.#id, Object.fromEntries(ready));
		const choose = `${overtaken.map(({ label }) => label).join(', ')} not sent: changed meanwhile, choose which value to take`;
		const nothing = unsent.length ? '' : 'Nothing to send: change a field first';
		setText(this.#note, overtaken.length ? choose : nothing);
		this.#onDraft(this.#id);
		this.update();
	}
}
