/**
 * Whether a message was lost: after each load every subscriber must have heard last what is stored, and every write that
 * was acknowledged must have counted. Reads the table; a run that lost something is no measurement.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ToldRow } from '../sign.ts';
import { readAll, type Subscriber, type Write } from './clients.ts';

/** How long after the last write its event may come, in ms. */
const PATIENCE = 10_000;

/** The writes of a load that were acknowledged: how many for each sign, and the last message. */
export class Ledger {
	readonly #counts = new Map<string, number>();
	readonly last = new Map<string, string>();

	/** The same write, noted when it is acknowledged. */
	noting(write: Write): Write {
		return async (id, change) => {
			await write(id, change);
			this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
			if (change.message !== undefined) this.last.set(id, change.message);
		};
	}

	get count(): number {
		return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
	}

	/** @throws when a sign does not count each of its acknowledged writes */
	check(before: Map<string, ToldRow>, after: Map<string, ToldRow>): void {
		for (const [id, count] of this.#counts) {
			const grown = (after.get(id)?.revision ?? 0) - (before.get(id)?.revision ?? 0);
			if (grown !== count)
				throw new Error(`lost: ${count} writes of ${id} were acknowledged, and its revision grew by ${grown}`);
		}
	}
}

/**
 * Waits until every subscriber has heard the message of each sign that it hears of (undefined: any), and has no more to
 * say about it. Asks the server for nothing: its CPU is still being measured.
 * @throws naming who did not hear what
 */
export async function untilHeard(
	messages: Map<string, string | undefined>,
	subscribers: Subscriber[],
	hears: Hears,
	patience = PATIENCE
): Promise<void> {
	await untilNone(() => {
		for (const subscriber of subscribers)
			for (const [id, message] of messages) {
				if (!hears(subscriber, id)) continue;
				const row = subscriber.last(id);
				if (row && (message === undefined || row.message === message) && subscriber.isDone(row)) continue;
				return `${subscriber.name} heard ${heard(row)} of ${id} last; written was "${message}"`;
			}
	}, patience);
}

/**
 * Compares what every subscriber heard last with what is stored, field by field.
 * @throws naming who heard what else
 */
export async function untilStored(url: string, subscribers: Subscriber[], hears: Hears): Promise<void> {
	await untilNone(async () => {
		const stored = await readAll(url);
		for (const subscriber of subscribers)
			for (const [id, row] of stored) {
				if (!hears(subscriber, id) || same(row, subscriber.last(id))) continue;
				return `${subscriber.name} heard ${heard(subscriber.last(id))} of ${id} last; stored is ${heard(row)}`;
			}
	});
}

/** Whether a subscriber hears of a sign. */
export type Hears = (subscriber: Subscriber, id: string) => boolean;

async function untilNone(
	findLoss: () => string | undefined | Promise<string | undefined>,
	patience = PATIENCE
): Promise<void> {
	const end = performance.now() + patience;
	for (;;) {
		const loss = await findLoss();
		if (!loss) return;
		if (performance.now() > end) throw new Error(`lost: ${loss}, ${patience / 1000} s after the last write`);
		await sleep(20);
	}
}

const heard = (row: ToldRow | null | undefined) =>
	row ? `revision ${row.revision}, "${row.message}", shown ${row.shownRevision}` : 'nothing';

const same = (one: ToldRow, other: ToldRow | null | undefined) =>
	!!other && Object.entries(one).every(([field, value]) => other[field as keyof ToldRow] === value);
