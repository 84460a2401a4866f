/** Collects calls, so that what many signs change is shown once in a frame. */

/**
 * @param {() => void} action
 * @returns {() => void} runs the action in the next animation frame, once, however often it is called before
 */
export function oncePerFrame(action) {
	let frame = 0;
	return () => {
		frame ||= requestAnimationFrame(() => {
			frame = 0;
			action();
		});
	};
}
