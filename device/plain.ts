/** A sign as lines of text, for logs and tests: a line for each state on stdout, everything else on stderr. */
import type { ToldRow } from '../sign.ts';
import type { Display } from './device.ts';

export function plainDisplay(id: string): Display {
	let last = '';
	return {
		show(row) {
			const line = `${id} ${row ? `shows ${state(row)}` : 'is no sign'}`;
			// a row also changes with what the device itself reports
			if (line !== last) console.log((last = line));
		},
		connected() {
			console.error(`${id} is online`);
		},
		disconnected(why, delay) {
			console.error(`${id} is offline: ${why}; it tries again in ${(delay / 1000).toFixed(1)} s`);
		},
		refused(why) {
			console.error(`${id} is refused ${why}`);
		},
	};
}

/** What is visible of a sign, and the revision that it is. */
function state({ revision, message, color, brightness, power, effect, speed }: ToldRow): string {
	return JSON.stringify({ revision, message, color, brightness, power, effect, speed });
}
