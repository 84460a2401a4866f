/** A field of the chosen sign: its control, the state of its draft, and the choice when somebody else has changed it. */
import { isSentLater, valueText } from '../fields.js';
import { Choice } from './choice.js';
import { Control } from './control.js';

/** @typedef {import('../fields.js').Value} Value */

const HINT = 'Enter or Send sends, Escape discards the draft';

export class SignField {
	control;
	#choice;

	/**
	 * @param {import('../fields.js').Field} field
	 * @param {{ edit: (value: Value) => void, keep: () => void, discard: () => void }} actions of a person
	 */
	constructor(field, { edit, keep, discard }) {
		this.control = new Control(field, edit, HINT);
		this.#choice = new Choice(keep, discard);
		this.control.append(this.#choice.root);
	}

	get field() {
		return this.control.field;
	}

	/** @param {boolean} isOffered whether the sign has anything that the field is about */
	set isOffered(isOffered) {
		this.control.root.hidden = !isOffered;
	}

	/**
	 * @param {string} id of the sign
	 * @param {import('../signs.js').SignRow} row
	 * @param {import('./drafts.js').Drafts} drafts
	 */
	update(id, row, drafts) {
		const { control, field } = this;
		const draft = drafts.get(id, field.name);
		const value = /** @type {Value} */ (row[field.name]);
		const unsent = drafts.unsent(id)[field.name];
		control.show(draft ? draft.value : value);
		control.showBeside(isSentLater(field) ? control.value : value);
		control.showRefusal(draft?.refusal ?? '');
		const words = field.kind === 'text' ? '' : ` ${valueText(field, unsent)}`;
		control.showState(unsent === undefined ? '' : `Draft${words}: not sent`);
		this.#choice.show(drafts.isOvertaken(id, field.name, row) ? valueText(field, value) : '');
	}
}
