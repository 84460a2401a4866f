import { expect, test } from 'vitest';
import { freePorts } from '../../launcher/ports.ts';

test('who asks for ports again before using the first ones gets others', async () => {
	const ports: number[] = [];
	while (ports.length < 40) ports.push(...(await freePorts(2)));
	expect(new Set(ports).size).toBe(ports.length);
});
