/** Text as lit dots, in the letters of a library. Pure. */
import figlet from 'figlet';

/** The font's letters are 7 dots high, and one more for what hangs below the line. */
export const HEIGHT = 8;
const FONT = { font: 'Banner' } as const;

/**
 * @returns `HEIGHT` rows of equal length, in which `#` is lit; undefined when the font has not all of the letters
 */
export function lettersOf(text: string): string[] | undefined {
	const characters = [...text].map(plain);
	if (!characters.every(hasLetter)) return undefined;
	const rows = figlet.textSync(characters.join(''), FONT).split('\n');
	const width = Math.max(...rows.map((row) => row.length));
	return Array.from({ length: HEIGHT }, (_, i) => (rows[i] ?? '').padEnd(width));
}

/** Without its accent, when the font has the letter only without. */
function plain(character: string): string {
	if (hasLetter(character)) return character;
	const [base = character] = character.normalize('NFKD');
	return base;
}

const known = new Map<string, boolean>();

/** The font draws nothing for a character that it does not have. */
function hasLetter(character: string): boolean {
	const has = known.get(character) ?? (character === ' ' || figlet.textSync(character, FONT).includes('#'));
	known.set(character, has);
	return has;
}
