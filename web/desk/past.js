/** "What was here": the last texts of the chosen sign, from its history. Each can become a draft again. */
import { byId, cloneTemplate, query, setAttribute, setText } from '../dom.js';
import { valueText } from '../fields.js';
import { isNoticeShown } from '../shown-text.js';
import { request } from '../requests.js';
import { formatTime } from '../wall/status-text.js';
import { pastTexts } from './past-texts.js';
import { has } from './sent-change.js';

/** @typedef {import('../signs.js').SignRow} SignRow */
/** @typedef {import('./past-texts.js').PastText} PastText */
/** @typedef {{ root: HTMLElement, text: PastText }} Item */

export class Past {
	#root = /** @type {HTMLDetailsElement} */ (byId('past'));
	#list = query(this.#root, 'ol', HTMLElement);
	#refusal = query(this.#root, '.refusal', HTMLElement);
	#onShowAgain;
	/** @type {SignRow | undefined} */ #row;
	/** By their keys. @type {Map<string, Item>} */ #items = new Map();
	/** The sign and the revision that the list is for. */
	#loaded = '';
	#isLoading = false;

	/** @param {(fields: PastText['fields']) => void} onShowAgain */
	constructor(onShowAgain) {
		this.#onShowAgain = onShowAgain;
		this.#root.addEventListener('toggle', () => void this.#load());
	}

	/** @param {SignRow} row of the chosen sign */
	show(row) {
		if (row.id !== this.#row?.id) this.#update([], '');
		this.#row = row;
		void this.#load();
		for (const item of this.#items.values()) this.#updateButton(item);
	}

	/** Another person logs in, who may not read what this one could. */
	forget() {
		this.#root.open = false;
		this.#loaded = '';
		this.#update([], '');
	}

	async #load() {
		const row = this.#row;
		const key = row ? `${row.id} ${row.revision}` : '';
		if (!row || !this.#root.open || this.#isLoading || key === this.#loaded) return;
		this.#isLoading = true;
		const { isOk, answer } = await request('GET', `/History/${row.id}`).catch(() => ({
			isOk: false,
			answer: 'The server does not answer',
		}));
		this.#isLoading = false;
		this.#loaded = key;
		if (row.id === this.#row?.id) this.#update(isOk ? pastTexts(answer) : [], isOk ? '' : String(answer));
		void this.#load(); // the sign has changed meanwhile, or another one is chosen
	}

	/** @param {PastText[]} texts @param {string} refusal */
	#update(texts, refusal) {
		setText(this.#refusal, refusal);
		query(this.#root, '.nothing', HTMLElement).hidden = Boolean(texts.length || refusal || !this.#row);
		const before = this.#items;
		this.#items = new Map(texts.map((text) => [text.key, before.get(text.key) ?? this.#create(text)]));
		for (const [key, { root }] of before) if (!this.#items.has(key)) root.remove();
		// An item that stays is not moved: it may have the focus.
		let next = this.#list.firstElementChild;
		for (const { root } of this.#items.values()) {
			if (root === next) next = next.nextElementSibling;
			else this.#list.insertBefore(root, next);
		}
	}

	/** @param {PastText} text @returns {Item} */
	#create(text) {
		const root = cloneTemplate('past-text');
		const { at, by, kind, fields } = text;
		const words = kind === 'removal' ? 'The sign was removed' : valueText({ kind: 'text' }, fields[kind]);
		setText(query(root, '.what', HTMLElement), kind === 'notice' ? `Notice ${words}` : words);
		const time = query(root, 'time', HTMLElement);
		setAttribute(time, 'datetime', at);
		setText(time, formatTime(at));
		setText(query(root, '.by', HTMLElement), by ? `by ${by}` : 'author not known');
		const button = query(root, 'button', HTMLElement);
		setAttribute(button, 'aria-label', `Show again: ${words}`);
		button.addEventListener('click', () => this.#onShowAgain(fields));
		this.#updateButton({ root, text });
		return { root, text };
	}

	/** What the sign has now can not be shown again. @param {Item} item */
	#updateButton({ root, text: { kind, fields } }) {
		const row = this.#row;
		const isNow = row && has(row, fields) && (kind === 'message' || isNoticeShown(row));
		query(root, 'button', HTMLElement).hidden = isNow || kind === 'removal';
		query(root, '.now', HTMLElement).hidden = !isNow || kind === 'removal';
	}
}
