/** The form for many signs: which ones, and the fields that a person has edited. It sends only after a confirmation. */
import { byId, query, setText } from '../dom.js';
import { FIELDS, FIELD_NAMES } from '../fields.js';
import { NO_NOTICE, withEnd } from '../notice.js';
import { refusalsByField } from '../requests.js';
import { signCount } from '../wall/status-text.js';
import { Confirmation } from './confirmation.js';
import { ManyField } from './many-field.js';
import { sendToMany } from './send-to-many.js';
import { withNotice } from './sending.js';
import { TargetSelect } from './target-select.js';

/** @typedef {import('./desk.js').Context} Context */

export class ManyForm {
	root = byId('bulk-edit');
	#form = query(this.root, 'form', HTMLFormElement);
	#note = query(this.#form, '.note', HTMLElement);
	#refusal = query(this.#form, '.refusal.whole', HTMLElement);
	#fields = FIELDS.map((field) => new ManyField(field, () => this.#edited()));
	#target;
	#confirmation;
	#context;
	/** The change that a person is asked about, or that is sent now. */
	#sending = /** @type {object | undefined} */ (undefined);
	#isConfirmed = false;

	/** @param {Context} context */
	constructor(context) {
		this.#context = context;
		this.#target = new TargetSelect(query(this.#form, '[name=target]', HTMLSelectElement), context, () =>
			this.#showStart()
		);
		this.#confirmation = new Confirmation(context.signs);
		query(this.#form, '.fields', HTMLElement).append(...this.#fields.map(({ root }) => root));
		this.#form.addEventListener('submit', (event) => {
			event.preventDefault();
			void this.#send();
		});
		query(this.#form, '.end-notices', HTMLElement).addEventListener('click', () => void this.#endNotices());
		this.#edited();
	}

	get isDraft() {
		return this.#fields.some(({ isIncluded }) => isIncluded);
	}

	/** The desk was opened, or other signs were chosen. */
	update() {
		this.#target.update();
		this.#showStart();
	}

	/** Leaves out the field that has an element. @param {Node} element @returns {boolean} whether it was to be sent */
	discardAt(element) {
		const field = this.#fields.find(({ root }) => root.contains(element));
		if (!field?.isIncluded) return false;
		field.leaveOut();
		return true;
	}

	/** Another person has signed in: nothing is left of what this one has entered, and nothing more is sent. */
	forget() {
		this.cancel();
		this.#sending = undefined;
		for (const field of this.#fields) field.leaveOut();
		setText(this.#refusal, '');
	}

	/** Closes the confirmation, and sends nothing. */
	cancel() {
		this.#confirmation.cancel();
	}

	/** The controls that nobody has touched begin with the values of a sign that they are for. */
	#showStart() {
		const [id] = this.#target.read().ids;
		const row = id === undefined ? undefined : this.#context.signs.get(id);
		if (row) for (const field of this.#fields) field.showStart(row);
	}

	/** A notice and its end are sent together. */
	#edited() {
		setText(this.#note, '');
		const [notice, end] = /** @type {[ManyField, ManyField]} */ (
			['notice', 'noticeUntil'].map((name) => this.#fields?.find(({ control }) => control.field.name === name))
		);
		end?.offerWith(notice.isIncluded && notice.control.value !== '');
	}

	/** Sends the fields that a person has edited. */
	async #send() {
		const fields = this.#fields.filter(({ isIncluded }) => isIncluded);
		const change = Object.fromEntries(fields.map(({ control }) => [control.field.name, control.value]));
		const nothing = fields.length ? 'there is no such sign' : 'change a field first';
		await this.#ask(() => this.#target.read(), change, nothing);
	}

	async #endNotices() {
		const { signs } = this.#context;
		const read = () => withNotice(this.#target.read(), (id) => signs.get(id));
		await this.#ask(read, { ...NO_NOTICE }, 'none of these signs shows a notice', 'End the notice of');
	}

	/**
	 * Sends a change if a person confirms it.
	 * @param {() => import('./sending.js').Target} read which signs it is for
	 * @param {Record<string, unknown>} change
	 * @param {string} nothing why there may be nothing to send
	 * @param {string} [action]
	 */
	async #ask(read, change, nothing, action) {
		const isNothing = !Object.keys(change).length || !read().ids.length;
		const isBusy = this.#sending && this.#isConfirmed;
		const notSent = isBusy ? 'Not sent: the change before is still being sent' : '';
		setText(this.#note, isNothing ? `Nothing to send: ${nothing}` : notSent);
		if (isNothing || this.#sending) return;
		// From the question on: Enter that is pressed once more at the dialog would ask again, and lose the answer.
		this.#sending = change;
		this.#isConfirmed = false;
		const ids = await this.#confirmation.ask(read, change, action);
		if (this.#sending !== change) return;
		this.#isConfirmed = true;
		const result = ids?.length ? await this.#sendTo(ids, change) : undefined;
		if (this.#sending !== change) return;
		this.#sending = undefined;
		setText(this.#note, '');
		if (ids && result) this.#show(result, ids.length, change);
	}

	/** @param {string[]} ids @param {Record<string, unknown>} wanted */
	async #sendTo(ids, wanted) {
		const { drafts, signs, takeBack, wall } = this.#context;
		const change = withEnd(wanted); // the minutes of a notice begin now
		const sent = takeBack.begin(ids, change);
		for (const id of ids) drafts.send(id, change, signs.get(id)?.revision);
		const isWanted = () => this.#sending === wanted;
		const showProgress = (/** @type {number} */ count) => {
			if (isWanted()) setText(byId('done'), `${count} of ${signCount(ids.length)} sent`);
		};
		const result = await sendToMany(ids, change, showProgress, isWanted);
		if (!isWanted()) return result;
		const failed = ids.filter((id) => !result.accepted.has(id));
		for (const id of result.accepted) drafts.accept(id, change, signs.get(id));
		for (const id of failed) drafts.fail(id, change, {}, signs.get(id));
		sent.keepOnly([...result.accepted]);
		takeBack.end(sent, result.accepted.size > 0);
		for (const id of result.accepted) wall.setRefused(id, false);
		if (result.isRefused) for (const id of failed) wall.setRefused(id, true);
		return result;
	}

	/**
	 * @param {import('./send-to-many.js').Result} result
	 * @param {number} total
	 * @param {Record<string, unknown>} change
	 */
	#show({ updated, accepted, words }, total, change) {
		const refusals = words ? refusalsByField(words, FIELD_NAMES) : {};
		for (const { control } of this.#fields) control.showRefusal(refusals[control.field.name] ?? '');
		const isAll = accepted.size === total;
		const partly = `${updated} of ${signCount(total)} changed`;
		setText(this.#refusal, isAll ? '' : [accepted.size ? partly : '', refusals['']].filter(Boolean).join(': '));
		setText(byId('done'), isAll ? `${signCount(updated)} changed` : accepted.size ? partly : '');
		const isSent = (/** @type {ManyField} */ { control }) => change[control.field.name] === control.value;
		if (isAll) for (const field of this.#fields.filter(isSent)) field.leaveOut();
	}
}
