/** Adds a second component to a private Harper, with paths that only the tests and the benchmark request. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Writes the component into Harper's folder. Harper loads it when it starts.
 * @param folder Harper's folder
 * @param code JavaScript; each exported class becomes a path
 */
export function addComponent(folder: string, name: string, code: string): void {
	const component = join(folder, 'data/components', name);
	mkdirSync(component, { recursive: true });
	writeFileSync(join(component, 'config.yaml'), 'rest: true\njsResource:\n  files: component.js\n');
	writeFileSync(join(component, 'package.json'), JSON.stringify({ name, type: 'module' }));
	writeFileSync(join(component, 'component.js'), code);
}
