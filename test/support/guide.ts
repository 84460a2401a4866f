/**
 * A guide of docs/ as its reader follows it: its blocks of commands, typed into one shell line by line, and what each
 * must print. `…` in the guide stands for anything.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { outputOf } from './program.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Step {
	command: string;
	/** The lines that it prints, among others. */
	expected: string[];
}

/** The blocks of one language in a guide, each with the heading that it stands under. */
export function blocks(file: string, language: string): { heading: string; text: string }[] {
	const guide = readFileSync(resolve(ROOT, file), 'utf8');
	return guide.split(/^#+ /m).flatMap((section) =>
		[...section.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => ({
			heading: section.slice(0, section.indexOf('\n')),
			text: text!,
		}))
	);
}

/** The commands of a `console` block, each with what is printed after it. */
export function steps(text: string): Step[] {
	const found: Step[] = [];
	for (const line of text.trim().split('\n'))
		if (line.startsWith('$ ')) found.push({ command: line.slice(2), expected: [] });
		else found.at(-1)!.expected.push(line);
	return found;
}

/** A line of the guide as a pattern. */
export function pattern(line: string): RegExp {
	const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*');
	return new RegExp(`^${escaped}$`, 'm');
}

/** A bash that lives until `end`, as the reader's terminal does: what one command sets the next one has. */
export function openShell(cwd: string, env: NodeJS.ProcessEnv) {
	const child = spawn('bash', [], { cwd, env, detached: true });
	const { text, printed } = outputOf(child, 'the shell');
	let count = 0;
	/**
	 * @param answer what is typed when the command asks
	 * @returns what it printed, on either stream, and how it ended
	 */
	async function run(command: string, answer?: string): Promise<{ code: number; said: string }> {
		const before = printed().length;
		const mark = `end-of-command-${++count}`;
		const typed = answer === undefined ? command : `${command} <<< '${answer}'`;
		// on a line of its own: not every answer ends with one
		child.stdin.write(`${typed}\nprintf '\\n${mark} %s\\n' "$?"\n`);
		const ended = new RegExp(`\n${mark} (\\d+)\n`);
		const all = await text.until((all) => ended.test(all), 240_000);
		const said = all.slice(before).replace(ended, '');
		return { code: Number(all.match(ended)![1]), said };
	}
	/** Runs a command, and waits until each of these lines came: a command in the background may print it later. */
	async function runUntil(command: string, lines: string[]): Promise<void> {
		const before = printed().length;
		await run(command);
		for (const line of lines)
			await text
				.until((all) => pattern(line).test(all.slice(before)), 15_000)
				.catch(() => {
					throw new Error(`${command}\nmust print the line:\n${line}\nand printed:\n${printed().slice(before)}`);
				});
	}
	/** Ends the shell, and what it has started. */
	const end = async () => {
		const gone = child.exitCode === null ? once(child, 'exit') : undefined;
		try {
			process.kill(-child.pid!, 'SIGKILL');
		} catch {
			// nothing is left of its group
		}
		await gone;
	};
	return { run, runUntil, end };
}
