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
	socket: { remoteAddress?: string | undefined } | undefined,
	{ username, password }: { username: string; password: string }
): Login | undefined {
	const { remoteAddress } = socket ?? {};
	return remoteAddress ? { address: networkOf(remoteAddress), account: shortName(username), password } : undefined;
}

/**
 * The IPv4 address, or the first 64 bits of the IPv6 address: one client can have all addresses with the same 64 bits.
 */
export function networkOf(address: string): string {
	const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address);
	if (mapped) return mapped[1]!;
	if (!isIPv6(address)) return address;
	const [head = '', tail] = address.replace(/%.*/, '').split('::');
	const groups = head.split(':').filter(Boolean);
	const last = tail?.split(':').filter(Boolean) ?? [];
	const all = [...groups, ...Array(Math.max(0, 8 - groups.length - last.length)).fill('0'), ...last];
	return `${all.slice(0, 4).join(':')}::/64`;
}

/** Bounds the length of a name that is remembered: an attacker may send a long one. */
const shortName = (name: string) => (name.length <= 64 ? name : hash('sha256', name, 'base64'));
