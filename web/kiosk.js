/** One sign that fills the window. The last received state stays visible when the connection is lost. */
import { byId, setAttribute, setText } from './dom.js';
import { addPicture, redraw } from './draw-schedule.js';
import { setUpFullScreen } from './full-screen.js';
import { screenSize } from './matrix-size.js';
import { createPanel } from './panel.js';
import { isMotionReduced, onMotionChange } from './reduced-motion.js';
import { asShown, pictureName } from './wall/status-text.js';

/**
 * @param {string} id
 * @param {import('./signs.js').Signs} signs
 * @returns {(state: import('./connection.js').State) => void} call it with each new state of the connection
 */
export function showKiosk(id, signs) {
	document.body.classList.add('kiosk');
	document.title = `${id} · LED signs`;
	const canvas = /** @type {HTMLCanvasElement} */ (byId('screen'));
	const picture = createPicture(canvas, id, signs);
	signs.onChange(() => update());
	onMotionChange(() => update());
	let isLive = false;
	function update() {
		const sign = signs.get(id);
		setAttribute(canvas, 'aria-label', pictureName(sign && asShown(sign)));
		setText(byId('none'), isLive && !sign ? `There is no sign ${id} yet` : '');
		redraw(picture);
	}
	update();
	addPicture(byId('kiosk'), picture);
	holdWakeLock();
	setUpFullScreen();
	return ({ status }) => {
		isLive = status === 'Live';
		update();
	};
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {string} id
 * @param {import('./signs.js').Signs} signs
 */
function createPicture(canvas, id, signs) {
	const panel = createPanel(canvas);
	return {
		draw(/** @type {number} */ time) {
			const sign = signs.get(id);
			panel.show(sign && asShown(sign, time));
			panel.setStill(isMotionReduced());
			return panel.draw(time);
		},
		resize(/** @type {number} */ width, /** @type {number} */ height) {
			panel.resize(width, height, screenSize(width, height));
		},
	};
}

/** Keeps the screen on. The browser releases the lock when the page is hidden, so it is requested again afterwards. */
function holdWakeLock() {
	const requestLock = () => {
		// Missing without HTTPS, and refused when the battery is low: then the screen may turn off.
		if (document.visibilityState === 'visible') navigator.wakeLock?.request('screen').catch(() => {});
	};
	addEventListener('visibilitychange', requestLock);
	requestLock();
}
