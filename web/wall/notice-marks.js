/** What a sign on the wall says of its notice: until when it is shown, and the message, which the sign shows afterwards. */
import { loadStyle, query, setText } from '../dom.js';
import { isNoticeShown } from '../shown-text.js';
import { formatTime } from './status-text.js';

/** @typedef {import('../signs.js').SignRow} SignRow */

/** @type {Promise<void> | undefined} */
let style;

export class NoticeMarks {
	#signs;

	/**
	 * @param {import('../signs.js').Signs} signs
	 * @param {(id: string) => HTMLElement | undefined} rootOf
	 */
	constructor(signs, rootOf) {
		this.#signs = signs;
		signs.onChange((id) => {
			const root = rootOf(id);
			if (root) this.decorate(root, id);
		});
	}

	/** @param {HTMLElement} root of a sign that may be a stub @param {string} id */
	decorate(root, id) {
		const row = this.#signs.get(id);
		const whole = root.querySelector('.whole');
		if (!row || !whole) return;
		const isShown = isNoticeShown(row);
		if (isShown && !root.querySelector('.notice')) addParts(whole);
		root.toggleAttribute('data-notice', isShown);
		if (isShown) show(root, row);
		else for (const part of root.querySelectorAll('.notice, .standing')) part.remove();
	}
}

/** @param {Element} whole the text that the sign shows */
function addParts(whole) {
	style ??= loadStyle(new URL('notice.css', import.meta.url)).catch(() => (style = undefined));
	const notice = document.createElement('span');
	const standing = document.createElement('span');
	notice.className = 'notice';
	standing.className = 'standing';
	standing.append(document.createElement('span'), ' ', document.createElement('bdi'));
	whole.before(notice);
	whole.after(standing);
}

/** @param {HTMLElement} root @param {SignRow} row */
function show(root, { message, noticeUntil }) {
	setText(query(root, '.notice', HTMLElement), `Notice until ${noticeUntil ? formatTime(noticeUntil) : 'ended'}`);
	setText(query(root, '.standing span', HTMLElement), noticeUntil ? 'then' : 'instead of');
	setText(query(root, '.standing bdi', HTMLElement), message.trim() ? message : 'no message');
}
