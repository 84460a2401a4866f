/** How the one chosen sign would look with its drafts. While there is a notice, a message that is edited is shown as it is afterwards. */
import { NO_NOTICE, withEnd } from '../notice.js';
import { isNoticeShown } from '../shown-text.js';
import { Preview } from './preview.js';

/** @typedef {import('../signs.js').SignRow} SignRow */

export class SignPreview {
	#preview = new Preview();
	/** Whether the person has edited the message last. */
	#isMessageEdited = false;

	get root() {
		return this.#preview.root;
	}

	/** A person edits this text; empty: none. @param {string} name of the field */
	setEdited(name) {
		this.#isMessageEdited = name === 'message';
	}

	/** @param {SignRow} row @param {Record<string, unknown>} unsent its drafts */
	show(row, unsent) {
		const wanted = { ...row, ...withEnd(unsent) };
		const isDraft = Object.keys(unsent).length > 0;
		if (isDraft && this.#isMessageEdited && isNoticeShown(wanted))
			this.#preview.show({ ...wanted, ...NO_NOTICE }, 'Draft, after the notice');
		else this.#preview.show(wanted, isDraft ? 'Draft' : 'Now');
	}

	hide() {
		this.#preview.hide();
	}
}
