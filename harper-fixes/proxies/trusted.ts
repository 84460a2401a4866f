/**
 * The proxies whose word about a client's address is believed, and that address. Pure.
 * Part of forwarded-for.ts and proxy-protocol.ts: delete them together.
 */
import { BlockList, isIP } from 'node:net';

/**
 * Addresses and networks, separated by commas: `127.0.0.1, ::1, 10.0.0.0/8`. Nobody is trusted without it: everybody
 * can send a header.
 */
export const VARIABLE = 'TRUSTED_PROXIES';

export class TrustedProxies {
	readonly #proxies = new BlockList();
	/** The parts of the list that are no address and no network: they are not trusted. */
	readonly unreadable: string[] = [];
	readonly isEmpty: boolean;

	constructor(list: string) {
		const parts = list.split(',').map((part) => part.trim());
		const named = parts.filter(Boolean);
		for (const part of named) if (!this.#add(part)) this.unreadable.push(part);
		this.isEmpty = named.length === this.unreadable.length;
	}

	#add(part: string): boolean {
		const [, address = '', prefix] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(part) ?? [];
		const bits = isIP(address) === 4 ? 32 : 128;
		const length = prefix === undefined ? bits : Number(prefix);
		if (!isIP(address) || length > bits) return false;
		this.#proxies.addSubnet(address, length, familyOf(address));
		return true;
	}

	/** @param address an IPv4 or IPv6 address; an IPv4 address may be written as IPv6 */
	has(address: string | undefined): boolean {
		if (this.isEmpty || address === undefined || !isIP(address)) return false;
		return this.#proxies.check(address, familyOf(address));
	}

	/**
	 * The address of the client of a request.
	 * @param peer the address at the other end of the connection
	 * @param forwardedFor X-Forwarded-For: each proxy has appended the address from which it got the request
	 * @returns the last address that a trusted proxy has appended and that is not a trusted proxy itself: what stands
	 * before it was sent by that client. `peer` when the peer is not trusted, or has appended no address.
	 */
	clientOf(peer: string | undefined, forwardedFor: string | undefined): string | undefined {
		let client = peer;
		const hops = forwardedFor?.split(',') ?? [];
		while (this.has(client) && hops.length) {
			const address = withoutPort(hops.pop()!.trim());
			if (!isIP(address)) break;
			client = address;
		}
		return client;
	}
}

const familyOf = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

/** Some proxies append the port: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
function withoutPort(hop: string): string {
	const [, ipv6, ipv4] = /^(?:\[([^\]]+)\](?::\d+)?|([\d.]+):\d+)$/.exec(hop) ?? [];
	return ipv6 ?? ipv4 ?? hop;
}

export const trusted = new TrustedProxies(process.env[VARIABLE] ?? '');
