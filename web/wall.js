/** The wall: an article for each sign, kept by its id and updated in place. Shows what the server told, and says when it is old. */
import { conditions } from './condition.js';
import { copyOf, element, mark, part, say } from './elements.js';
import { redraw, unwatch, watch } from './frames.js';
import { Matrix } from './matrix.js';
import { isStill, onMotion } from './motion-choice.js';
import { isTrusted } from './session.js';
import { WALL } from './size.js';

/** @typedef {import('./signs.js').SignRow} SignRow */
/** @typedef {import('./connection.js').State} State */

export class Wall {
	#signs;
	#choose;
	/** @type {Map<string, Article>} */
	#articles = new Map();
	/** @type {State | undefined} */
	#state;

	/**
	 * @param {import('./signs.js').Signs} signs
	 * @param {(id: string) => void} choose called when someone wants to change a sign
	 */
	constructor(signs, choose) {
		this.#signs = signs;
		this.#choose = choose;
		signs.onChange((id, row) => (row ? this.#show(id, row) : this.#remove(id)));
		onMotion(() => this.#showAll());
	}

	/** @param {State} state of the connection */
	update(state) {
		this.#state = state;
		this.#showAll();
		showDevice(state);
		void this.#showEmpty();
	}

	#showAll() {
		for (const [id, article] of this.#articles) article.show(/** @type {SignRow} */ (this.#signs.get(id)), this.#state);
	}

	/**
	 * @param {string} id
	 * @param {SignRow} row
	 */
	#show(id, row) {
		let article = this.#articles.get(id);
		if (!article) {
			article = new Article(id, () => this.#choose(id));
			this.#articles.set(id, article);
			const next = [...this.#articles.keys()].filter((other) => other > id).sort()[0];
			element('wall').insertBefore(article.root, (next && this.#articles.get(next)?.root) || null);
			element('empty').hidden = true;
		}
		article.show(row, this.#state);
	}

	/** @param {string} id */
	#remove(id) {
		this.#articles.get(id)?.remove();
		this.#articles.delete(id);
		void this.#showEmpty();
	}

	async #showEmpty() {
		const isEmpty = () => this.#signs.size === 0 && this.#state?.word === 'Live';
		element('empty').hidden = !isEmpty();
		if (isEmpty()) await sayExample(this.#state?.account.user ?? '');
	}
}

/** A device reads no wall, but its own sign. @param {State} state */
function showDevice({ word, account: { user, role } }) {
	const root = element('device');
	root.hidden = word !== 'Refused' || role !== 'sign_device';
	const link = part(root, 'a', HTMLAnchorElement);
	link.href = `/?sign=${encodeURIComponent(user ?? '')}`;
	say(link, `/?sign=${user}`);
}

/** The line that makes a first sign on this server. @param {string} user */
async function sayExample(user) {
	const account = (await isTrusted().catch(() => false)) ? '' : `-u ${user} `;
	say(
		part(element('empty'), 'code', HTMLElement),
		`curl ${account}-X PUT --json '{"message":"Hello"}' ${location.origin}/Sign/lobby`
	);
}

/** One sign on the wall. */
class Article {
	root = copyOf('sign');
	#canvas = part(this.root, 'canvas', HTMLCanvasElement);
	#matrix = new Matrix(this.#canvas);
	#picture = {
		draw: (/** @type {number} */ time) => this.#draw(time),
		resize: (/** @type {number} */ width, /** @type {number} */ height) => {
			this.#matrix.resize(width, height, WALL);
			this.#canvas.style.width = `${this.#canvas.width / devicePixelRatio}px`;
		},
	};
	#room = part(this.root, '.room', HTMLElement);
	#message = '';
	/** In letters, below the dots. */
	#told = '';

	/**
	 * @param {string} id
	 * @param {() => void} choose
	 */
	constructor(id, choose) {
		const button = part(this.root, 'button', HTMLButtonElement);
		say(part(this.root, 'h2', HTMLElement), id);
		mark(this.root, 'data-id', id);
		mark(button, 'aria-label', `Change ${id}`);
		button.addEventListener('click', choose);
		this.#room.style.aspectRatio = `${WALL.columns} / ${WALL.rows}`;
		watch(this.#room, this.#picture);
	}

	/**
	 * @param {SignRow} row
	 * @param {State | undefined} state
	 */
	show(row, state) {
		this.#message = row.message;
		mark(this.#canvas, 'aria-label', row.message || 'No message');
		say(part(this.root, '.location', HTMLElement), row.location);
		const { presence, showing } = conditions(row, state);
		for (const [name, text] of Object.entries({ presence, showing })) {
			const where = part(this.root, `.${name}`, HTMLElement);
			say(where, text);
			mark(where, 'data-is', text.toLowerCase());
		}
		const time = part(this.root, 'time', HTMLTimeElement);
		mark(time, 'datetime', row.updatedAt);
		say(time, when(row.updatedAt));
		this.#matrix.show(row);
		this.#matrix.still(isStill());
		redraw(this.#picture);
	}

	/** @param {number} time */
	#draw(time) {
		const next = this.#matrix.draw(time);
		// What the dots leave out, because it must not move, is told in letters.
		const left = this.#matrix.isCut ? this.#message : '';
		if (left !== this.#told) say(part(this.root, '.whole', HTMLElement), (this.#told = left));
		return next;
	}

	remove() {
		unwatch(this.#room);
		this.root.remove();
	}
}

/** The time, with its day when that is not today. @param {string} date */
function when(date) {
	const then = new Date(date);
	const isToday = then.toDateString() === new Date().toDateString();
	return isToday ? then.toLocaleTimeString() : then.toLocaleString();
}
