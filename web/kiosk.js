/** Any screen as a sign: one sign fills the window. What is last known stays, whatever happens to the connection. */
import { element, mark, say } from './elements.js';
import { redraw, watch } from './frames.js';
import { Matrix } from './matrix.js';
import { isStill, onMotion } from './motion-choice.js';
import { screenSize } from './size.js';

/**
 * @param {string} id
 * @param {import('./signs.js').Signs} signs
 * @returns {(state: import('./connection.js').State) => void} to be told of the connection
 */
export function showKiosk(id, signs) {
	document.body.classList.add('kiosk');
	document.title = `${id} · LED signs`;
	const canvas = /** @type {HTMLCanvasElement} */ (element('screen'));
	const picture = pictureOf(canvas, id, signs);
	signs.onChange(() => show());
	onMotion(() => show());
	let isLive = false;
	function show() {
		const sign = signs.get(id);
		mark(canvas, 'aria-label', sign?.message || 'No message');
		say(element('none'), isLive && !sign ? `There is no sign ${id} yet` : '');
		redraw(picture);
	}
	show();
	watch(element('kiosk'), picture);
	stayAwake();
	addEventListener('keydown', ({ key, target }) => {
		if (key.toLowerCase() === 'f' && !(target instanceof HTMLInputElement)) void switchFullScreen();
	});
	return ({ word }) => {
		isLive = word === 'Live';
		show();
	};
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} id
 * @param {import('./signs.js').Signs} signs
 */
function pictureOf(canvas, id, signs) {
	const matrix = new Matrix(canvas);
	return {
		draw(/** @type {number} */ time) {
			matrix.show(signs.get(id));
			matrix.still(isStill());
			return matrix.draw(time);
		},
		resize(/** @type {number} */ width, /** @type {number} */ height) {
			matrix.resize(width, height, screenSize(width, height));
			canvas.style.width = `${canvas.width / devicePixelRatio}px`;
		},
	};
}

/** The browser gives the lock back when the page is hidden: it is asked for whenever it is seen again. */
function stayAwake() {
	const ask = () => {
		// Not there without HTTPS, refused with an empty battery: the screen sleeps then, and nothing else is lost.
		if (document.visibilityState === 'visible') navigator.wakeLock?.request('screen').catch(() => {});
	};
	addEventListener('visibilitychange', ask);
	ask();
}

async function switchFullScreen() {
	if (document.fullscreenElement) await document.exitFullscreen();
	else await document.documentElement.requestFullscreen();
}
