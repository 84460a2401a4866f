/**
 * Cuts the bytes of an MQTT client into packets, by their fixed headers [MQTT-2.2, MQTT 5 2.1]. Pure.
 * Part of mqtt/connection.ts: delete them together.
 *
 * A packet that is too large is detected by its fixed header, before any of its body is stored. An incomplete packet
 * uses memory for the bytes that have arrived, not for the size that it announces.
 */

import { REASON } from './mqtt/packets.ts';

export interface InvalidPacket {
	code: typeof REASON.malformed | typeof REASON.packetTooLarge;
	/** The packet type: 1 is CONNECT, 3 is PUBLISH. */
	kind: number;
	/** The size that the packet announces, in bytes. */
	size: number;
}

const NOTHING = Buffer.alloc(0);

export class Framing {
	/** Largest size of the next packet, in bytes. */
	#max: number;
	readonly #maxLater: number;
	/** An incomplete packet: its first `#partialBytes` bytes. The buffer may be larger. */
	#partial = NOTHING;
	#partialBytes = 0;

	/**
	 * @param maxFirst largest size of the first packet, in bytes
	 * @param maxLater largest size of every later packet, in bytes
	 */
	constructor(maxFirst: number, maxLater: number) {
		this.#max = maxFirst;
		this.#maxLater = maxLater;
	}

	/**
	 * @param pass gets the complete packets, in order; may be one buffer with several packets, not copied
	 * @returns why the packet after those is invalid; then `take` must not be called again
	 */
	take(bytes: Buffer, pass: (packets: Buffer) => void): InvalidPacket | undefined {
		let start = 0;
		while (this.#partialBytes) {
			const size = sizeOf(this.#partial, 0, this.#partialBytes);
			if (size > this.#max) return invalid(this.#partial[0]!, size);
			if (size === this.#partialBytes) pass(this.#completed());
			else if (start === bytes.length) return undefined;
			else start += this.#store(bytes.subarray(start, start + (size ? size - this.#partialBytes : 1)));
		}
		return this.#passComplete(bytes, start, pass);
	}

	/** Passes on the complete packets in `bytes`, from `start`. */
	#passComplete(bytes: Buffer, start: number, pass: (packets: Buffer) => void): InvalidPacket | undefined {
		let end = start;
		let size = sizeOf(bytes, end, bytes.length);
		while (size && size <= this.#max && end + size <= bytes.length) {
			end += size;
			this.#max = this.#maxLater;
			size = sizeOf(bytes, end, bytes.length);
		}
		if (end > start) pass(end - start === bytes.length ? bytes : bytes.subarray(start, end));
		if (size > this.#max) return invalid(bytes[end]!, size);
		if (end < bytes.length) this.#store(bytes.subarray(end));
		return undefined;
	}

	/** Appends bytes to the incomplete packet. @returns how many */
	#store(bytes: Buffer): number {
		const needed = this.#partialBytes + bytes.length;
		if (needed > this.#partial.length) {
			// allocUnsafeSlow: a pooled slice would keep the whole pool alive
			const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#partial.length, 64));
			this.#partial.copy(larger, 0, 0, this.#partialBytes);
			this.#partial = larger;
		}
		bytes.copy(this.#partial, this.#partialBytes);
		this.#partialBytes = needed;
		return bytes.length;
	}

	/** Returns the stored packet, which is complete now, and starts with the next one. */
	#completed(): Buffer {
		const packet = this.#partial.subarray(0, this.#partialBytes);
		this.#partial = NOTHING;
		this.#partialBytes = 0;
		this.#max = this.#maxLater;
		return packet;
	}
}

/**
 * The size of the packet at `start`, in bytes; 0 while its fixed header is incomplete, Infinity when the header is
 * malformed.
 */
function sizeOf(bytes: Buffer, start: number, end: number): number {
	let length = 0;
	for (let digit = 1; digit <= 4; digit++) {
		if (start + digit >= end) return 0;
		const byte = bytes[start + digit]!;
		length += (byte & 0x7f) << (7 * (digit - 1));
		if (byte < 0x80) return 1 + digit + length;
	}
	return Infinity; // [MQTT-1.5.5-1]
}

const invalid = (firstByte: number, size: number): InvalidPacket => ({
	code: size === Infinity ? REASON.malformed : REASON.packetTooLarge,
	kind: firstByte >> 4,
	size,
});
