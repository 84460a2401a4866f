/** Writes to the nodes of a cluster, for the tests of its faults. */
import { expect } from 'vitest';
import type { Harper } from '../../launcher/harper.ts';
import { newId, rest } from './clients.ts';
import { untilEqual } from './test-cluster.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** Writes, and expects that the write is accepted. */
export async function write(node: Harper, id: string, fields: object | undefined, method = 'PATCH'): Promise<void> {
	const { status, text } = await rest(method, `/Sign/${id}`, fields, ADMIN, node);
	expect(status, text).toBe(204);
}

/** Writes with the timestamp of another time; without fields, removes. */
export async function writeAt(node: Harper, at: number, id: string, fields?: object): Promise<void> {
	const { status, text } = await rest('POST', '/Stamped/', { id, at, fields }, ADMIN, node);
	expect(status, text).toBe(204);
}

/** Creates a sign, and waits until all nodes have it. */
export async function made(nodes: Harper[], fields: object = {}): Promise<string> {
	const id = newId('made');
	await write(nodes[0]!, id, fields, 'PUT');
	await untilEqual(nodes, id);
	return id;
}

/** A generator of numbers below `limit`; the same seed gives the same numbers. */
export function randomOf(seed: number) {
	let state = seed;
	return (limit: number): number => {
		state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
		return Math.floor((state / 0x8000_0000) * limit);
	};
}

/** A write of any kind. */
export function anyWrite(random: (limit: number) => number): [method: string, fields: object | undefined] {
	const writes: [string, object | undefined][] = [
		['PATCH', { message: `m${random(1000)}` }],
		['PATCH', { color: `#${100_000 + random(800_000)}` }],
		['PATCH', { brightness: random(16), location: `l${random(100)}` }],
		['PATCH', { power: random(2) === 1, online: random(2) === 1 }],
		['PUT', { message: `put${random(1000)}`, speed: 1 + random(100) }],
		['DELETE', undefined],
	];
	return writes[random(writes.length)]!;
}
