/**
 * Detects lost messages. After each load, the last row that every subscriber has received must equal the stored row, and
 * each acknowledged write must have increased its sign's revision. A run that lost a message has no valid figures.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SignJson } from '../sign/fields.ts';
import { readAll, type Subscriber, type Write } from './clients.ts';

/** In ms: how long after the last write its event may arrive. */
const TIMEOUT = 10_000;

/** Records the acknowledged writes of a load: their number and the last message, by sign. */
export class Ledger {
	readonly #counts = new Map<string, number>();
	readonly lastMessages = new Map<string, string>();

	/** Wraps a `write` function: each call is recorded when it is acknowledged. */
	record(write: Write): Write {
		return async (id, change) => {
			await write(id, change);
			this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
			if (change.message !== undefined) this.lastMessages.set(id, change.message);
		};
	}

	get count(): number {
		return [...this.#counts.values()].reduce((sum, count) => sum + count, 0);
	}

	/** @throws when a sign has another message than the one that was acknowledged last */
	checkMessages(after: Map<string, SignJson>): void {
		for (const [id, message] of this.lastMessages) {
			const stored = after.get(id)?.message;
			if (stored !== message)
				throw new Error(`lost: "${message}" was acknowledged last of ${id}, and it has "${stored ?? 'nothing'}"`);
		}
	}

	/** @throws when a sign's revision has not grown by the number of its acknowledged writes */
	check(before: Map<string, SignJson>, after: Map<string, SignJson>): void {
		for (const [id, count] of this.#counts) {
			const grown = (after.get(id)?.revision ?? 0) - (before.get(id)?.revision ?? 0);
			if (grown !== count)
				throw new Error(`lost: ${count} writes of ${id} were acknowledged, and its revision grew by ${grown}`);
		}
	}
}

/**
 * Waits until every subscriber has received the given message of each sign that it is subscribed to (undefined: any
 * message), and will write nothing more because of it. It sends no request, because the server's CPU is being measured.
 * @throws after `timeout` ms; the error names the subscriber, the sign and the message
 */
export async function untilReceived(
	messages: Map<string, string | undefined>,
	subscribers: Subscriber[],
	isSubscribed: IsSubscribed,
	timeout = TIMEOUT
): Promise<void> {
	await untilNone(() => {
		for (const subscriber of subscribers)
			for (const [id, message] of messages) {
				if (!isSubscribed(subscriber, id)) continue;
				const row = subscriber.lastRow(id);
				if (row && (message === undefined || row.message === message) && subscriber.isFinal(row)) continue;
				return `${subscriber.name} heard ${describe(row)} of ${id} last; written was "${message}"`;
			}
	}, timeout);
}

/**
 * Waits until the last row of every subscriber equals the stored row, field by field.
 * @throws after 10 s; the error names the subscriber and both rows
 */
export async function untilRowsMatch(
	url: string,
	subscribers: Subscriber[],
	isSubscribed: IsSubscribed
): Promise<void> {
	await untilNone(async () => {
		const stored = await readAll(url);
		for (const subscriber of subscribers)
			for (const [id, row] of stored) {
				if (!isSubscribed(subscriber, id) || isEqual(row, subscriber.lastRow(id))) continue;
				return `${subscriber.name} heard ${describe(subscriber.lastRow(id))} of ${id} last; stored is ${describe(row)}`;
			}
	});
}

/** Whether a subscriber receives the events of a sign. */
export type IsSubscribed = (subscriber: Subscriber, id: string) => boolean;

/** Polls until `findLoss` finds none. @throws after `timeout` ms, with the loss */
async function untilNone(
	findLoss: () => string | undefined | Promise<string | undefined>,
	timeout = TIMEOUT
): Promise<void> {
	const end = performance.now() + timeout;
	for (;;) {
		const loss = await findLoss();
		if (!loss) return;
		if (performance.now() > end) throw new Error(`lost: ${loss}, ${timeout / 1000} s after the last write`);
		await sleep(20);
	}
}

const describe = (row: SignJson | null | undefined) =>
	row ? `revision ${row.revision}, "${row.message}", shown ${row.shownRevision}` : 'nothing';

const isEqual = (one: SignJson, other: SignJson | null | undefined) =>
	!!other && Object.entries(one).every(([field, value]) => other[field as keyof SignJson] === value);
