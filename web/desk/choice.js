/** Shows beside a field that somebody else has changed it, and lets the person choose between the two values. */
import { cloneTemplate, query, setText } from '../dom.js';

export class Choice {
	root = cloneTemplate('choice');

	/**
	 * @param {() => void} onKeep the person wants the own value
	 * @param {() => void} onTake the person wants the sign's value
	 */
	constructor(onKeep, onTake) {
		query(this.root, '.keep', HTMLElement).addEventListener('click', onKeep);
		query(this.root, '.take', HTMLElement).addEventListener('click', onTake);
	}

	/** @param {string} value of the sign, in words; empty when there is nothing to choose */
	show(value) {
		setText(query(this.root, 'p', HTMLElement), value && `Changed meanwhile to ${value}`);
		for (const button of this.root.querySelectorAll('button')) button.hidden = !value;
	}
}
