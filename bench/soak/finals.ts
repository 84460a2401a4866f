/** Whether every subscriber ended with what is stored, while nothing changes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ToldRow } from '../../sign.ts';
import { readAll } from '../clients.ts';
import type { Subscriber } from './subscribers.ts';

/** How long the last event may take, and a device to be back (it waits 30 s at most) and report it, in ms. */
const PATIENCE = 60_000;

/** @returns how many last values are not the stored ones, once none is or time is up, and one of them */
export async function countLost(url: string, subscribers: Subscriber[], devices: Subscriber[]) {
	for (const end = performance.now() + PATIENCE; ; await sleep(100)) {
		const late = sleep(Math.max(1_000, end - performance.now()), undefined, { ref: false });
		const stored = await Promise.race([readAll(url).catch(() => undefined), late]);
		const losses = stored ? [...lossesOf(stored, subscribers, devices)] : ['the server does not answer'];
		if (losses.length === 0 || performance.now() > end) return { lost: losses.length, example: losses[0] };
	}
}

function* lossesOf(stored: Map<string, ToldRow>, subscribers: Subscriber[], devices: Subscriber[]) {
	for (const [id, row] of stored)
		for (const { name, told } of subscribers) if (!same(row, told.get(id))) yield lost(name, row, told.get(id));
	for (const { name, told } of devices)
		for (const [id, row] of told) {
			const now = stored.get(id);
			if (now && !same(now, row)) yield lost(name, now, row);
			else if (now?.shownRevision !== now?.revision) yield `${id}: its device does not report`;
		}
}

const lost = (name: string, { id, revision }: ToldRow, told: ToldRow | null | undefined) =>
	`${name} was told revision ${told?.revision ?? 'nothing'} of ${id} last, stored is ${revision}`;

const same = (one: ToldRow, other: ToldRow | null | undefined) =>
	!!other && Object.entries(one).every(([field, value]) => other[field as keyof ToldRow] === value);
