/**
 * The signs that a subscriber with a query gets, and those that it has. A sign that no longer matches, or is removed,
 * is sent as a removal, once, to the subscribers that have it.
 */
import type { Matcher } from '../sign/matcher.ts';
import type { StoredRow } from './changes.ts';

export class Selection {
	readonly #matches: Matcher;
	readonly #readIds: () => Promise<string[]>;
	readonly #sent = new Set<string>();
	#first: string[] = [];

	/** @param readIds reads the ids of the signs that match now */
	constructor(matches: Matcher, readIds: () => Promise<string[]>) {
		this.#matches = matches;
		this.#readIds = readIds;
	}

	/**
	 * Reads the ids of the signs that match now. Call it when no later change can be missed.
	 * @throws {Refusal} 400 for a query that Harper cannot run
	 */
	async start(): Promise<void> {
		this.#first = await this.#readIds();
	}

	/** The next ids of the signs that matched at the start; fewer than `count` when there are no more. */
	take(count: number): string[] {
		return this.#first.splice(0, count);
	}

	/** Whether the subscriber must get an event: the row matches now, or the subscriber has it. */
	concerns(id: string, row: StoredRow | undefined): boolean {
		return this.#sent.has(id) || this.#isSelected(row);
	}

	/**
	 * What the subscriber gets of a row, which is sent now.
	 * @returns whether it is the row or a removal; undefined when it is nothing
	 */
	next(id: string, row: StoredRow | undefined): 'row' | 'removal' | undefined {
		if (this.#isSelected(row)) {
			this.#sent.add(id);
			return 'row';
		}
		return this.#sent.delete(id) ? 'removal' : undefined;
	}

	#isSelected = (row: StoredRow | undefined) => row !== undefined && this.#matches(row.value);
}
