/** What a sign's matrix of dots looks like in a terminal at a moment. Pure. */
import type { ToldRow } from '../sign.ts';
import { isDark, nextChange, scrolled } from '../web/motion.js';
import { HEIGHT, lettersOf } from './letters.ts';

const LIT = '●';
const UNLIT = '·';
const UNLIT_COLOR = [51, 51, 51];

/** Text that a terminal shows in a color: red, green, blue, each 0 to 255. */
export const colored = (text: string, color: number[]) => `\x1b[38;2;${color.join(';')}m${text}\x1b[39m`;

/**
 * The lines of a sign, `HEIGHT` of them.
 * @param row null for a sign that does not exist: no dot is lit
 * @param time ms since 1970
 * @param columns dots of a line
 */
export function picture(row: ToldRow | null, time: number, columns: number): string[] {
	if (!row || isDark(row, time)) return Array<string>(HEIGHT).fill(toLine(' '.repeat(columns), UNLIT_COLOR));
	const letters = lettersOfRow(row);
	if (!letters) return asText(row, columns);
	return letters.map((line) => toLine(moved(row, line, time, columns), dimmed(row)));
}

/**
 * When the picture changes by itself.
 * @returns ms since 1970, or Infinity
 */
export const nextPicture = (row: ToldRow, time: number, columns: number) =>
	nextChange(row, time, moves(row, lettersOfRow(row)?.[0], columns));

/** Drawn once for each state, not for each frame. */
const drawn = new WeakMap<ToldRow, { letters: string[] | undefined }>();

function lettersOfRow(row: ToldRow): string[] | undefined {
	const known = drawn.get(row) ?? { letters: lettersOf(row.message) };
	drawn.set(row, known);
	return known.letters;
}

/** A text that is too long moves, whatever its effect: none of it is lost. */
const moves = ({ effect }: ToldRow, line = '', columns: number) =>
	line.length > 0 && (effect === 'scroll' || line.length > columns);

/** A line as the matrix cuts it out: in the middle, or coming in from the right and going out to the left. */
function moved(row: ToldRow, line: string, time: number, columns: number): string {
	if (!moves(row, line, columns)) {
		const left = Math.floor((columns - line.length) / 2);
		return (' '.repeat(left) + line).padEnd(columns);
	}
	const offset = scrolled(row, time, columns + line.length);
	return (' '.repeat(columns) + line).slice(offset, offset + columns).padEnd(columns);
}

function toLine(dots: string, color: number[]): string {
	return dots.replace(/#+| +/g, (run) =>
		run[0] === '#' ? colored(LIT.repeat(run.length), color) : colored(UNLIT.repeat(run.length), UNLIT_COLOR)
	);
}

/** Letters that the font lacks: the text itself, on as many lines as it needs; a terminal may draw two columns wide. */
function asText(row: ToldRow, columns: number): string[] {
	const characters = [...row.message];
	const width = Math.max(1, Math.floor(columns / 2));
	const lines: string[] = [];
	while (characters.length && lines.length < HEIGHT) lines.push(characters.splice(0, width).join(''));
	if (characters.length) lines[HEIGHT - 1] += '…';
	while (lines.length < HEIGHT) lines.push('');
	return lines.map((line) => colored(line, dimmed(row)));
}

/** The color at the brightness: 0 is dim, not dark. */
function dimmed({ color, brightness }: ToldRow): number[] {
	const level = (brightness + 2) / 17;
	return [1, 3, 5].map((at) => Math.round(parseInt(color.slice(at, at + 2), 16) * level));
}
