/** Prints a sign as lines of text, for logs and tests: each state on stdout, everything else on stderr. */
import type { SignJson } from '../sign/fields.ts';
import { shownText } from '../web/shown-text.js';
import type { Display } from './device.ts';

export function plainDisplay(id: string): Display {
	let last = '';
	return {
		show(row) {
			const line = `${id} ${row ? `shows ${state(row)}` : 'is no sign'}`;
			// an event may change only what the device itself reports: then the line is the same
			if (line !== last) console.log((last = line));
		},
		connected() {
			console.error(`${id} is online`);
		},
		disconnected(reason, delay) {
			console.error(`${id} is offline: ${reason}; it tries again in ${(delay / 1000).toFixed(1)} s`);
		},
		refused(reason) {
			console.error(`${id} is refused ${reason}`);
		},
	};
}

/** The fields that are visible on a sign now, and their revision. A notice stands in the place of the message. */
function state(row: SignJson): string {
	const { revision, message, color, brightness, power, effect, speed } = row;
	const text = shownText(row, Date.now());
	const shown = text === message ? { message } : { notice: text };
	return JSON.stringify({ revision, ...shown, color, brightness, power, effect, speed });
}
