/**
 * One schedule for all canvases of the page: which of them is to be drawn, and when. What is out of view is not drawn,
 * what does not move is drawn when it changes, and when nothing moves nothing runs. No layout is read in a frame.
 */

/**
 * @typedef {object} Picture
 * @property {(time: number) => number} draw draws the moment `time` (ms since 1970), and tells when it changes next
 * @property {(width: number, height: number) => void} resize the room for it, in pixels of the screen
 */

/** By the element that is watched. @type {Map<Element, Picture>} */
const pictures = new Map();
/** In view. @type {Set<Picture>} */
const inView = new Set();
/** When each picture in view is to be drawn next, in ms since 1970; what stays as it is is not in it. @type {Map<Picture, number>} */
const due = new Map();

/** What comes sooner is left to the next frame, in ms. */
const FRAME = 16;
/** No picture changes more rarely than once in a second, if it does by itself: a later time is of a clock set back. */
const LONGEST = 1_100;

let frame = 0;
let timer = 0;

const seen = new IntersectionObserver(
	(entries) => {
		for (const { target, isIntersecting } of entries) {
			const picture = pictures.get(target);
			if (!picture) continue;
			if (isIntersecting) inView.add(picture);
			else leave(picture);
			redraw(picture);
		}
	},
	{ rootMargin: '64px' }
);

const sized = new ResizeObserver((entries) => {
	for (const { target, contentRect } of entries) {
		const picture = pictures.get(target);
		picture?.resize(contentRect.width * devicePixelRatio, contentRect.height * devicePixelRatio);
		if (picture) redraw(picture);
	}
});

/**
 * @param {Element} room that the picture may fill
 * @param {Picture} picture
 */
export function watch(room, picture) {
	pictures.set(room, picture);
	seen.observe(room);
	sized.observe(room);
}

/** @param {Element} room */
export function unwatch(room) {
	const picture = pictures.get(room);
	if (picture) leave(picture);
	pictures.delete(room);
	seen.unobserve(room);
	sized.unobserve(room);
}

/** To be called when a picture has changed. @param {Picture} picture */
export function redraw(picture) {
	if (!inView.has(picture)) return; // drawn when it comes into view
	due.set(picture, 0);
	plan();
}

/** @param {Picture} picture */
function leave(picture) {
	inView.delete(picture);
	due.delete(picture);
}

/** Lets the next frame come when it is needed. */
function plan() {
	clearTimeout(timer);
	if (frame || !due.size) return;
	const wait = Math.min(...due.values()) - Date.now();
	if (wait > FRAME) timer = window.setTimeout(request, Math.min(wait - FRAME, LONGEST));
	else request();
}

function request() {
	frame ||= requestAnimationFrame(draw);
}

function draw() {
	frame = 0;
	const now = Date.now();
	for (const [picture, time] of due) {
		if (time > now && time < now + LONGEST) continue;
		const next = picture.draw(now);
		if (next === Infinity) due.delete(picture);
		else due.set(picture, Math.max(next, now + 1));
	}
	plan();
}
