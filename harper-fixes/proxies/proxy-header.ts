/**
 * Parses the header with which a proxy begins a connection that it passes through: the PROXY protocol of HAProxy,
 * versions 1 and 2 (https://www.haproxy.org/download/2.6/doc/proxy-protocol.txt). Pure.
 * Part of proxy-protocol.ts: delete them together.
 */
import { isIP } from 'node:net';

/** `size`: of the header, in bytes. `address`: of the client; undefined when the proxy speaks for itself. */
export interface ProxyHeader {
	size: number;
	address: string | undefined;
}

const SIGNATURE = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1');
const V1 = Buffer.from('PROXY ');
/** With CR LF [2.1]. */
const MAX_V1_BYTES = 107;

/**
 * @param bytes what was received so far
 * @returns 'none': the connection does not begin with a header. 'more': it may, and is incomplete. 'invalid': it does,
 * and the header breaks a rule.
 */
export function parseProxyHeader(bytes: Buffer): ProxyHeader | 'none' | 'more' | 'invalid' {
	for (const [start, parse] of [
		[SIGNATURE, parseV2],
		[V1, parseV1],
	] as const) {
		const size = Math.min(start.length, bytes.length);
		if (bytes.compare(start, 0, size, 0, size) === 0) return bytes.length < start.length ? 'more' : parse(bytes);
	}
	return 'none';
}

function parseV1(bytes: Buffer): ProxyHeader | 'more' | 'invalid' {
	const end = bytes.subarray(0, MAX_V1_BYTES).indexOf('\r\n');
	if (end < 0) return bytes.length < MAX_V1_BYTES ? 'more' : 'invalid';
	const [, family, source] = bytes.toString('latin1', 0, end).split(' ');
	if (family === 'UNKNOWN') return { size: end + 2, address: undefined };
	const isValid = isIP(source ?? '') === (family === 'TCP4' ? 4 : 6) && /^TCP[46]$/.test(family ?? '');
	return isValid ? { size: end + 2, address: source } : 'invalid';
}

/** The address families of version 2, by the byte after the command, and the size of an address. */
const FAMILIES: Record<number, number> = { 0x11: 4, 0x21: 16 };

function parseV2(bytes: Buffer): ProxyHeader | 'more' | 'invalid' {
	if (bytes.length < 16) return 'more';
	const size = 16 + bytes.readUInt16BE(14);
	if (bytes.length < size) return 'more';
	if (bytes[12] === 0x20) return { size, address: undefined }; // LOCAL: a check of the proxy itself
	if (bytes[12] !== 0x21) return 'invalid';
	const length = FAMILIES[bytes[13]!];
	if (length === undefined) return { size, address: undefined };
	if (size < 16 + 2 * length + 4) return 'invalid';
	const address = bytes.subarray(16, 16 + length);
	return { size, address: length === 4 ? address.join('.') : toIpv6(address) };
}

const toIpv6 = (address: Buffer) =>
	Array.from({ length: 8 }, (_, i) => address.readUInt16BE(2 * i).toString(16)).join(':');
