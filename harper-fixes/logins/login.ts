/**
 * A login attempt, as guesses are counted. Pure.
 * Part of slow-guesses.ts: delete them together.
 */
import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';

export interface Login {
	/** The network of the client (`networkOf`). */
	address: string;
	/** The name of the account; the hash of a long one (`shortName`). */
	account: string;
	password: string;
}

/** @returns undefined for a client without an address: it uses the domain socket */
export function loginOf(
	clientAddress: string | undefined,
	{ username, password }: { username: string; password: string }
): Login | undefined {
	return clientAddress ? { address: networkOf(clientAddress), account: shortName(username), password } : undefined;
}

/**
 * The IPv4 address, or the first 64 bits of the IPv6 address: one client can have all addresses with the same 64 bits.
 * A proxy may write an address in any form [RFC 4291, 2.2], also an IPv4 address as IPv6.
 */
export function networkOf(address: string): string {
	if (!isIPv6(address)) return address;
	const withoutZone = address.replace(/%.*/, '');
	const { hostname } = new URL(`http://[${withoutZone}]`); // the shortest form, in hexadecimal only
	const mapped = /^\[::ffff:(\w+):(\w+)\]$/.exec(hostname)?.slice(1);
	if (mapped) return mapped.flatMap((group) => [...Buffer.from(group.padStart(4, '0'), 'hex')]).join('.');
	const [head = '', tail] = hostname.slice(1, -1).split('::');
	const groups = head.split(':').filter(Boolean);
	const last = tail?.split(':').filter(Boolean) ?? [];
	const all = [...groups, ...Array(Math.max(0, 8 - groups.length - last.length)).fill('0'), ...last];
	return `${all.slice(0, 4).join(':')}::/64`;
}

/** Bounds the length of a name that is remembered: an attacker may send a long one. */
const shortName = (name: string) => (name.length <= 64 ? name : hash('sha256', name, 'base64'));
