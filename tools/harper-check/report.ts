/** The results of the reproductions as a table of text, and as JSON. Pure. */
import type { Cure } from './registry.ts';
import type { Result } from './run.ts';

/** The longest name of a cure, and the longest verdict. */
const CURE_WIDTH = 23;
const VERDICT_WIDTH = 14;

const line = (cure: string, verdict: string, seen: string) =>
	`${cure.padEnd(CURE_WIDTH)}  ${verdict.padEnd(VERDICT_WIDTH)}  ${seen}`;

/** The line of one reproduction. */
export const lineOf = ({ cure, verdict, seen }: Result) => line(cure, verdict, seen);

/** The line of a cure without a reproduction. */
export const notShownOf = ({ name, notShown }: Cure) => line(name, 'not shown', notShown!);

/** How many reproductions saw what. */
export function summaryOf(results: Result[], notShown: number): string {
	const count = (wanted: Result['verdict']) => results.filter(({ verdict }) => verdict === wanted).length;
	const verdicts = ['has it', 'mended', 'not applicable', 'broken'] as const;
	return [...verdicts.map((verdict) => `${verdict}: ${count(verdict)}`), `not shown: ${notShown}`].join(', ');
}

export const json = (results: Result[], notShown: Cure[]) =>
	JSON.stringify([
		...results,
		...notShown.map(({ name, notShown }) => ({ cure: name, verdict: 'not shown', seen: notShown })),
	]);
