/**
 * Cuts a node of a cluster off from the others, like a network failure: all packets between them are dropped silently. Clients
 * still reach every node. Uses iptables on loopback addresses, and needs root.
 */
import { execFileSync } from 'node:child_process';
import { REPLICATION_PORT } from '../../launcher/cluster.ts';
import type { Options } from '../../launcher/harper.ts';

/** How the firewall identifies a node: by the address that it listens on, and by the group of its process. */
type Node = Pick<Options, 'host' | 'group'>;

const TCP = ['-o', 'lo', '-p', 'tcp'];

/** The active rules. This process removes them when it ends. */
const rules = new Set<string[]>();
process.once('exit', () => rules.forEach(remove));

/** Marks the connections that each node opens, which all come from 127.0.0.1. Call it before the nodes start. */
export function markConnections(nodes: Node[]): void {
	for (const { group } of nodes) {
		const opened = ['--syn', '--dport', String(REPLICATION_PORT), '-m', 'owner', '--gid-owner', String(group)];
		add(['-t', 'mangle', 'OUTPUT', ...TCP, ...opened, '-j', 'CONNMARK', '--set-mark', String(group)]);
	}
}

/** Drops all packets between this node and the others until `heal`. */
export function cut({ host, group }: Node): { heal(): void } {
	const port = String(REPLICATION_PORT);
	const added = [
		['-m', 'connmark', '--mark', String(group)],
		['-d', host, '--dport', port],
		['-s', host, '--sport', port],
	].map((packets) => add(['-t', 'filter', 'OUTPUT', ...TCP, ...packets, '-j', 'DROP']));
	return { heal: () => added.forEach(remove) };
}

/** Removes all rules. */
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

/** Why this machine has no usable firewall; undefined where it has one. */
export function whyNoFirewall(): string | undefined {
	try {
		execFileSync('iptables', ['-w', '-S', 'OUTPUT'], { stdio: 'pipe' });
		return undefined;
	} catch (cause) {
		return `cutting a network needs root and iptables (apt install iptables): ${(cause as Error).message.trim()}`;
	}
}
