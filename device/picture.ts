/** A sign's matrix as lines for a terminal, for a given moment. Pure. */
import type { SignJson } from '../sign/fields.ts';
import { isDark, nextChange, scrollOffset } from '../web/motion.js';
import { shownText } from '../web/shown-text.js';
import { HEIGHT, lettersOf } from './letters.ts';

const LIT = '●';
const UNLIT = '·';
const UNLIT_COLOR = [51, 51, 51];

/** Wraps text in the escape sequence of a color: red, green, blue, each 0 to 255. */
export const colored = (text: string, color: number[]) => `\x1b[38;2;${color.join(';')}m${text}\x1b[39m`;

/**
 * The picture of a sign: `HEIGHT` lines.
 * @param row null for a sign that does not exist: then no dot is lit
 * @param time ms since 1970
 * @param columns dots per line
 */
export function picture(row: SignJson | null, time: number, columns: number): string[] {
	if (!row || isDark(row, time)) return Array<string>(HEIGHT).fill(toLine(' '.repeat(columns), UNLIT_COLOR));
	const text = shownText(row, time);
	const letters = lettersOfRow(row, text);
	if (!letters) return asText(row, text, columns);
	return letters.map((line) => toLine(visiblePart(row, line, time, columns), dimmed(row)));
}

/**
 * When the picture changes next by its effect. Its text may change before: see notice-timer.ts.
 * @returns ms since 1970; Infinity for never
 */
export const nextPicture = (row: SignJson, time: number, columns: number) =>
	nextChange(row, time, moves(row, lettersOfRow(row, shownText(row, time))?.[0], columns));

/** Cache: letters are drawn once per row and text, not per frame. */
const cachedLetters = new WeakMap<SignJson, { text: string; letters: string[] | undefined }>();

function lettersOfRow(row: SignJson, text: string): string[] | undefined {
	const cached = cachedLetters.get(row);
	if (cached?.text === text) return cached.letters;
	const letters = lettersOf(text);
	cachedLetters.set(row, { text, letters });
	return letters;
}

/** A text that is wider than the matrix scrolls whatever its effect is, so that all of it can be read. */
const moves = ({ effect }: SignJson, line = '', columns: number) =>
	line.length > 0 && (effect === 'scroll' || line.length > columns);

/** The visible part of a line: centred, or scrolled from right to left. */
function visiblePart(row: SignJson, line: string, time: number, columns: number): string {
	if (!moves(row, line, columns)) {
		const left = Math.floor((columns - line.length) / 2);
		return (' '.repeat(left) + line).padEnd(columns);
	}
	const offset = scrollOffset(row, time, columns + line.length);
	return (' '.repeat(columns) + line).slice(offset, offset + columns).padEnd(columns);
}

function toLine(dots: string, color: number[]): string {
	return dots.replace(/#+| +/g, (run) =>
		run[0] === '#' ? colored(LIT.repeat(run.length), color) : colored(UNLIT.repeat(run.length), UNLIT_COLOR)
	);
}

/** The text itself, for characters that the font lacks. Half as many per line as columns: a terminal may draw one two columns wide. */
function asText(row: SignJson, text: string, columns: number): string[] {
	const characters = [...text];
	const width = Math.max(1, Math.floor(columns / 2));
	const lines: string[] = [];
	while (characters.length && lines.length < HEIGHT) lines.push(characters.splice(0, width).join(''));
	if (characters.length) lines[HEIGHT - 1] += '…';
	while (lines.length < HEIGHT) lines.push('');
	return lines.map((line) => colored(line, dimmed(row)));
}

/** The color at the sign's brightness; brightness 0 is dim, not dark. */
function dimmed({ color, brightness }: SignJson): number[] {
	const level = (brightness + 2) / 17;
	return [1, 3, 5].map((at) => Math.round(parseInt(color.slice(at, at + 2), 16) * level));
}
