/** What a reproduction is, and how it reports. */
import type { Harper, Options } from '../../launcher/harper.ts';

/** `not applicable`: this machine, or the application at hand, cannot show the defect. */
export type Verdict = 'has it' | 'mended' | 'not applicable';

export interface Outcome {
	verdict: Verdict;
	/** One line. */
	seen: string;
}

/** Where reproductions run. */
export interface Place {
	/** The Harper that most reproductions share. It logs wrong logins, and speaks HTTP/2 on its HTTPS port. */
	harper: Harper;
	/** Whether Harper runs the tool's own bare table, and not the application of `--application`. */
	isBare: boolean;
	/** What Harper has logged so far. */
	log(): string;
	/** Starts another Harper, which ends with the check. */
	start(changes?: Partial<Options>): Promise<Harper>;
	/** Is called when the check has ended, in any way. */
	onEnd(cleanUp: () => unknown): void;
}

/** The smallest reproduction of one defect. */
export interface Check {
	/** The cure: its file in harper-fixes/, without extension. */
	cure: string;
	/**
	 * `shared`: it uses the shared Harper, one after another. `own`: it starts one of its own. `waits`: it only waits on the
	 * shared Harper, beside all others.
	 */
	lane: 'shared' | 'own' | 'waits';
	/** @throws when the reproduction itself breaks, for example because its first write is refused */
	run(place: Place): Promise<Outcome>;
}

/** @param hasDefect whether the defect was seen */
export const outcome = (hasDefect: boolean, seen: string): Outcome => ({
	verdict: hasDefect ? 'has it' : 'mended',
	seen,
});

export const notApplicable = (seen: string): Outcome => ({ verdict: 'not applicable', seen });

/** A step without which a reproduction shows nothing. @throws when `value` is undefined, null or false */
export function must<T>(value: T | undefined | null | false, step: string): T {
	if (value === undefined || value === null || value === false) throw new Error(`the reproduction broke: no ${step}`);
	return value;
}

let count = 0;
/** An id that no other reproduction uses. */
export const newId = (name: string) => `${name}-${process.pid}-${++count}`;

/** Polls until `read` returns something, for at most `ms`. @returns undefined when nothing came */
export async function waitFor<T>(
	read: () => T | undefined | Promise<T | undefined>,
	ms: number
): Promise<T | undefined> {
	const end = performance.now() + ms;
	for (;;) {
		const value = await read();
		if (value !== undefined) return value;
		if (performance.now() > end) return undefined;
		await new Promise((done) => setTimeout(done, 10));
	}
}

/** A text on one line, shortened for the table. */
export function short(text: string, length = 70): string {
	const line = text.replace(/\s+/g, ' ').trim();
	return line.length > length ? `${line.slice(0, length - 1)}…` : line;
}
