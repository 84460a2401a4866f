/**
 * Follows a document as its reader does: types its blocks of commands into one shell, line by line, and checks what each prints.
 * `…` in an expected line matches anything.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { outputOf } from './program.ts';

const ROOT = resolve(import.meta.dirname, '../..');

export interface Step {
	command: string;
	/** Lines that it must print; it may print others too. */
	expected: string[];
}

/** The code blocks of one language in a document, each with its heading. */
export function blocks(file: string, language: string): { heading: string; text: string }[] {
	const guide = readFileSync(resolve(ROOT, file), 'utf8');
	return guide.split(/^#+ /m).flatMap((section) =>
		[...section.matchAll(new RegExp(`^\`\`\`${language}\n([^]*?)^\`\`\``, 'gm'))].map(([, text]) => ({
			heading: section.slice(0, section.indexOf('\n')),
			text: text!,
		}))
	);
}

/** The commands of a `console` block, each with the lines that follow it. */
export function steps(text: string): Step[] {
	const found: Step[] = [];
	for (const line of text.trim().split('\n'))
		if (line.startsWith('$ ')) found.push({ command: line.slice(2), expected: [] });
		else found.at(-1)!.expected.push(line);
	return found;
}

/** The pattern that an expected line stands for. */
export function pattern(line: string): RegExp {
	const escaped = line.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('…', '.*');
	return new RegExp(`^${escaped}$`, 'm');
}

/** The line that marks the end of a command, and its exit code. */
const END_LINE = /\nend-of-command-\d+ \d+\n/g;

/** A bash that runs until `end`, like the reader's terminal: the next command sees what this one has set. */
export function openShell(cwd: string, env: NodeJS.ProcessEnv) {
	const child = spawn('bash', [], { cwd, env, detached: true });
	const { text, printed } = outputOf(child, 'the shell');
	let count = 0;
	/**
	 * @param answer the line to type when the command asks for one
	 * @returns what it printed on both streams, and its exit code
	 */
	async function run(command: string, answer?: string): Promise<{ code: number; output: string }> {
		const before = printed().length;
		const endMark = `end-of-command-${++count}`;
		const typed = answer === undefined ? command : `${command} <<< '${answer}'`;
		// the mark gets its own line: not every output ends with a line feed
		child.stdin.write(`${typed}\nprintf '\\n${endMark} %s\\n' "$?"\n`);
		const ended = new RegExp(`\n${endMark} (\\d+)\n`);
		const all = await text.until((all) => ended.test(all), 240_000);
		const output = all.slice(before).replace(ended, '');
		return { code: Number(all.match(ended)![1]), output };
	}
	/** Runs a command, and waits until each line was printed: a command in the background may print it later. */
	async function runUntil(command: string, lines: string[]): Promise<void> {
		const before = printed().length;
		await run(command);
		for (const line of lines)
			await text
				.until((all) => pattern(line).test(all.slice(before)), 15_000)
				.catch(() => {
					throw new Error(
						`${command}\nmust print the line:\n${line}\nand printed:\n${printed().slice(before).replaceAll(END_LINE, '')}`
					);
				});
	}
	/** Ends the shell and every process that it has started. */
	const end = async () => {
		const gone = child.exitCode === null ? once(child, 'exit') : undefined;
		try {
			process.kill(-child.pid!, 'SIGKILL');
		} catch {
			// its process group has ended already
		}
		await gone;
	};
	return { run, runUntil, end };
}
