/** A second component for a private Harper, beside the application: what the tests and the benchmark ask a thread for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Harper loads it at its start, from its own folder.
 * @param folder of that Harper
 * @param code JavaScript whose exported classes are paths
 */
export function addComponent(folder: string, name: string, code: string): void {
	const component = join(folder, 'data/components', name);
	mkdirSync(component, { recursive: true });
	writeFileSync(join(component, 'config.yaml'), 'rest: true\njsResource:\n  files: component.js\n');
	writeFileSync(join(component, 'package.json'), JSON.stringify({ name, type: 'module' }));
	writeFileSync(join(component, 'component.js'), code);
}
