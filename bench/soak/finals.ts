/** Checks, while no sign changes, whether the last row that each subscriber has received is the stored row. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { SignJson } from '../../sign/fields.ts';
import { readAll } from '../clients.ts';
import type { Subscriber } from './subscribers.ts';

/** In ms: how long the last event may take, including a device's reconnect (after up to 30 s) and report. */
const TIMEOUT = 60_000;

/** Polls until no row is lost, for up to 60 s. @returns the number of lost rows, and an example */
export async function countLost(url: string, subscribers: Subscriber[], devices: Subscriber[]) {
	for (const end = performance.now() + TIMEOUT; ; await sleep(100)) {
		const timeout = sleep(Math.max(1_000, end - performance.now()), undefined, { ref: false });
		const stored = await Promise.race([readAll(url).catch(() => undefined), timeout]);
		const losses = stored ? [...lossesOf(stored, subscribers, devices)] : ['the server does not answer'];
		if (losses.length === 0 || performance.now() > end) return { lost: losses.length, example: losses[0] };
	}
}

function* lossesOf(stored: Map<string, SignJson>, subscribers: Subscriber[], devices: Subscriber[]) {
	for (const [id, row] of stored)
		for (const { name, rows } of subscribers) if (!isEqual(row, rows.get(id))) yield lossText(name, row, rows.get(id));
	for (const { name, rows } of devices)
		for (const [id, row] of rows) {
			const now = stored.get(id);
			if (now && !isEqual(now, row)) yield lossText(name, now, row);
			else if (now?.shownRevision !== now?.revision) yield `${id}: its device does not report`;
		}
}

const lossText = (name: string, { id, revision }: SignJson, received: SignJson | null | undefined) =>
	`${name} was told revision ${received?.revision ?? 'nothing'} of ${id} last, stored is ${revision}`;

const isEqual = (one: SignJson, other: SignJson | null | undefined) =>
	!!other && Object.entries(one).every(([field, value]) => other[field as keyof SignJson] === value);
