/** What the tests of a cluster's faults write to its nodes. */
import { expect } from 'vitest';
import type { Harper } from '../../launcher/harper.ts';
import { newId, rest } from './clients.ts';
import { untilEqual } from './test-cluster.ts';
import { ADMIN } from '../../launcher/temporary-harper.ts';

/** Writes, and expects that it is taken. */
export async function write(node: Harper, id: string, fields: object | undefined, method = 'PATCH'): Promise<void> {
	const { status, text } = await rest(method, `/Sign/${id}`, fields, ADMIN, node);
	expect(status, text).toBe(204);
}

/** Writes as if it was at another time; without fields, removes. */
export async function writeAt(node: Harper, at: number, id: string, fields?: object): Promise<void> {
	const { status, text } = await rest('POST', '/Stamped/', { id, at, fields }, ADMIN, node);
	expect(status, text).toBe(204);
}

/** A new sign that all nodes have. */
export async function made(nodes: Harper[], fields: object = {}): Promise<string> {
	const id = newId('made');
	await write(nodes[0]!, id, fields, 'PUT');
	await untilEqual(nodes, id);
	return id;
}

/** Numbers below `most`, the same for the same seed. */
export function randomOf(seed: number) {
	let state = seed;
	return (most: number): number => {
		state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
		return Math.floor((state / 0x8000_0000) * most);
	};
}

/** A write of any kind. */
export function anyWrite(random: (most: number) => number): [method: string, fields: object | undefined] {
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
