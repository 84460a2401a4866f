/**
 * Draws all canvases of the page from one schedule. A picture is drawn when it changes, if it is in view; a picture that
 * does not move is drawn once, and without moving pictures no timer runs. The draw loop reads no layout.
 */

/**
 * @typedef {object} Picture
 * @property {(time: number) => number} draw draws the moment `time`, and returns when the picture changes next by itself;
 *   both in ms since 1970, Infinity for never
 * @property {(width: number, height: number) => void} resize called with the available size, in pixels of the screen
 * @property {() => void} [release] called when the picture leaves the view: it gives back the memory that drawing needs
 */

/** By the element that contains the picture. @type {Map<Element, Picture>} */
const pictures = new Map();
/** @type {Set<Picture>} */
const inView = new Set();
/** When each picture in view must be drawn next, in ms since 1970; pictures that do not move are missing. @type {Map<Picture, number>} */
const due = new Map();

/** In ms. A picture that is due sooner is drawn with the next animation frame, without a timer. */
const FRAME = 16;
/**
 * In ms. A picture that moves changes at least once per second: if one seems due later than this, the clock was set back,
 * and it is drawn now.
 */
const MAX_WAIT = 1_100;

let frame = 0;
let timer = 0;

const visibility = new IntersectionObserver(
	(entries) => {
		for (const { target, isIntersecting } of entries) {
			const picture = pictures.get(target);
			if (!picture) continue;
			if (isIntersecting) inView.add(picture);
			else removeFromView(picture);
			redraw(picture);
		}
	},
	{ rootMargin: '64px' }
);

const sizes = new ResizeObserver((entries) => {
	for (const { target, contentRect } of entries) {
		const picture = pictures.get(target);
		picture?.resize(contentRect.width * devicePixelRatio, contentRect.height * devicePixelRatio);
		if (picture) redraw(picture);
	}
});

/**
 * Draws a picture from now on.
 * @param {Element} container whose size limits the picture
 * @param {Picture} picture
 */
export function addPicture(container, picture) {
	pictures.set(container, picture);
	visibility.observe(container);
	sizes.observe(container);
}

/** @param {Element} container */
export function removePicture(container) {
	const picture = pictures.get(container);
	if (picture) removeFromView(picture);
	pictures.delete(container);
	visibility.unobserve(container);
	sizes.unobserve(container);
}

/** Call this when what the picture shows has changed. @param {Picture} picture */
export function redraw(picture) {
	if (!inView.has(picture)) return; // it is drawn when it comes into view
	due.set(picture, 0);
	schedule();
}

/** @param {Picture} picture */
function removeFromView(picture) {
	if (inView.delete(picture)) picture.release?.();
	due.delete(picture);
}

/** Requests an animation frame for the picture that is due first: now, or with a timer. */
function schedule() {
	clearTimeout(timer);
	if (frame || !due.size) return;
	const wait = Math.min(...due.values()) - Date.now();
	if (wait > FRAME) timer = window.setTimeout(requestFrame, Math.min(wait - FRAME, MAX_WAIT));
	else requestFrame();
}

function requestFrame() {
	frame ||= requestAnimationFrame(drawDuePictures);
}

function drawDuePictures() {
	frame = 0;
	const now = Date.now();
	for (const [picture, time] of due) {
		if (time > now && time < now + MAX_WAIT) continue;
		const next = picture.draw(now);
		if (next === Infinity) due.delete(picture);
		else due.set(picture, Math.max(next, now + 1));
	}
	schedule();
}
