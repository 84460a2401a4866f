/** Calls a display when the text of a sign changes by the clock alone, because its notice ends. It needs no connection. */
import type { SignJson } from '../sign/fields.ts';
import { noticeEnd, shownText } from '../web/shown-text.js';

/**
 * In ms: how long one timer waits at most. A timer to the end of the notice would not notice that the clock is set, as on a board
 * that starts without the time; and Node's timers are at most 2^31 ms long.
 */
const MAX_WAIT = 1_000;

export class NoticeTimer {
	#onChange: () => void;
	#timer: NodeJS.Timeout | undefined;

	/** @param onChange called when the text that the watched row shows has changed */
	constructor(onChange: () => void) {
		this.#onChange = onChange;
	}

	/** Watches this row, instead of the one before. Only a notice that has an end depends on the clock. */
	watch(row: SignJson | null): void {
		this.stop();
		if (row?.notice && row.noticeUntil != null) this.#wait(row, shownText(row, Date.now()));
	}

	stop(): void {
		clearTimeout(this.#timer);
	}

	#wait(row: SignJson, before: string): void {
		const now = Date.now();
		const delay = Math.min(MAX_WAIT, (noticeEnd(row, now) ?? Infinity) - now);
		this.#timer = setTimeout(() => {
			const text = shownText(row, Date.now());
			this.#wait(row, text);
			if (text !== before) this.#onChange();
		}, delay);
	}
}
