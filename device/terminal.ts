/**
 * Signs in a terminal: as many as fit, each as a matrix of dots over a line that says how it stands. Owns the screen and
 * the keyboard from its making until `close`, which gives both back as they were.
 */
import { emitKeypressEvents, type Key } from 'node:readline';
import type { ToldRow } from '../sign.ts';
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

/** Lines of a sign: its dots, its words, and an empty one. */
const LINES = HEIGHT + 2;
/** Two frames are so far apart at least, in ms. */
const FRAME = 20;

/** What the keys do; each but `next` and `quit` is a write of the sign that is chosen. */
const KEYS: Record<string, Action> = {
	'tab': 'next',
	'p': 'power',
	'+': 'brighter',
	'-': 'darker',
	'q': 'quit',
};
export type Action = 'next' | 'power' | 'brighter' | 'darker' | 'quit';

class Shown implements Display {
	row: ToldRow | null = null;
	words = 'connecting';
	refusal = '';
	isOld = true;
	#changed: () => void;
	constructor(changed: () => void) {
		this.#changed = changed;
	}
	show(row: ToldRow | null) {
		this.row = row;
		this.#changed();
	}
	connected() {
		this.isOld = false;
		this.words = 'online';
		this.#changed();
	}
	disconnected(why: string, delay: number) {
		this.isOld = true;
		this.words = `offline since ${new Date().toLocaleTimeString()}: ${why}, again in ${(delay / 1000).toFixed(1)} s`;
		this.#changed();
	}
	refused(why: string) {
		this.refusal = `refused: ${why}`;
		this.#changed();
	}
}

export class Terminal {
	#signs = new Map<string, Shown>();
	#chosen = 0;
	#timer: NodeJS.Timeout | undefined;
	#pressed: (id: string, action: Action) => void;

	/** @param pressed told each key but `next` with the sign that is chosen */
	constructor(pressed: (id: string, action: Action) => void) {
		this.#pressed = pressed;
		process.stdout.write(ENTER);
		process.on('exit', () => process.stdout.write(LEAVE));
		process.stdout.on('resize', () => this.#draw());
		if (!process.stdin.isTTY) return;
		emitKeypressEvents(process.stdin);
		process.stdin.setRawMode(true).on('keypress', (text, key) => this.#press(text, key));
	}

	display(id: string): Display {
		const sign = new Shown(() => this.#soon());
		this.#signs.set(id, sign);
		return sign;
	}

	close(): void {
		clearTimeout(this.#timer);
		this.#soon = () => {};
		if (process.stdin.isTTY) process.stdin.setRawMode(false).pause();
	}

	#press(text: string | undefined, key: Key): void {
		const action = key.ctrl && key.name === 'c' ? 'quit' : (KEYS[key.name ?? ''] ?? KEYS[text ?? '']);
		if (action === 'next') {
			this.#chosen = (this.#chosen + 1) % this.#signs.size;
			this.#soon();
		} else if (action) this.#pressed([...this.#signs.keys()][this.#chosen]!, action);
	}

	/** Draws in the next turn, once for whatever changed in this one. */
	#soon = () => this.#wait(0);

	#wait(delay: number): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.#draw(), delay);
	}

	#draw(): void {
		const { columns = 80, rows = 24 } = process.stdout;
		const now = Date.now();
		const fit = Math.max(1, Math.floor((rows - 1) / LINES));
		const first = Math.min(this.#chosen, Math.max(0, this.#signs.size - fit));
		const visible = [...this.#signs].slice(first, first + fit);
		const lines = visible.flatMap(([id, sign]) => [
			...picture(sign.row, now, columns),
			this.#words(id, sign, columns),
			'',
		]);
		const more = this.#signs.size - visible.length;
		const keys = `tab next sign   p power   + - brightness   q quit${more > 0 ? `   (${more} more signs)` : ''}`;
		lines.push(colored(keys.slice(0, columns), GREY));
		const screen = lines.slice(0, rows).map((line) => line + TO_LINE_END);
		process.stdout.write(HOME + screen.join('\r\n') + TO_SCREEN_END);
		const next = Math.min(...visible.map(([, { row }]) => (row ? nextPicture(row, now, columns) : Infinity)));
		if (next < Infinity) this.#wait(Math.max(FRAME, next - now));
	}

	#words(id: string, { row, words, isOld, refusal }: Shown, columns: number): string {
		const state = row ? `revision ${row.revision}` : 'no such sign';
		const line = [id, isOld ? `OLD ${state}` : state, words, refusal].filter(Boolean).join('  ').slice(0, columns);
		const isChosen = this.#signs.size > 1 && [...this.#signs.keys()][this.#chosen] === id;
		return isChosen ? REVERSE(line) : line;
	}
}
