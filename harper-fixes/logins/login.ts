/**
 * Who logs in, as guesses are counted. Pure.
 * Part of slow-guesses.ts: to be deleted with it.
 */
import { hash } from 'node:crypto';
import { isIPv6 } from 'node:net';

export interface Login {
	/** As `networkOf` gives it. */
	address: string;
	/** Its name, as `shortName` gives it. */
	account: string;
	password: string;
}

/** @returns undefined for who has no address: on a domain socket */
export function loginOf(
	socket: { remoteAddress?: string | undefined } | undefined,
	{ username, password }: { username: string; password: string }
): Login | undefined {
	const { remoteAddress } = socket ?? {};
	return remoteAddress ? { address: networkOf(remoteAddress), account: shortName(username), password } : undefined;
}

/** What a guesser has one of: an IPv4 address, or the first 64 bits of an IPv6 one. */
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

/** The account's name as it is kept: a guesser's may be long. */
const shortName = (name: string) => (name.length <= 64 ? name : hash('sha256', name, 'base64'));
