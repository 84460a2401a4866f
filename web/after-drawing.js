/**
 * When the page has shown the first signs: what is not needed for that is loaded afterwards, so that they appear early. It
 * is loaded when a person moves the pointer, touches or types, or else a moment later.
 */

/** In the first frame the signs get their places, in the second they are found to be in view, in the third they are drawn. */
const FRAMES = 3;
/** In ms: how long the page waits for a person, so that a screen that shows signs only is drawn undisturbed. */
const PAUSE = 500;
const ACTIONS = ['pointermove', 'pointerdown', 'keydown', 'focusin'];

/** @type {() => void} */
let startDrawing;
const started = new Promise((resolve) => (startDrawing = () => resolve(undefined)));
const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));
const acted = new Promise((resolve) => {
	for (const action of ACTIONS) addEventListener(action, resolve, { once: true, passive: true });
});
const drawn = started.then(async () => {
	for (let frame = 0; frame < FRAMES; frame++) await nextFrame();
	await Promise.race([acted, new Promise((resolve) => setTimeout(resolve, PAUSE))]);
});

/** Call this when the page knows what it shows first. */
export const drawingStarts = () => startDrawing();

export const afterDrawing = () => drawn;
