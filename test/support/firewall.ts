/**
 * Cuts a node of a cluster off from the others, as a network does that fails: no packet between them arrives, and nobody
 * is told. Clients reach every node. With Linux' own firewall, on loopback addresses only; needs root.
 */
import { execFileSync } from 'node:child_process';
import { REPLICATION_PORT } from '../../launcher/cluster.ts';
import type { Options } from '../../launcher/harper.ts';

/** What of a node the firewall tells it by: the address that it listens at, and the group of its process. */
type Node = Pick<Options, 'host' | 'group'>;

const TCP = ['-o', 'lo', '-p', 'tcp'];

/** Rules that are in force, as they were added; a process that ends takes its rules away. */
const rules = new Set<string[]>();
process.once('exit', () => rules.forEach(remove));

/** Marks the connections that a node opens: they come from 127.0.0.1, whichever it is. To be called before it starts. */
export function markConnections(nodes: Node[]): void {
	for (const { group } of nodes) {
		const opened = ['--syn', '--dport', String(REPLICATION_PORT), '-m', 'owner', '--gid-owner', String(group)];
		add(['-t', 'mangle', 'OUTPUT', ...TCP, ...opened, '-j', 'CONNMARK', '--set-mark', String(group)]);
	}
}

/** From now on nothing passes between this node and the others, until `heal` is called. */
export function cut({ host, group }: Node): { heal(): void } {
	const port = String(REPLICATION_PORT);
	const added = [
		['-m', 'connmark', '--mark', String(group)],
		['-d', host, '--dport', port],
		['-s', host, '--sport', port],
	].map((packets) => add(['-t', 'filter', 'OUTPUT', ...TCP, ...packets, '-j', 'DROP']));
	return { heal: () => added.forEach(remove) };
}

/** Takes all rules away. */
export const open = () => rules.forEach(remove);

function add(rule: string[]): string[] {
	iptables('-A', rule);
	rules.add(rule);
	return rule;
}

function remove(rule: string[]): void {
	if (rules.delete(rule)) iptables('-D', rule);
}

function iptables(what: '-A' | '-D', [flag, table, chain, ...rest]: string[]): void {
	execFileSync('iptables', ['-w', flag!, table!, what, chain!, ...rest]);
}

/** Why there is no firewall here; undefined where there is one. */
export function whyNoFirewall(): string | undefined {
	try {
		execFileSync('iptables', ['-w', '-S', 'OUTPUT'], { stdio: 'pipe' });
		return undefined;
	} catch (cause) {
		return `cutting a network needs root and iptables (apt install iptables): ${(cause as Error).message.trim()}`;
	}
}
