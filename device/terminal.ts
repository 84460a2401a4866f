/**
 * Shows as many signs in a terminal as fit, each as a matrix of dots above a status line. From its construction to `close`
 * it controls the screen and the keyboard; then both are as before.
 */
import { emitKeypressEvents, type Key } from 'node:readline';
import type { SignJson } from '../sign/fields.ts';
import type { Display } from './device.ts';
import { HEIGHT } from './letters.ts';
import { colored, nextPicture, picture } from './picture.ts';

const ENTER = '\x1b[?1049h\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const TO_LINE_END = '\x1b[K';
const TO_SCREEN_END = '\x1b[J';
const REVERSE = (text: string) => `\x1b[7m${text}\x1b[27m`;
const GREY = [153, 153, 153];

/** Lines per sign: its dots, its status line and an empty line. */
const LINES = HEIGHT + 2;
/** In ms, from one frame to the next. */
const MIN_FRAME = 20;

/** The action of each key. `power`, `brighter` and `darker` write to the selected sign. */
const KEYS: Record<string, Action> = {
	'tab': 'next',
	'p': 'power',
	'+': 'brighter',
	'-': 'darker',
	'q': 'quit',
};
export type Action = 'next' | 'power' | 'brighter' | 'darker' | 'quit';

class TerminalDisplay implements Display {
	row: SignJson | null = null;
	status = 'connecting';
	refusal = '';
	isOld = true;
	#onChange: () => void;
	constructor(onChange: () => void) {
		this.#onChange = onChange;
	}
	show(row: SignJson | null) {
		this.row = row;
		this.#onChange();
	}
	connected() {
		this.isOld = false;
		this.status = 'online';
		this.#onChange();
	}
	disconnected(reason: string, delay: number) {
		this.isOld = true;
		this.status = `offline since ${new Date().toLocaleTimeString()}: ${reason}, again in ${(delay / 1000).toFixed(1)} s`;
		this.#onChange();
	}
	refused(reason: string) {
		this.refusal = `refused: ${reason}`;
		this.#onChange();
	}
}

export class Terminal {
	#signs = new Map<string, TerminalDisplay>();
	#selected = 0;
	#timer: NodeJS.Timeout | undefined;
	#onAction: (id: string, action: Action) => void;

	/** @param onAction called for each key except tab, with the selected sign */
	constructor(onAction: (id: string, action: Action) => void) {
		this.#onAction = onAction;
		process.stdout.write(ENTER);
		process.on('exit', () => process.stdout.write(LEAVE));
		process.stdout.on('resize', () => this.#draw());
		if (!process.stdin.isTTY) return;
		emitKeypressEvents(process.stdin);
		process.stdin.setRawMode(true).on('keypress', (text, key) => this.#handleKey(text, key));
	}

	display(id: string): Display {
		const sign = new TerminalDisplay(() => this.#drawSoon());
		this.#signs.set(id, sign);
		return sign;
	}

	close(): void {
		clearTimeout(this.#timer);
		this.#drawSoon = () => {};
		if (process.stdin.isTTY) process.stdin.setRawMode(false).pause();
	}

	#handleKey(text: string | undefined, key: Key): void {
		const action = key.ctrl && key.name === 'c' ? 'quit' : (KEYS[key.name ?? ''] ?? KEYS[text ?? '']);
		if (action === 'next') {
			this.#selected = (this.#selected + 1) % this.#signs.size;
			this.#drawSoon();
		} else if (action) this.#onAction([...this.#signs.keys()][this.#selected]!, action);
	}

	/** Draws once after all changes of the current event loop turn. */
	#drawSoon = () => this.#drawIn(0);

	/** @param delay ms */
	#drawIn(delay: number): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#draw(), delay);
	}

	#draw(): void {
		const { columns = 80, rows = 24 } = process.stdout;
		const now = Date.now();
		const fit = Math.max(1, Math.floor((rows - 1) / LINES));
		const first = Math.min(this.#selected, Math.max(0, this.#signs.size - fit));
		const visible = [...this.#signs].slice(first, first + fit);
		const lines = visible.flatMap(([id, sign]) => [
			...picture(sign.row, now, columns),
			this.#statusLine(id, sign, columns),
			'',
		]);
		const more = this.#signs.size - visible.length;
		const keys = `tab next sign   p power   + - brightness   q quit${more > 0 ? `   (${more} more signs)` : ''}`;
		lines.push(colored(keys.slice(0, columns), GREY));
		const screen = lines.slice(0, rows).map((line) => line + TO_LINE_END);
		process.stdout.write(HOME + screen.join('\r\n') + TO_SCREEN_END);
		const next = Math.min(...visible.map(([, { row }]) => (row ? nextPicture(row, now, columns) : Infinity)));
		if (next < Infinity) this.#drawIn(Math.max(MIN_FRAME, next - now));
	}

	#statusLine(id: string, { row, status, isOld, refusal }: TerminalDisplay, columns: number): string {
		const state = row ? `revision ${row.revision}` : 'no such sign';
		const line = [id, isOld ? `OLD ${state}` : state, status, refusal].filter(Boolean).join('  ').slice(0, columns);
		const isSelected = this.#signs.size > 1 && [...this.#signs.keys()][this.#selected] === id;
		return isSelected ? REVERSE(line) : line;
	}
}
