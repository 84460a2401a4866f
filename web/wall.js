/** The wall: one article per sign, in the order of the ids, updated in place. It shows the rows that the server sent last. */
import { byId, cloneTemplate, query, setAttribute, setText } from './dom.js';
import { addPicture, redraw, removePicture } from './draw-schedule.js';
import { WALL_SIZE } from './matrix-size.js';
import { Matrix } from './matrix.js';
import { isMotionReduced, onMotionChange } from './reduced-motion.js';
import { isLoginOptional } from './session.js';
import { statusText } from './status-text.js';

/** @typedef {import('./signs.js').SignRow} SignRow */
/** @typedef {import('./connection.js').State} State */

export class Wall {
	#signs;
	#onEdit;
	/** @type {Map<string, Article>} */
	#articles = new Map();
	/** State of the connection. @type {State | undefined} */
	#state;

	/**
	 * @param {import('./signs.js').Signs} signs
	 * @param {(id: string) => void} onEdit called when a person clicks "Change"
	 */
	constructor(signs, onEdit) {
		this.#signs = signs;
		this.#onEdit = onEdit;
		signs.onChange((id, row) => (row ? this.#update(id, row) : this.#remove(id)));
		onMotionChange(() => this.#updateAll());
	}

	/** @param {State} state of the connection */
	update(state) {
		this.#state = state;
		this.#updateAll();
		updateDeviceHint(state);
		void this.#updateEmptyHint();
	}

	#updateAll() {
		for (const [id, article] of this.#articles)
			article.update(/** @type {SignRow} */ (this.#signs.get(id)), this.#state);
	}

	/**
	 * @param {string} id
	 * @param {SignRow} row
	 */
	#update(id, row) {
		let article = this.#articles.get(id);
		if (!article) {
			article = new Article(id, () => this.#onEdit(id));
			this.#articles.set(id, article);
			const next = [...this.#articles.keys()].filter((other) => other > id).sort()[0];
			byId('wall').insertBefore(article.root, (next && this.#articles.get(next)?.root) || null);
			byId('empty').hidden = true;
		}
		article.update(row, this.#state);
	}

	/** @param {string} id */
	#remove(id) {
		this.#articles.get(id)?.remove();
		this.#articles.delete(id);
		void this.#updateEmptyHint();
	}

	async #updateEmptyHint() {
		const isEmpty = () => this.#signs.size === 0 && this.#state?.status === 'Live';
		byId('empty').hidden = !isEmpty();
		if (isEmpty()) await showExample(this.#state?.account.user ?? '');
	}
}

/** A device's account may read its own sign only: the page links to that. @param {State} state */
function updateDeviceHint({ status, account: { user, role } }) {
	const root = byId('device');
	root.hidden = status !== 'Refused' || role !== 'sign_device';
	const link = query(root, 'a', HTMLAnchorElement);
	link.href = `/?sign=${encodeURIComponent(user ?? '')}`;
	setText(link, `/?sign=${user}`);
}

/** Shows a command that makes a first sign on this server. @param {string} user */
async function showExample(user) {
	const account = (await isLoginOptional().catch(() => false)) ? '' : `-u ${user} `;
	setText(
		query(byId('empty'), 'code', HTMLElement),
		`curl ${account}-X PUT --json '{"message":"Hello"}' ${location.origin}/Sign/lobby`
	);
}

/** One sign on the wall. */
class Article {
	root = cloneTemplate('sign');
	#canvas = query(this.root, 'canvas', HTMLCanvasElement);
	#matrix = new Matrix(this.#canvas);
	#picture = {
		draw: (/** @type {number} */ time) => this.#draw(time),
		resize: (/** @type {number} */ width, /** @type {number} */ height) => {
			this.#matrix.resize(width, height, WALL_SIZE);
			this.#canvas.style.width = `${this.#canvas.width / devicePixelRatio}px`;
		},
	};
	#container = query(this.root, '.room', HTMLElement);
	#message = '';
	/** The text below the matrix. */
	#fullText = '';

	/**
	 * @param {string} id
	 * @param {() => void} onEdit
	 */
	constructor(id, onEdit) {
		const button = query(this.root, 'button', HTMLButtonElement);
		setText(query(this.root, 'h2', HTMLElement), id);
		setAttribute(this.root, 'data-id', id);
		setAttribute(button, 'aria-label', `Change ${id}`);
		button.addEventListener('click', onEdit);
		this.#container.style.aspectRatio = `${WALL_SIZE.columns} / ${WALL_SIZE.rows}`;
		addPicture(this.#container, this.#picture);
	}

	/**
	 * @param {SignRow} row
	 * @param {State | undefined} state
	 */
	update(row, state) {
		this.#message = row.message;
		setAttribute(this.#canvas, 'aria-label', row.message || 'No message');
		setText(query(this.root, '.location', HTMLElement), row.location);
		const { presence, showing } = statusText(row, state);
		for (const [name, text] of Object.entries({ presence, showing })) {
			const target = query(this.root, `.${name}`, HTMLElement);
			setText(target, text);
			setAttribute(target, 'data-is', text.toLowerCase());
		}
		const time = query(this.root, 'time', HTMLTimeElement);
		setAttribute(time, 'datetime', row.updatedAt);
		setText(time, formatTime(row.updatedAt));
		this.#matrix.show(row);
		this.#matrix.setStill(isMotionReduced());
		redraw(this.#picture);
	}

	/** @param {number} time */
	#draw(time) {
		const next = this.#matrix.draw(time);
		// With reduced motion the matrix cuts a long message: the whole message then stands below it.
		const fullText = this.#matrix.isCut ? this.#message : '';
		if (fullText !== this.#fullText) setText(query(this.root, '.whole', HTMLElement), (this.#fullText = fullText));
		return next;
	}

	remove() {
		removePicture(this.#container);
		this.root.remove();
	}
}

/** The time of day, with the date when it is not today. @param {string} timestamp */
function formatTime(timestamp) {
	const date = new Date(timestamp);
	const isToday = date.toDateString() === new Date().toDateString();
	return isToday ? date.toLocaleTimeString() : date.toLocaleString();
}
