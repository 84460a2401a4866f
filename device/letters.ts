/** Text as lit dots, drawn with a figlet font. Pure. */
import figlet from 'figlet';

/** In dots: the font's letters are 7 high, and descenders take one more. */
export const HEIGHT = 8;
const FONT = { font: 'Banner' } as const;

/**
 * @returns `HEIGHT` rows of equal length, in which `#` is a lit dot; undefined when the font lacks a character
 */
export function lettersOf(text: string): string[] | undefined {
	const characters = [...text].map(withoutAccent);
	if (!characters.every(hasLetter)) return undefined;
	const rows = figlet.textSync(characters.join(''), FONT).split('\n');
	const width = Math.max(...rows.map((row) => row.length));
	return Array.from({ length: HEIGHT }, (_, i) => (rows[i] ?? '').padEnd(width));
}

/** The character without its accent, if the font lacks it. */
function withoutAccent(character: string): string {
	if (hasLetter(character)) return character;
	const [base = character] = character.normalize('NFKD');
	return base;
}

const known = new Map<string, boolean>();

/** The font draws nothing for a character that it lacks. */
function hasLetter(character: string): boolean {
	const has = known.get(character) ?? (character === ' ' || figlet.textSync(character, FONT).includes('#'));
	known.set(character, has);
	return has;
}
